// The directory stands at the end of the archive, and is found from there.
#include "io/zip_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "io/zip_fields.hpp"

namespace tconv::io {
namespace {

using namespace zip;

Error damaged(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

// Bytes `offset` to `offset + count`; nullopt where they are not all there.
std::optional<std::string_view> slice(std::string_view bytes, std::uint64_t offset,
                                      std::uint64_t count) {
  if (offset > bytes.size() || count > bytes.size() - offset) return std::nullopt;
  return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
}

// The last record that, with its comment, ends where the archive does.
std::optional<std::size_t> find_end(std::string_view archive) {
  constexpr std::size_t kLongestComment = 0xffff;
  if (archive.size() < kEndBytes) return std::nullopt;
  const std::size_t last = archive.size() - kEndBytes;
  const std::size_t first = last - std::min(last, kLongestComment);
  for (std::size_t at = last + 1; at-- > first;) {
    if (u32_at(archive, at) != kEnd) continue;
    if (at + kEndBytes + u16_at(archive, at + 20) == archive.size()) return at;
  }
  return std::nullopt;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t offset = 0;
};

Result<Directory> directory64(std::string_view archive, std::size_t locator) {
  const auto end = slice(archive, u64_at(archive, locator + 8), kEnd64Bytes);
  if (!end || u32_at(*end, 0) != kEnd64) {
    return damaged("the zip64 end of the directory is not where it is said to be");
  }
  if (u32_at(*end, 16) != 0 || u32_at(*end, 20) != 0) return damaged("is one of several disks");
  return Directory{
      .entries = u64_at(*end, 32), .size_bytes = u64_at(*end, 40), .offset = u64_at(*end, 48)};
}

Result<Directory> find_directory(std::string_view archive) {
  const auto end = find_end(archive);
  if (!end) {
    return damaged("not a whole zip archive: the directory that ends it is missing");
  }
  if (*end >= kEnd64LocatorBytes && u32_at(archive, *end - kEnd64LocatorBytes) == kEnd64Locator) {
    return directory64(archive, *end - kEnd64LocatorBytes);
  }
  if (u16_at(archive, *end + 4) != 0 || u16_at(archive, *end + 6) != 0) {
    return damaged("is one of several disks");
  }
  return Directory{.entries = u16_at(archive, *end + 10),
                   .size_bytes = u32_at(archive, *end + 12),
                   .offset = u32_at(archive, *end + 16)};
}

// Numbers too wide for the entry stand in an extra field, in this order, and only those.
Result<void> read_sizes64(std::string_view extra, ZipEntry& entry) {
  std::uint64_t* const wide[] = {&entry.size_bytes, &entry.packed_bytes, &entry.header_offset};
  const bool any = std::any_of(std::begin(wide), std::end(wide),
                               [](const std::uint64_t* number) { return *number == kIn64; });
  if (!any) return {};
  while (extra.size() >= 4) {
    const auto field = slice(extra, 4, u16_at(extra, 2));
    if (!field) break;
    if (u16_at(extra, 0) != kSizesExtra) {
      extra.remove_prefix(4 + field->size());
      continue;
    }
    std::size_t at = 0;
    for (std::uint64_t* const number : wide) {
      if (*number != kIn64) continue;
      if (field->size() - at < 8) return damaged("an entry's zip64 field is too short");
      *number = u64_at(*field, at);
      at += 8;
    }
    return {};
  }
  return {};  // 4294967295 is what it says, and what it means
}

// The entry at the front of `rest`, which loses it.
Result<ZipEntry> take_entry(std::string_view& rest) {
  const auto fixed = slice(rest, 0, kDirectoryEntryBytes);
  if (!fixed || u32_at(*fixed, 0) != kDirectoryEntry) {
    return damaged("the directory is damaged, or shorter than it says");
  }
  const std::size_t name_bytes = u16_at(*fixed, 28);
  const std::size_t extra_bytes = u16_at(*fixed, 30);
  const std::size_t all = kDirectoryEntryBytes + name_bytes + extra_bytes + u16_at(*fixed, 32);
  if (!slice(rest, 0, all)) return damaged("an entry of the directory is cut short");
  ZipEntry entry{.name = rest.substr(kDirectoryEntryBytes, name_bytes),
                 .encrypted = (u16_at(*fixed, 8) & 1U) != 0,
                 .method = u16_at(*fixed, 10),
                 .checksum = u32_at(*fixed, 16),
                 .packed_bytes = u32_at(*fixed, 20),
                 .size_bytes = u32_at(*fixed, 24),
                 .header_offset = u32_at(*fixed, 42)};
  const auto sizes =
      read_sizes64(rest.substr(kDirectoryEntryBytes + name_bytes, extra_bytes), entry);
  if (!sizes) return sizes.error();
  rest.remove_prefix(all);
  return entry;
}

}  // namespace

Result<std::vector<ZipEntry>> parse_zip_directory(std::string_view archive) {
  const auto directory = find_directory(archive);
  if (!directory) return directory.error();
  const auto found = slice(archive, directory->offset, directory->size_bytes);
  if (!found) {
    return damaged(fmt::format("the directory is said to be {} bytes at {}, the file has {}",
                               directory->size_bytes, directory->offset, archive.size()));
  }
  std::string_view rest = *found;
  std::vector<ZipEntry> entries;  // grows with the entries that are there, not with their count
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    auto entry = take_entry(rest);
    if (!entry) return entry.error();
    entries.push_back(*entry);
  }
  return entries;
}

Result<std::string_view> packed_bytes(std::string_view archive, const ZipEntry& entry) {
  const auto header = slice(archive, entry.header_offset, kLocalHeaderBytes);
  if (!header || u32_at(*header, 0) != kLocalHeader) {
    return damaged("its header is not where the directory says");
  }
  const std::size_t name_bytes = u16_at(*header, 26);
  const std::size_t before = kLocalHeaderBytes + name_bytes + u16_at(*header, 28);
  const auto name = slice(archive, entry.header_offset + kLocalHeaderBytes, name_bytes);
  if (name != entry.name) return damaged("its header has another name than the directory");
  const auto packed = slice(archive, entry.header_offset + before, entry.packed_bytes);
  if (!packed) {
    return damaged(fmt::format("is said to be {} bytes at {}, the file has {}", entry.packed_bytes,
                               entry.header_offset + before, archive.size()));
  }
  return *packed;
}

}  // namespace tconv::io
