// Tensors that an ONNX model keeps in files beside it.
// Source: onnx docs/ExternalData.md.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "io/onnx_tensor.hpp"

namespace tconv::io {
namespace {

namespace fs = std::filesystem;

Error refused(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

// A model that comes from elsewhere must not read what is not its own.
Result<fs::path> path_of(const std::string& location, const std::string& folder) {
  const fs::path path(location);
  bool climbs = false;
  for (const fs::path& part : path) climbs = climbs || part == "..";
  if (location.empty() || path.is_absolute() || climbs ||
      location.find('\0') != std::string::npos) {
    return refused(fmt::format(
        "its data are in \"{}\", which is not a path below the model's folder", location.c_str()));
  }
  return fs::path(folder) / path;
}

Result<std::int64_t> number(const std::string& key, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value < 0) {
    return refused(fmt::format("{} of its data = \"{}\" is no count of bytes", key, text));
  }
  return value;
}

}  // namespace

Result<support::MappedFile> map_external(const TensorMessage& tensor, const std::string& folder,
                                         std::int64_t needed_bytes) {
  std::string location;
  std::int64_t offset = 0, length = needed_bytes;
  for (const auto& [key, value] : tensor.external) {
    if (key == "location") location = value;
    if (key != "offset" && key != "length") continue;  // "checksum", and what is to come
    const auto bytes = number(key, value);
    if (!bytes) return bytes.error();
    (key == "offset" ? offset : length) = *bytes;
  }
  const auto path = path_of(location, folder);
  if (!path) return path.error();
  if (length != needed_bytes) {
    return refused(
        fmt::format("length of its data = {}, its shape takes {} bytes", length, needed_bytes));
  }
  std::error_code unknown;
  if (fs::exists(*path, unknown) && !fs::is_regular_file(*path, unknown)) {
    return refused(fmt::format("its data are in {}, which is no file", path->string()));
  }
  auto file = support::map_file(path->string());
  if (!file) {
    return refused(fmt::format("its data are in {}: {}", path->string(), file.error().what));
  }
  const auto size = static_cast<std::int64_t>(file->size_bytes);
  if (offset > size || length > size - offset) {
    return refused(
        fmt::format("its data are bytes {} to {} of {}, which has {}", offset,
                    static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(length),
                    path->string(), size));
  }
  return support::MappedFile{.data = {file->data, file->data.get() + offset},
                             .size_bytes = static_cast<std::size_t>(length)};
}

}  // namespace tconv::io
