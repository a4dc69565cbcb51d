// What a zip archive says is in it. Every number is checked against the bytes that are there.
//
// Our own reader: libzip 1.7.3 loads libcrypto into every process that links it (0.9 ms of a start
// that takes 2), has no static library in Debian, and does not tell where a stored entry's bytes
// lie, which we read in place.
// Source: PKWARE, APPNOTE.TXT - .ZIP File Format Specification, version 6.3.9, section 4.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "tconv/result.hpp"

namespace tconv::io {

inline constexpr std::string_view kZipMagic = "PK\x03\x04";
inline constexpr std::string_view kEmptyZipMagic = "PK\x05\x06";  // an archive without entries

// Views point into the archive.
struct ZipEntry {
  std::string_view name{};  // as it is written there
  bool encrypted = false;
  unsigned method = 0;  // 0 stored, 8 deflated
  std::uint32_t checksum = 0;
  std::uint64_t packed_bytes = 0;
  std::uint64_t size_bytes = 0;     // as the archive says; nothing holds it to the truth
  std::uint64_t header_offset = 0;  // of the entry's own header
};

// The entries in the order of the directory. `archive` is the whole file. Fails with Input where
// it is no zip archive or damaged; `where` stays empty.
Result<std::vector<ZipEntry>> parse_zip_directory(std::string_view archive);

// Where an entry's bytes lie in the archive, packed as they are. Fails with Input.
Result<std::string_view> packed_bytes(std::string_view archive, const ZipEntry& entry);

}  // namespace tconv::io
