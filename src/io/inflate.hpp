// Deflated bytes, unpacked piece by piece: no more than the caller has room for.
// Source: RFC 1951; zlib.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::io {

// No stream unpacks to more than this many times its size: a match of 258 bytes takes two bits.
inline constexpr std::uint64_t kMostInflation = 1032;

class Inflater {
 public:
  // A raw stream, without the header of zlib or gzip; it must outlive this.
  explicit Inflater(std::string_view packed);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // The next bytes, fewer than `count` only at the end of the stream. Fails with Input where the
  // stream is damaged or cut short.
  Result<std::size_t> read(std::byte* to, std::size_t count);

  std::uint32_t checksum() const { return checksum_; }  // CRC-32 of all that was read

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string_view rest_;
  std::uint32_t checksum_ = 0;
  bool ended_ = false;
};

// CRC-32 of the bytes, or of those before with checksum `before` and these.
std::uint32_t checksum_of(std::string_view bytes, std::uint32_t before = 0);

}  // namespace tconv::io
