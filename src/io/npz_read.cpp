// Members of an .npz archive. What its directory says of sizes is not believed before the bytes
// that are there, and the .npy header among them, allow it.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/inflate.hpp"
#include "io/npy.hpp"
#include "io/npz.hpp"
#include "io/zip_directory.hpp"
#include "io/zip_fields.hpp"

namespace tconv::io {
namespace {

constexpr std::string_view kExtension = ".npy";
// Holds every header of version 1; the longest that NumPy itself reads is 10,000 bytes.
constexpr std::size_t kMostHeaderBytes = std::size_t{1} << 16U;

Error damaged(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

std::string_view bytes_of(const support::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.data.get()), file.size_bytes};
}

// The entries that are .npy files, their names without the extension.
Result<std::vector<ZipEntry>> arrays_of(std::string_view archive) {
  auto entries = parse_zip_directory(archive);
  if (!entries) return entries;
  std::erase_if(*entries, [](const ZipEntry& entry) { return !entry.name.ends_with(kExtension); });
  return entries;
}

std::string_view array_name(const ZipEntry& entry) {
  return entry.name.substr(0, entry.name.size() - kExtension.size());
}

Result<void> check_readable(const ZipEntry& entry) {
  if (entry.encrypted) {
    return Error{.code = ErrorCode::Unsupported, .what = "is encrypted, which tconv does not read"};
  }
  if (entry.method != zip::kStored && entry.method != zip::kDeflated) {
    return Error{.code = ErrorCode::Unsupported,
                 .what = fmt::format("is packed by method {} of zip; tconv reads 0 (stored) and 8 "
                                     "(deflated)",
                                     entry.method),
                 .hint = "numpy.savez and numpy.savez_compressed write these"};
  }
  const bool stored = entry.method == zip::kStored;
  if (stored && entry.size_bytes != entry.packed_bytes) {
    return damaged(fmt::format("is stored, yet said to be {} bytes in {}", entry.size_bytes,
                               entry.packed_bytes));
  }
  if (!stored && entry.size_bytes / kMostInflation > entry.packed_bytes) {
    return damaged(fmt::format("is said to hold {} bytes, more than {} deflated ones can unpack to",
                               entry.size_bytes, entry.packed_bytes));
  }
  return {};
}

Error wrong_checksum(const ZipEntry& entry, std::uint32_t found) {
  return damaged(fmt::format("its checksum is {:08x}, that of its bytes {:08x}: it is damaged",
                             entry.checksum, found));
}

Error ends_early(const ZipEntry& entry, std::size_t found) {
  return damaged(fmt::format("is said to hold {} bytes, unpacks to {}", entry.size_bytes, found));
}

// The first bytes of the unpacked entry: more than any header takes.
Result<std::string> beginning_of(Inflater& inflater, const ZipEntry& entry) {
  std::string beginning(
      static_cast<std::size_t>(std::min<std::uint64_t>(entry.size_bytes, kMostHeaderBytes)), '\0');
  const auto got = inflater.read(reinterpret_cast<std::byte*>(beginning.data()), beginning.size());
  if (!got) return got.error();
  if (*got < beginning.size()) return ends_early(entry, *got);
  return beginning;
}

// Unpacks what follows the elements, too: the checksum covers it.
Result<void> finish(Inflater& inflater, const ZipEntry& entry, std::uint64_t read) {
  std::byte scratch[4096];
  for (;;) {
    const auto got = inflater.read(scratch, sizeof scratch);
    if (!got) return got.error();
    read += *got;
    if (read > entry.size_bytes) {
      return damaged(
          fmt::format("unpacks to more than the {} bytes it is said to hold", entry.size_bytes));
    }
    if (*got < sizeof scratch) break;
  }
  if (read < entry.size_bytes) return ends_early(entry, static_cast<std::size_t>(read));
  if (inflater.checksum() != entry.checksum) return wrong_checksum(entry, inflater.checksum());
  return {};
}

Result<Tensor> read_deflated(std::string_view packed, const ZipEntry& entry,
                             bool void2_is_bfloat16) {
  Inflater inflater(packed);
  const auto beginning = beginning_of(inflater, entry);
  if (!beginning) return beginning.error();
  const auto header = parse_npy_header(*beginning, void2_is_bfloat16);
  if (!header) return header.error();
  const auto data_bytes = npy_data_bytes(*header, entry.size_bytes - header->data_offset_bytes);
  if (!data_bytes) return data_bytes.error();

  auto made = allocate_tensor(header->dtype, header->shape);
  if (!made) return made.error();
  const std::size_t early = std::min(beginning->size() - header->data_offset_bytes, *data_bytes);
  std::memcpy(made->bytes, beginning->data() + header->data_offset_bytes, early);
  const auto got = inflater.read(made->bytes + early, *data_bytes - early);
  if (!got) return got.error();
  const std::size_t read = beginning->size() + *got;
  if (*got < *data_bytes - early) return ends_early(entry, read);
  if (const auto whole = finish(inflater, entry, read); !whole) return whole.error();
  return npy_tensor(*header, made->tensor.data);
}

Result<Tensor> read_entry(const support::MappedFile& file, const ZipEntry& entry,
                          bool void2_is_bfloat16) {
  if (const auto readable = check_readable(entry); !readable) return readable.error();
  const auto packed = packed_bytes(bytes_of(file), entry);
  if (!packed) return packed.error();
  if (entry.method == zip::kDeflated) return read_deflated(*packed, entry, void2_is_bfloat16);
  if (const std::uint32_t found = checksum_of(*packed); found != entry.checksum) {
    return wrong_checksum(entry, found);
  }
  const auto* const first = reinterpret_cast<const std::byte*>(packed->data());
  auto tensor =
      read_npy({.data = {file.data, first}, .size_bytes = packed->size()}, {}, void2_is_bfloat16);
  return tensor;
}

Result<NpyHeader> header_of(std::string_view archive, const ZipEntry& entry) {
  if (const auto readable = check_readable(entry); !readable) return readable.error();
  const auto packed = packed_bytes(archive, entry);
  if (!packed) return packed.error();
  if (entry.method == zip::kStored) return parse_npy_header(*packed, true);
  Inflater inflater(*packed);
  const auto beginning = beginning_of(inflater, entry);
  if (!beginning) return beginning.error();
  return parse_npy_header(*beginning, true);
}

}  // namespace

