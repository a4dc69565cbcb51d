// Zip archives made in a test, entry by entry, with every number free to lie.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tconv::tests {

inline std::string little_endian(std::uint64_t number, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xffU);
  return bytes;
}

inline std::string deflated(std::string_view bytes) {
  std::string packed(compressBound(bytes.size()) + 64, '\0');
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

struct Entry {
  std::string name{};
  std::string content{};  // unpacked
  bool deflate = false;
  // In place of the truth, where set.
  std::optional<std::uint64_t> says_size{}, says_packed{}, says_offset{};
  std::optional<std::uint32_t> says_checksum{};
  std::optional<unsigned> says_method{};
  std::optional<std::string> own_name{};  // in the entry's own header
  unsigned flags = 0;
  bool zip64 = false;  // sizes and offset in the extra field
};

struct Archive {
  std::vector<Entry> entries{};
  bool zip64 = false;  // the end of the directory, too
  std::optional<std::uint64_t> says_entries{}, says_directory_bytes{}, says_directory_offset{};
  std::string comment{};
};

inline std::string zip_file(const Archive& archive) {
  std::string file, directory;
  for (const Entry& entry : archive.entries) {
    const std::string packed = entry.deflate ? deflated(entry.content) : entry.content;
    const std::uint64_t size = entry.says_size.value_or(entry.content.size());
    const std::uint64_t packed_size = entry.says_packed.value_or(packed.size());
    const std::uint64_t offset = entry.says_offset.value_or(file.size());
    const auto crc = entry.says_checksum.value_or(static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(entry.content.data()), entry.content.size())));
    const std::uint64_t in64 = 0xffffffff;
    const std::string name = entry.own_name.value_or(entry.name);
    const auto shared = [&](std::size_t name_size) {
      return little_endian(20, 2) + little_endian(entry.flags, 2) +
             little_endian(entry.says_method.value_or(entry.deflate ? 8 : 0), 2) +
             little_endian(0, 4) + little_endian(crc, 4) +
             little_endian(entry.zip64 ? in64 : packed_size, 4) +
             little_endian(entry.zip64 ? in64 : size, 4) + little_endian(name_size, 2);
    };
    std::string extra = little_endian(0x7875, 2) + little_endian(3, 2) + "abc";  // another's field
    if (entry.zip64) {
      extra += little_endian(1, 2) + little_endian(24, 2) + little_endian(size, 8) +
               little_endian(packed_size, 8) + little_endian(offset, 8);
    }
    file +=
        "PK\x03\x04" + shared(name.size()) + little_endian(extra.size(), 2) + name + extra + packed;
    directory += "PK\x01\x02" + little_endian(20, 2) + shared(entry.name.size()) +
                 little_endian(extra.size(), 2) + little_endian(0, 6) + little_endian(0, 4) +
                 little_endian(entry.zip64 ? in64 : offset, 4) + entry.name + extra;
  }
  const std::uint64_t offset = archive.says_directory_offset.value_or(file.size());
  const std::uint64_t bytes = archive.says_directory_bytes.value_or(directory.size());
  const std::uint64_t count = archive.says_entries.value_or(archive.entries.size());
  const std::uint64_t end64 = file.size() + directory.size();
  file += directory;
  if (archive.zip64) {
    file += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 4) + little_endian(0, 8) +
            little_endian(count, 8) + little_endian(count, 8) + little_endian(bytes, 8) +
            little_endian(offset, 8);
    file += "PK\x06\x07" + little_endian(0, 4) + little_endian(end64, 8) + little_endian(1, 4);
  }
  const std::uint64_t all = ~std::uint64_t{0};
  file += "PK\x05\x06" + little_endian(0, 4) + little_endian(archive.zip64 ? all : count, 2) +
          little_endian(archive.zip64 ? all : count, 2) +
          little_endian(archive.zip64 ? all : bytes, 4) +
          little_endian(archive.zip64 ? all : offset, 4) +
          little_endian(archive.comment.size(), 2) + archive.comment;
  return file;
}

}  // namespace tconv::tests
