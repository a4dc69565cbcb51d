#include "spec/onnx_model_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "io/member_name.hpp"
#include "spec/spec_error.hpp"
#include "spec/text_spec.hpp"

namespace tconv::spec {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_identifier(const std::string& text) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), is_word);
}

std::string python_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string python_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Int: return std::to_string(value.integer);
    case Value::Kind::Float: return fmt::format("{:#}", value.real);
    case Value::Kind::String: return python_string(value.text);
    default: break;
  }
  std::string list = "[";
  for (const Value& item : value.items) {
    if (list.size() > 1) list += ", ";
    list += python_text(item);
  }
  return list + ']';
}

// Where the node takes its input number `index` from; nothing where it has none.
struct Taken {
  std::string argument{};   // "model.onnx:conv1.weight"
  std::string elsewhere{};  // why there is none, though the node has one
};

Taken taken(const io::OnnxModel& model, const io::OnnxNode& node, std::size_t index) {
  const io::OnnxStored stored = io::onnx_input(model, node, index);
  if (!stored.name.empty()) return {.argument = fmt::format("{}:{}", model.name, stored.name)};
  if (stored.instead.empty()) return {};
  return {.elsewhere = fmt::format("\"{}\" {}", node.inputs[index], stored.instead)};
}

Error located(Error error, const io::OnnxModel& model, const io::OnnxNode& node) {
  const std::string where = fmt::format("{}:{}", model.name, node.label);
  error.where = error.where.empty() ? where : where + ": " + error.where;
  return error;
}

}  // namespace

bool is_onnx_model(std::string_view text) {
  return io::parse_member_name(trimmed(text), io::kOnnxExtension).has_value();
}

Result<std::string> onnx_call(const io::OnnxNode& node) {
  const auto arguments = io::onnx_attributes(node);
  if (!arguments) return arguments.error();
  std::string call = fmt::format("onnx.{}(", node.op_type);
  for (const Argument& argument : *arguments) {
    if (!is_identifier(argument.name)) {
      return Error{.code = ErrorCode::Input,
                   .what = fmt::format("{} is no attribute's name", in_quotes(argument.name))};
    }
    if (!call.ends_with('(')) call += ", ";
    call += fmt::format("{}={}", argument.name, python_text(argument.value));
  }
  return call + ')';
}

Result<std::vector<Entry>> entries_of_onnx_model(std::string_view text,
                                                 const std::filesystem::path& base) {
  const auto name = io::parse_member_name(trimmed(text), io::kOnnxExtension);
  const std::string path = (base / name->file).string();
  const auto model = io::read_onnx_model(path, path);
  if (!model) return model.error();
  const auto found = io::find_onnx_node(*model, name->member);
  if (!found) return found.error();
  const io::OnnxNode& node = **found;
  if (!node.supported) {
    return located({.code = ErrorCode::Unsupported,
                    .what = fmt::format("is a {}{}{}; tconv computes Conv and ConvTranspose",
                                        node.domain, node.domain.empty() ? "" : ".", node.op_type)},
                   *model, node);
  }
  const auto call = onnx_call(node);
  if (!call) return located(call.error(), *model, node);
  auto entries = parse_text(*call, base);
  if (!entries) return located(entries.error(), *model, node);
  Entry& entry = entries->front();
  const Taken weights = taken(*model, node, 1), bias = taken(*model, node, 2);
  if (!weights.argument.empty()) entry.weights = {weights.argument};
  entry.bias = bias.argument;
  entry.weights_elsewhere = weights.elsewhere;
  entry.bias_elsewhere = bias.elsewhere;
  return entries;
}

}  // namespace tconv::spec
