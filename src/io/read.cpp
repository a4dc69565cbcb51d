// Tells tensor arguments apart: by their form first, then by the first bytes of the file.
#include "io/read.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "io/foreign.hpp"
#include "io/json.hpp"
#include "io/makers.hpp"
#include "io/member_name.hpp"
#include "io/npy.hpp"
#include "io/npz.hpp"
#include "io/onnx_model.hpp"
#include "io/safetensors.hpp"
#include "io/zip_directory.hpp"
#include "support/file.hpp"
#include "support/suggest.hpp"

namespace tconv::io {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kLongestName = 40;

// The first character that is not space; 0 where there is none.
char first_mark(std::string_view text) {
  const std::size_t at = text.find_first_not_of(kSpace);
  return at == std::string_view::npos ? '\0' : text[at];
}

bool opens_json(std::string_view text) {
  const char mark = first_mark(text);
  return mark == '[' || mark == '{';
}

// The whole of `text` is one finite number.
bool is_number(std::string_view text) {
  const bool digit_first =
      !text.empty() && (('0' <= text[0] && text[0] <= '9') || (text[0] == '-' && text.size() > 1));
  if (!digit_first) return false;
  double value = 0;
  const auto [end, failed] = std::from_chars(text.begin(), text.end(), value);
  return failed == std::errc{} && end == text.end() && value - value == 0;
}

// How messages call a tensor that was written out on the command line.
std::string inline_name(std::string_view argument) {
  if (argument.size() <= kLongestName) return std::string(argument);
  return std::string(argument.substr(0, kLongestName)) + "...";
}

// A file's bytes, whatever its name says: its first bytes are surer.
Result<Tensor> read_bytes(const support::MappedFile& file, const std::string& name,
                          const ReadOptions& options) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.data.get()), file.size_bytes);
  const bool named_json = name.ends_with(".json");
  const bool named_npy = name.ends_with(".npy");
  if (bytes.empty() && !named_json && !named_npy) {
    return Error{.code = ErrorCode::Input, .where = name, .what = "no bytes, expected a tensor"};
  }
  if (bytes.starts_with(kNpyMagic)) return read_npy(file, name, options.void2_is_bfloat16);
  if (bytes.starts_with(kZipMagic) || bytes.starts_with(kEmptyZipMagic)) {
    return read_npz(file, name, "", options.void2_is_bfloat16);
  }
  if (auto foreign = foreign_bytes(bytes, name)) return *std::move(foreign);
  if (named_npy) return read_npy(file, name, options.void2_is_bfloat16);  // says what is missing
  const char mark = first_mark(bytes);
  const bool number = mark == '-' || ('0' <= mark && mark <= '9');
  if (named_json || opens_json(bytes) || number) return read_json(bytes, name);
  return Error{.code = ErrorCode::Input,
               .where = name,
               .what = "neither an .npy or .npz file nor JSON, by its first bytes"};
}

// A tensor of a file of several; nullopt where the argument does not name such a file.
std::optional<Result<Tensor>> read_member(const std::string& argument, const ReadOptions& options) {
  const std::filesystem::path base(options.base);
  if (const auto onnx = parse_member_name(argument, kOnnxExtension)) {
    const auto model = read_onnx_model((base / onnx->file).string(), onnx->file);
    if (!model) return model.error();
    return read_onnx_tensor(*model, onnx->member);
  }
  const auto npz = parse_member_name(argument, kNpzExtension);
  const auto name = npz ? npz : parse_member_name(argument, kSafetensorsExtension);
  if (!name) return std::nullopt;
  auto file = support::map_file((base / name->file).string());
  if (!file) {
    file.error().where = argument;
    return file.error();
  }
  if (npz) return read_npz(*file, name->file, name->member, options.void2_is_bfloat16);
  return read_safetensors(*file, name->file, name->member);
}

// What is said of an argument that no file has the name of.
Error nothing_called(const std::string& argument, Error missing) {
  missing.where = argument;
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos) return missing;
  const std::string_view word = std::string_view(argument).substr(0, colon);
  const std::string meant = support::did_you_mean(word, maker_names());
  if (meant.empty()) return missing;
  return {.code = ErrorCode::Usage,
          .where = argument,
          .what = fmt::format("no file has this name, and \"{}\" makes no tensor{}", word, meant)};
}

}  // namespace

Result<Tensor> read_tensor(const std::string& argument, const ReadOptions& options) {
  if (argument == "-") {
    const std::string name = "standard input";
    const auto file = support::read_all(STDIN_FILENO, name);
    if (!file) return file.error();
    return read_bytes(*file, name, options);
  }
  if (argument.empty()) {
    return Error{.code = ErrorCode::Usage, .what = "an empty text is no tensor"};
  }
  if (opens_json(argument)) return read_json(argument, inline_name(argument));
  if (auto made = make_tensor(argument)) return *std::move(made);
  if (auto member = read_member(argument, options)) return *std::move(member);
  if (auto foreign = foreign_name(argument)) return *std::move(foreign);

  const std::string path = (std::filesystem::path(options.base) / argument).string();
  std::error_code unknown;
  const bool exists = std::filesystem::exists(path, unknown);
  if (!exists && is_number(argument)) return read_json(argument, argument);
  auto file = support::map_file(path);
  if (!file) {
    if (!exists) return nothing_called(argument, std::move(file.error()));
    file.error().where = argument;
    return file.error();
  }
  return read_bytes(*file, argument, options);
}

}  // namespace tconv::io
