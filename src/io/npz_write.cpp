// An archive of one stored member. Sizes that need 64 bits get them; others keep the plain form,
// which every reader knows.
// Source: PKWARE, APPNOTE.TXT - .ZIP File Format Specification, version 6.3.9, section 4.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "io/inflate.hpp"
#include "io/npz.hpp"
#include "io/zip_fields.hpp"

namespace tconv::io {
namespace {

using namespace zip;

constexpr std::uint64_t kAlignmentBytes = 64;
constexpr std::uint32_t kPaddingExtra = 0xd935;  // zipalign's
constexpr std::uint32_t kVersion = 20, kVersion64 = 45;
constexpr std::uint32_t kUtf8Name = 1U << 11U;
constexpr std::uint32_t kFirstDay =
    0x0021;  // 1980-01-01, as Python's zipfile writes without a date

// Little-endian, in at most 8 bytes.
void put(std::string& bytes, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xffU);
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

struct Stored {
  std::string name{};
  std::uint64_t size_bytes = 0;
  std::uint32_t checksum = 0;

  bool wide() const { return size_bytes >= kIn64; }
};

// The fields that the entry's own header and the directory share.
void put_entry(std::string& bytes, const Stored& entry) {
  const bool ascii = std::none_of(entry.name.begin(), entry.name.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  put(bytes, entry.wide() ? kVersion64 : kVersion, 2);  // needed to read it
  put(bytes, !ascii && is_utf8(entry.name) ? kUtf8Name : 0, 2);
  put(bytes, kStored, 2);
  put(bytes, 0, 2);  // midnight
  put(bytes, kFirstDay, 2);
  put(bytes, entry.checksum, 4);
  put(bytes, entry.wide() ? kIn64 : entry.size_bytes, 4);
  put(bytes, entry.wide() ? kIn64 : entry.size_bytes, 4);
  put(bytes, entry.name.size(), 2);
}

std::string sizes_extra(const Stored& entry) {
  std::string extra;
  if (!entry.wide()) return extra;
  put(extra, kSizesExtra, 2);
  put(extra, 16, 2);
  put(extra, entry.size_bytes, 8);
  put(extra, entry.size_bytes, 8);
  return extra;
}

std::string local_header(const Stored& entry) {
  std::string extra = sizes_extra(entry);
  constexpr std::size_t kPaddingHead = 6;
  const std::size_t unpadded = kLocalHeaderBytes + entry.name.size() + extra.size() + kPaddingHead;
  const std::size_t padding = (kAlignmentBytes - unpadded % kAlignmentBytes) % kAlignmentBytes;
  put(extra, kPaddingExtra, 2);
  put(extra, 2 + padding, 2);
  put(extra, kAlignmentBytes, 2);
  extra.append(padding, '\0');

  std::string header;
  put(header, kLocalHeader, 4);
  put_entry(header, entry);
  put(header, extra.size(), 2);
  return header + entry.name + extra;
}

std::string directory_entry(const Stored& entry) {
  const std::string extra = sizes_extra(entry);
  std::string bytes;
  put(bytes, kDirectoryEntry, 4);
  put(bytes, kVersion64, 2);  // that wrote it
  put_entry(bytes, entry);
  put(bytes, extra.size(), 2);
  put(bytes, 0, 2 + 2 + 2);  // no comment, one disk, no attributes
  put(bytes, 0, 4);
  put(bytes, 0, 4);  // where its header is
  return bytes + entry.name + extra;
}

// What ends an archive whose directory of `size_bytes` for one entry stands at `offset`.
std::string end_of_archive(std::uint64_t offset, std::uint64_t size_bytes) {
  std::string bytes;
  if (offset >= kIn64) {
    put(bytes, kEnd64, 4);
    put(bytes, kEnd64Bytes - 12, 8);  // of what follows
    put(bytes, kVersion64, 2);
    put(bytes, kVersion64, 2);
    put(bytes, 0, 4 + 4);
    put(bytes, 1, 8);
    put(bytes, 1, 8);
    put(bytes, size_bytes, 8);
    put(bytes, offset, 8);
    put(bytes, kEnd64Locator, 4);
    put(bytes, 0, 4);
    put(bytes, offset + size_bytes, 8);
    put(bytes, 1, 4);
  }
  put(bytes, kEnd, 4);
  put(bytes, 0, 2 + 2);
  put(bytes, 1, 2);
  put(bytes, 1, 2);
  put(bytes, size_bytes, 4);
  put(bytes, std::min<std::uint64_t>(offset, kIn64), 4);
  put(bytes, 0, 2);  // no comment
  return bytes;
}

}  // namespace

Result<NpzFrame> npz_frame(std::string_view member, std::span<const std::string_view> pieces) {
  constexpr std::size_t kLongestName = 4096;  // of 65535 that a zip can hold
  Stored entry{.name = std::string(member) + ".npy"};
  if (entry.name.size() > kLongestName) {
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("the member's name has {} bytes, more than {}", member.size(),
                                     kLongestName - 4)};
  }
  for (const std::string_view piece : pieces) {
    entry.size_bytes += piece.size();
    entry.checksum = checksum_of(piece, entry.checksum);
  }
  NpzFrame frame{.before = local_header(entry), .after = directory_entry(entry)};
  const std::uint64_t offset = frame.before.size() + entry.size_bytes;
  frame.after += end_of_archive(offset, frame.after.size());
  return frame;
}

}  // namespace tconv::io
