#include "io/member_name.hpp"

namespace tconv::io {

std::optional<MemberName> parse_member_name(std::string_view text, std::string_view extension) {
  const std::size_t at = text.find(std::string(extension) + ':');
  const bool has_member = at != std::string_view::npos;
  if (!has_member && !text.ends_with(extension)) return std::nullopt;
  const std::string_view file = has_member ? text.substr(0, at + extension.size()) : text;
  // A file's name inside of JSON or of Python's text is not this text's own.
  const std::size_t first = file.find_first_not_of(" \t\r");
  if (file[first] == '[' || file[first] == '{') return std::nullopt;
  if (file.find_first_of("\"'\n") != std::string_view::npos) return std::nullopt;
  return MemberName{
      .file = std::string(file),
      .member = has_member ? std::string(text.substr(file.size() + 1)) : std::string()};
}

std::string file_of(const std::string& argument) {
  for (const std::string_view extension : {kOnnxExtension, kNpzExtension, kSafetensorsExtension}) {
    if (const auto name = parse_member_name(argument, extension)) return name->file;
  }
  return argument;
}

}  // namespace tconv::io
