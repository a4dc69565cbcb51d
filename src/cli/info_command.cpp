// tconv info: what files hold, without computing anything.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/members_info.hpp"
#include "cli/onnx_info.hpp"
#include "cli/report.hpp"
#include "cli/standard_input.hpp"
#include "io/member_name.hpp"
#include "io/members.hpp"
#include "io/read.hpp"

namespace tconv::cli {
namespace {

struct InfoOptions {
  std::vector<std::string> files{};
  bool json = false;
};

Result<std::string> tensor_info(const std::string& argument, bool json) {
  const auto tensor = io::read_tensor(argument, {.void2_is_bfloat16 = true});
  if (!tensor) return tensor.error();
  // Numbers without a dtype are what they become on their own.
  const DType dtype = tensor->untyped ? DType::Float32 : tensor->dtype;
  const auto count = io::element_count(tensor->shape, dtype);
  if (!count) return count.error();
  const std::int64_t bytes = *count * size_bytes(dtype);
  if (json) {
    return fmt::format(
        R"({{"name": {}, "kind": "tensor", "dtype": "{}", "shape": [{}], "bytes": {}}})",
        json_string(argument), name(dtype), fmt::join(tensor->shape, ", "), bytes);
  }
  return fmt::format("{}: shape {} {}, {} bytes\n", argument, io::shape_text(tensor->shape),
                     name(dtype), bytes);
}

Result<std::string> file_info(const std::string& argument, bool json) {
  const auto onnx = io::parse_member_name(argument, io::kOnnxExtension);
  if (!onnx || !onnx->member.empty()) {
    const auto listed = io::list_members(argument);
    if (!listed) return listed.error();
    if (listed->format.empty()) return tensor_info(argument, json);
    return json ? members_json(argument, *listed) : members_text(argument, *listed);
  }
  const auto model = io::read_onnx_model(onnx->file, onnx->file);
  if (!model) return model.error();
  auto text = json ? onnx_info_json(*model) : onnx_info_text(*model);
  if (!text) text.error().where = model->name;
  return text;
}

int info(const InfoOptions& options) {
  const Voice voice{.json = options.json};
  if (options.files.empty()) {
    return report({.code = ErrorCode::Usage,
                   .what = "no file is given",
                   .hint = "tconv info model.onnx w.npy"},
                  voice);
  }
  if (auto ok = check_standard_input(options.files); !ok) return report(ok.error(), voice);
  std::vector<std::string> texts;
  for (const std::string& file : options.files) {
    auto text = file_info(file, options.json);
    if (!text) return report(text.error(), voice);
    texts.push_back(std::move(*text));
  }
  if (!options.json) return print(fmt::to_string(fmt::join(texts, "")), voice);
  return print(fmt::format(R"({{"schema": 1, "command": "info", "files": [{}]}})"
                           "\n",
                           fmt::join(texts, ", ")),
               voice);
}

constexpr const char* kExamples = R"(Examples:
  tconv info model.onnx               # its convolutions, each with a SPEC to paste
  tconv info x.npy model.onnx:conv1.weight
  tconv info w.npz model.safetensors  # the tensors in them
)";

}  // namespace

Command add_info(CLI::App& app) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App& command = *app.add_subcommand("info", "what tensors, archives and ONNX models hold");
  command.footer(kExamples);
  command
      .add_option("FILE", options->files, "tensors (help tensors), .npz, .safetensors, ONNX models")
      ->type_name("")
      ->group("");
  command.add_flag("--json", options->json, "print one JSON object, errors too");
  return [options] { return info(*options); };
}

}  // namespace tconv::cli
