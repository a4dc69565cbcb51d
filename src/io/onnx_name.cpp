#include "io/onnx_name.hpp"

namespace tconv::io {

std::optional<OnnxName> parse_onnx_name(std::string_view text) {
  constexpr std::string_view kExtension = ".onnx", kMember = ".onnx:";
  const std::size_t at = text.find(kMember);
  const bool has_member = at != std::string_view::npos;
  if (!has_member && !text.ends_with(kExtension)) return std::nullopt;
  const std::string_view file = has_member ? text.substr(0, at + kExtension.size()) : text;
  // A model's name inside of JSON or of Python's text is not this text's own.
  const std::size_t first = file.find_first_not_of(" \t\r");
  if (file[first] == '[' || file[first] == '{') return std::nullopt;
  if (file.find_first_of("\"'\n") != std::string_view::npos) return std::nullopt;
  return OnnxName{
      .file = std::string(file),
      .member = has_member ? std::string(text.substr(at + kMember.size())) : std::string()};
}

std::string file_of(const std::string& argument) {
  const auto name = parse_onnx_name(argument);
  return name ? name->file : argument;
}

}  // namespace tconv::io
