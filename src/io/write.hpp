// Writing tensors: NumPy-style text, JSON, .npy, .npz.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::io {

enum class Format { Text, Json, Npy, Npz };

std::optional<Format> format_from_name(std::string_view name);  // "text", "json", "npy", "npz"
// By extension: .txt .json .npy .npz, and .npz:NAME.
std::optional<Format> format_from_path(std::string_view path);

std::string_view format_name(Format format);

struct TextOptions {
  int precision = 8;              // digits after the point at most, as numpy.set_printoptions
  std::int64_t threshold = 1000;  // more elements than this are summarised
};

// The tensor (dense C order, native byte order) as bytes of a file. Text ends in a newline.
std::string to_text(const Tensor& tensor, const TextOptions& options = {});
// Nested arrays of the shortest digits that read back to the same element; NaN and infinities as
// the strings "NaN", "Infinity", "-Infinity". No newline.
std::string json_array(const Tensor& tensor);
// {"shape": [...], "dtype": "float32", "data": [...]}, one line, ending in a newline.
std::string to_json(const Tensor& tensor);
// Header of an .npy file for such a tensor; its bytes follow. bfloat16 is written as '<V2'.
std::string npy_header(DType dtype, const Shape& shape);

// Writes the file whole or not at all. `y.npz:NAME` names the member of an .npz, which is otherwise
// called arr_0, as numpy.savez does. Fails with Output, and Usage for a name no member can have.
Result<void> write_tensor(const Tensor& tensor, const std::string& path, Format format,
                          const TextOptions& options = {});
// The same into the file that was opened for that path, which it commits.
Result<void> write_tensor(const Tensor& tensor, support::AtomicFile& file, const std::string& path,
                          Format format, const TextOptions& options = {});
// Writes to an open descriptor, such as standard output. A closed pipe is success.
Result<void> write_tensor(const Tensor& tensor, int descriptor, Format format,
                          const TextOptions& options = {});

}  // namespace tconv::io
