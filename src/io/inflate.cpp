#include "io/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace tconv::io {
namespace {

constexpr std::size_t kLargestPiece = std::size_t{1} << 30U;  // zlib counts pieces in 32 bits
constexpr std::size_t kCachedPiece = std::size_t{1} << 18U;   // summed while still in the cache

Error damaged(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

}  // namespace

struct Inflater::Stream {
  z_stream state{};
};

Inflater::Inflater(std::string_view packed) : stream_(std::make_unique<Stream>()), rest_(packed) {
  // Negative: a raw stream. All it can fail of is memory.
  if (inflateInit2(&stream_->state, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(&stream_->state); }

Result<std::size_t> Inflater::read(std::byte* to, std::size_t count) {
  z_stream& z = stream_->state;
  std::size_t done = 0;
  while (done < count && !ended_) {
    if (z.avail_in == 0) {
      const std::string_view piece = rest_.substr(0, kLargestPiece);
      rest_.remove_prefix(piece.size());
      // zlib does not write there; the type is older than const.
      z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));  // NOLINT
      z.avail_in = static_cast<uInt>(piece.size());
    }
    const std::size_t room = std::min(count - done, kCachedPiece);
    z.next_out = reinterpret_cast<Bytef*>(to + done);
    z.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z, Z_NO_FLUSH);
    const std::size_t got = room - z.avail_out;
    checksum_ = checksum_of({reinterpret_cast<const char*>(to + done), got}, checksum_);
    done += got;
    ended_ = status == Z_STREAM_END;
    if (status == Z_BUF_ERROR) return damaged("its packed bytes are cut short");
    if (status != Z_OK && status != Z_STREAM_END) return damaged("its packed bytes are damaged");
  }
  return done;
}

std::uint32_t checksum_of(std::string_view bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace tconv::io
