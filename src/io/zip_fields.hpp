// Numbers and signatures of zip archives.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tconv::io::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kEnd64Locator = 0x07064b50;

// Fixed parts; names, extra fields and comments follow.
inline constexpr std::size_t kLocalHeaderBytes = 30;
inline constexpr std::size_t kDirectoryEntryBytes = 46;
inline constexpr std::size_t kEndBytes = 22;
inline constexpr std::size_t kEnd64Bytes = 56;
inline constexpr std::size_t kEnd64LocatorBytes = 20;

inline constexpr std::uint32_t kSizesExtra = 0x0001;  // zip64's extra field
// In place of a number that a zip64 field holds.
inline constexpr std::uint32_t kIn64 = 0xffffffff;
inline constexpr std::uint32_t kCountIn64 = 0xffff;

inline constexpr unsigned kStored = 0;
inline constexpr unsigned kDeflated = 8;

// A little-endian number of `width` bytes, which are there.
inline std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[offset + i]);
  }
  return value;
}

inline std::uint32_t u16_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(number_at(bytes, offset, 2));
}
inline std::uint32_t u32_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(number_at(bytes, offset, 4));
}
inline std::uint64_t u64_at(std::string_view bytes, std::size_t offset) {
  return number_at(bytes, offset, 8);
}

}  // namespace tconv::io::zip
