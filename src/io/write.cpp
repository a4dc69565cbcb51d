// Formats by name, and tensors to files and descriptors.
#include "io/write.hpp"

#include <array>
#include <utility>

#include "io/member_name.hpp"
#include "io/npz.hpp"

namespace tconv::io {
namespace {

struct Row {
  std::string_view name{};
  std::string_view extension{};
  Format format = Format::Text;
};

constexpr std::array kRows{
    Row{"text", ".txt", Format::Text},
    Row{"json", ".json", Format::Json},
    Row{"npy", ".npy", Format::Npy},
    Row{"npz", ".npz", Format::Npz},
};

// The elements of a dense tensor as bytes.
std::string_view raw_bytes(const Tensor& tensor) {
  const auto count = element_count(tensor.shape, tensor.dtype);
  if (!count) return {};  // no tensor in memory has such a shape
  return {reinterpret_cast<const char*>(tensor.data.get()),
          static_cast<std::size_t>(*count * size_bytes(tensor.dtype))};
}

struct Target {
  Format format = Format::Text;
  std::string_view member = kNpzDefaultMember;  // of an .npz
};

// Hands the bytes of the file to put(), in order, until all are through or one put fails.
template <typename Put>
Result<void> write_through(const Tensor& tensor, const Target& target, const TextOptions& options,
                           Put&& put) {
  if (target.format == Format::Text) return put(to_text(tensor, options));
  if (target.format == Format::Json) return put(to_json(tensor));
  const std::string header = npy_header(tensor.dtype, tensor.shape);
  const std::string_view npy[] = {header, raw_bytes(tensor)};
  NpzFrame frame;  // empty around an .npy
  if (target.format == Format::Npz) {
    auto made = npz_frame(target.member, npy);
    if (!made) return made.error();
    frame = std::move(*made);
  }
  for (const std::string_view piece :
       {std::string_view(frame.before), npy[0], npy[1], std::string_view(frame.after)}) {
    if (auto done = put(piece); !done) return done;
  }
  return {};
}

}  // namespace

std::optional<Format> format_from_name(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::optional<Format> format_from_path(std::string_view path) {
  for (const Row& row : kRows) {
    if (path.ends_with(row.extension)) return row.format;
  }
  if (parse_member_name(path, kNpzExtension)) return Format::Npz;
  return std::nullopt;
}

std::string_view format_name(Format format) {
  for (const Row& row : kRows) {
    if (row.format == format) return row.name;
  }
  return "";
}

Result<void> write_tensor(const Tensor& tensor, const std::string& path, Format format,
                          const TextOptions& options) {
  auto file = support::AtomicFile::open(format == Format::Npz ? file_of(path) : path);
  if (!file) return file.error();
  return write_tensor(tensor, *file, path, format, options);
}

Result<void> write_tensor(const Tensor& tensor, support::AtomicFile& file, const std::string& path,
                          Format format, const TextOptions& options) {
  Target target{.format = format};
  std::optional<MemberName> name;
  if (format == Format::Npz) name = parse_member_name(path, kNpzExtension);
  if (name && !name->member.empty()) target.member = name->member;
  auto written = write_through(tensor, target, options,
                               [&file](std::string_view bytes) { return file.write(bytes); });
  if (!written) return written;
  return file.commit();
}

Result<void> write_tensor(const Tensor& tensor, int descriptor, Format format,
                          const TextOptions& options) {
  return write_through(tensor, {.format = format}, options, [descriptor](std::string_view bytes) {
    return support::write_all(descriptor, bytes, "standard output");
  });
}

}  // namespace tconv::io