Result<Tensor> read_npz(const support::MappedFile& file, const std::string& name,
                        std::string_view member, bool void2_is_bfloat16) {
  const auto arrays = arrays_of(bytes_of(file));
  if (!arrays) {
    Error error = arrays.error();
    error.where = name;
    return error;
  }
  std::vector<std::string_view> names;
  for (const ZipEntry& entry : *arrays) names.push_back(array_name(entry));
  const bool whole_name =
      member.ends_with(kExtension) && std::find(names.begin(), names.end(), member) == names.end();
  if (whole_name) member.remove_suffix(kExtension.size());
  const auto index = find_member(names, member, name);
  if (!index) return index.error();
  auto tensor = read_entry(file, (*arrays)[*index], void2_is_bfloat16);
  const std::string full_name = fmt::format("{}:{}", name, names[*index]);
  if (tensor) {
    tensor->name = full_name;
  } else {
    tensor.error().where = full_name;
  }
  return tensor;
}

Result<std::vector<Member>> npz_members(const support::MappedFile& file, const std::string& name) {
  const auto arrays = arrays_of(bytes_of(file));
  if (!arrays) {
    Error error = arrays.error();
    error.where = name;
    return error;
  }
  std::vector<Member> members;
  for (const ZipEntry& entry : *arrays) {
    Member member{.name = std::string(array_name(entry))};
    const auto header = header_of(bytes_of(file), entry);
    const auto bytes = header
                           ? npy_data_bytes(*header, entry.size_bytes - header->data_offset_bytes)
                           : Result<std::size_t>(header.error());
    if (bytes) {
      member.dtype = tconv::name(header->dtype);
      member.shape = header->shape;
      member.bytes = *bytes;
    } else {
      member.problem = bytes.error().what;
    }
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace tconv::io
