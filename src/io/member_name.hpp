// `model.onnx:NAME`, `w.npz:NAME`: one of several things inside a file.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tconv::io {

inline constexpr std::string_view kOnnxExtension = ".onnx";
inline constexpr std::string_view kNpzExtension = ".npz";
inline constexpr std::string_view kSafetensorsExtension = ".safetensors";

struct MemberName {
  std::string file{};    // "dir/model.onnx"
  std::string member{};  // what follows the colon; empty where nothing does
};

// nullopt where the text is JSON, or names no file that ends in the extension.
std::optional<MemberName> parse_member_name(std::string_view text, std::string_view extension);

// The file that an argument names: without the member, where it is one of a model or an archive.
std::string file_of(const std::string& argument);

}  // namespace tconv::io
