// A SPEC argument: the text itself, a file of it, standard input, or a node of an ONNX model.
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "spec/onnx_model_spec.hpp"
#include "spec/spec.hpp"
#include "spec/text_spec.hpp"
#include "support/file.hpp"

namespace tconv::spec {
namespace {

namespace fs = std::filesystem;

// A name with one of these endings is a file even where there is none, so that a misspelt path is
// not called a bad layer.
bool looks_like_file(const std::string& argument) {
  if (argument.find_first_of("({[\n") != std::string::npos) return false;
  return argument.ends_with(".json") || argument.ends_with(".txt") || argument.ends_with(".spec");
}

bool is_file(const std::string& argument) {
  if (argument.find('\0') != std::string::npos) return false;
  std::error_code ignored;
  const fs::file_status status = fs::status(argument, ignored);
  return fs::exists(status) && !fs::is_directory(status);
}

std::string_view as_text(const support::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.data.get()), file.size_bytes};
}

Result<Spec> parse_source(std::string_view text, const std::string& name, const fs::path& base) {
  Result<std::vector<Entry>> entries = parse_text(text, base);
  if (entries) return Spec{.layers = *std::move(entries)};
  Error error = std::move(entries.error());
  if (!name.empty()) error.where = error.where.empty() ? name : name + ": " + error.where;
  return error;
}

}  // namespace

Result<Spec> parse_spec(const std::string& argument) {
  if (argument == "-") {
    const std::string name = "standard input";
    const Result<support::MappedFile> input = support::read_all(STDIN_FILENO, name);
    if (!input) return input.error();
    return parse_source(as_text(*input), name, {});
  }
  if (is_onnx_model(argument)) return parse_source(argument, {}, {});
  if (is_file(argument) || looks_like_file(argument)) {
    const Result<support::MappedFile> file = support::map_file(argument);
    if (!file) return file.error();
    return parse_source(as_text(*file), argument, fs::path(argument).parent_path());
  }
  Result<Spec> spec = parse_source(argument, {}, {});
  const bool path_like = argument.find('/') != std::string::npos &&
                         argument.find_first_of("({[\n") == std::string::npos;
  if (!spec && path_like) spec.error().hint = "there is no file of this name";
  return spec;
}

}  // namespace tconv::spec
