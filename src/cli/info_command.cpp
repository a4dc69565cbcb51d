// tconv info: what files hold, without computing anything.
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/members_info.hpp"
#include "cli/onnx_info.hpp"
#include "cli/report.hpp"
#include "cli/standard_input.hpp"
#include "cli/tensor_info.hpp"
#include "io/member_name.hpp"
#include "io/members.hpp"

namespace tconv::cli {
namespace {

struct InfoOptions {
  std::vector<std::string> files{};
  bool header = false, json = false;
};

Result<std::string> file_info(const std::string& argument, const InfoOptions& options) {
  const auto onnx = io::parse_member_name(argument, io::kOnnxExtension);
  if (!onnx || !onnx->member.empty()) {
    const auto listed = io::list_members(argument);
    if (!listed) return listed.error();
    if (listed->format.empty()) {
      return tensor_info(argument, {.header_only = options.header, .json = options.json});
    }
    return options.json ? members_json(argument, *listed) : members_text(argument, *listed);
  }
  const auto model = io::read_onnx_model(onnx->file, onnx->file);
  if (!model) return model.error();
  auto text = options.json ? onnx_info_json(*model) : onnx_info_text(*model);
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
  // One after the other, so that the first answers come before the last file is read; what cannot
  // be read does not hide the others.
  int exit_code = 0;
  for (const std::string& file : options.files) {
    const auto text = file_info(file, options);
    if (!text) {
      const int failed = report(text.error(), voice);
      if (exit_code == 0) exit_code = failed;
      continue;
    }
    const std::string line =
        options.json ? R"({"schema": 1, "command": "info", )" + text->substr(1) + '\n' : *text;
    if (const int failed = print(line, voice); failed != 0) return failed;
  }
  return exit_code;
}

constexpr const char* kInfoExamples = R"(Examples:
  tconv info model.onnx               # its convolutions, each with a SPEC to paste
  tconv info x.npy model.onnx:conv1.weight
  tconv info w.npz model.safetensors  # the tensors in them
  tconv info *.npy --header           # shapes only: reads no element
  tconv info *.npy --json | jq -r 'select(.nan > 0) | .name'

min, max, mean and std are of the finite elements; std is the population's, as numpy.std. Files are
read once, in pieces, however large they are. --json prints one object a line.
)";

}  // namespace

Command add_info(CLI::App& app) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App& command = *app.add_subcommand("info", "what tensors, archives and ONNX models hold");
  command.footer(kInfoExamples);
  command
      .add_option("FILE", options->files, "tensors (help tensors), .npz, .safetensors, ONNX models")
      ->type_name("")
      ->group("");
  command.add_flag("--header", options->header,
                   "read no elements: dtype, shape, order, bytes only");
  command.add_flag("--json", options->json, "print one JSON object a file, errors too");
  return [options] { return info(*options); };
}

}  // namespace tconv::cli
