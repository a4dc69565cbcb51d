// Formats by name, and tensors to files and descriptors.
#include "io/write.hpp"

#include <array>
#include <utility>

#include "support/file.hpp"

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
};

// The elements of a dense tensor as bytes.
std::string_view raw_bytes(const Tensor& tensor) {
  const auto count = element_count(tensor.shape, tensor.dtype);
  if (!count) return {};  // no tensor in memory has such a shape
  return {reinterpret_cast<const char*>(tensor.data.get()),
          static_cast<std::size_t>(*count * size_bytes(tensor.dtype))};
}

// Hands the bytes of the file to put(), in order, until all are through or one put fails.
template <typename Put>
Result<void> write_through(const Tensor& tensor, Format format, const TextOptions& options,
                           Put&& put) {
  switch (format) {
    case Format::Text: return put(to_text(tensor, options));
    case Format::Json: return put(to_json(tensor));
    case Format::Npy: break;
  }
  if (auto header = put(npy_header(tensor)); !header) return header;
  return put(raw_bytes(tensor));
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
  auto file = support::AtomicFile::open(path);
  if (!file) return file.error();
  auto written = write_through(tensor, format, options,
                               [&file](std::string_view bytes) { return file->write(bytes); });
  if (!written) return written;
  return file->commit();
}

Result<void> write_tensor(const Tensor& tensor, int descriptor, Format format,
                          const TextOptions& options) {
  return write_through(tensor, format, options, [descriptor](std::string_view bytes) {
    return support::write_all(descriptor, bytes, "standard output");
  });
}

}  // namespace tconv::io
