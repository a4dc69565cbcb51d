// tconv diff: are two tensors equal, and if not, where and why not.
#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <memory>

#include "cli/commands.hpp"
#include "cli/diff_report.hpp"
#include "cli/layer_options.hpp"
#include "cli/output_file.hpp"
#include "cli/standard_input.hpp"
#include "cli/tolerance_options.hpp"
#include "draw/heatmap.hpp"
#include "io/gather.hpp"
#include "io/read.hpp"
#include "support/file.hpp"

namespace tconv::cli {
namespace {

struct DiffOptions {
  std::string a{}, b{};
  ToleranceOptions tolerance{};
  std::string heatmap{}, heatmap_axes{};
  bool diagnose = false, quiet = false, json = false;

  Voice voice() const { return {.quiet = quiet, .json = json}; }
};

// Numbers without a dtype take that of their company.
DType dtype_in_company(const io::Tensor& tensor, const io::Tensor& other) {
  if (!tensor.untyped) return tensor.dtype;
  return other.untyped ? DType::Float32 : other.dtype;
}

Result<void> check_request(const DiffOptions& options) {
  if (options.a.empty() || options.b.empty()) {
    return Error{.code = ErrorCode::Usage,
                 .what = "two tensors are needed, A and B",
                 .hint = "tconv diff y.npy golden.npy"};
  }
  const std::array<std::string, 2> inputs = {options.a, options.b};
  if (auto ok = check_standard_input(inputs); !ok) return ok;
  // Known to be right before the work; what it is depends on the dtypes.
  const auto tolerance = tolerance_of(options.tolerance, DType::Float32, DType::Float32);
  if (!tolerance) return tolerance.error();
  if (options.heatmap.empty()) return {};
  if (auto file = open_output_file("--heatmap", options.heatmap, inputs); !file)
    return file.error();
  return {};
}

struct PlaneAxes {
  int row = -1, column = -1;
};

// Of --heatmap-axes; the last two where it is not given.
Result<PlaneAxes> plane_axes(const std::string& text, const Shape& shape) {
  const int rank = static_cast<int>(shape.size());
  if (text.empty()) return PlaneAxes{.row = rank - 2, .column = rank - 1};
  const auto axes = parse_shape("--heatmap-axes", text);
  if (!axes) return axes.error();
  const bool two = axes->size() == 2 && (*axes)[0] != (*axes)[1];
  if (!two || std::max((*axes)[0], (*axes)[1]) >= rank) {
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("--heatmap-axes {} must be two axes of shape {}", text,
                                     io::shape_text(shape)),
                 .hint = "rows first, such as 1,2 for (N, H, W, C)"};
  }
  return PlaneAxes{.row = static_cast<int>((*axes)[0]), .column = static_cast<int>((*axes)[1])};
}

Result<void> write_heatmap(const DiffOptions& options, const DiffReport& report) {
  const auto axes = plane_axes(options.heatmap_axes, report.a.shape);
  if (!axes) return axes.error();
  const std::string svg = draw::heatmap_svg({.a = report.a,
                                             .b = report.b,
                                             .tolerance = report.tolerance,
                                             .comparison = report.comparison,
                                             .row_axis = axes->row,
                                             .column_axis = axes->column});
  auto file = support::AtomicFile::open(options.heatmap);
  if (!file) return file.error();
  if (auto written = file->write(svg); !written) return written;
  return file->commit();
}

Result<io::Tensor> read_dense(const std::string& argument) {
  const auto tensor = io::read_tensor(argument, {.void2_is_bfloat16 = true});
  if (!tensor) return tensor.error();
  return io::gathered(*tensor);
}

int run_diff(const DiffOptions& options) {
  const Voice voice = options.voice();
  if (auto ok = check_request(options); !ok) return report(ok.error(), voice);
  const auto a = read_dense(options.a);
  if (!a) return report(a.error(), voice);
  const auto b = read_dense(options.b);
  if (!b) return report(b.error(), voice);
  const auto tolerance =
      tolerance_of(options.tolerance, dtype_in_company(*a, *b), dtype_in_company(*b, *a));
  if (!tolerance) return report(tolerance.error(), voice);
  const auto comparison = io::compare(*a, *b, *tolerance);
  if (!comparison) return report(comparison.error(), voice);

  DiffReport result{.a = *a, .b = *b, .tolerance = *tolerance, .comparison = *comparison};
  const bool speaks = voice.json || !voice.quiet;
  if (speaks && comparison->same_shape && comparison->differing > 0) {
    result.patterns = diff::locate(*a, *b, *tolerance);
  }
  if (speaks && options.diagnose && !comparison->equal) {
    auto diagnosis = diff::diagnose(*a, *b, *tolerance);
    if (!diagnosis) return report(diagnosis.error(), voice);
    result.diagnosis = std::move(*diagnosis);
  }
  if (!options.heatmap.empty()) {
    if (!comparison->same_shape) {
      note("no heat map is drawn of tensors of two shapes", voice);
    } else if (auto written = write_heatmap(options, result); !written) {
      return report(written.error(), voice);
    } else {
      result.heatmap = options.heatmap;
    }
  }
  const std::string text = voice.json ? diff_json(result) : voice.quiet ? "" : diff_text(result);
  if (const int failed = print(text, voice); failed != 0) return failed;
  return static_cast<int>(comparison->equal ? ExitCode::Done : ExitCode::No);
}

constexpr const char* kDiffExamples = R"(Examples:
  tconv diff y.npy golden.npy                     # exit 1 where they differ
  tconv diff y.npy golden.npy --diagnose          # and what would make them equal
  tconv run SPEC -x x.npy -w w.npy --format npy | tconv diff - golden.npy --rtol 1e-4
  tconv diff a.npy b.npy --metric cosine --heatmap diff.svg

A and B are tensors of any dtype, byte order and order of axes (tconv help tensors). Each element must
satisfy |a - b| <= atol + rtol*|b|, where the defaults are those of torch.testing.assert_close:
float64 1e-7 and 1e-7, float32 1.3e-6 and 1e-5, float16 1e-3 and 1e-5, bfloat16 1.6e-2 and 1e-5
(rtol and atol), integers 0; of two dtypes the greater. --metric mean compares mean |a - b| with
atol + rtol*mean |b|, cosine 1 - cos(a, b) with atol + rtol; ulp lets each element be --atol (4) units
in the last place of the coarser dtype apart.

--diagnose tries shifts of up to 4 elements along up to 3 axes (comparing what overlaps), flips, orders
of axes, orders along an axis, rounding to float16 and bfloat16, factors and constants (one for all,
or one for each index of an axis), one at a time, then two. It says what has to be done to B, or to A,
so that every element is equal; of several answers the simplest.
)";

}  // namespace

Command add_diff(CLI::App& app) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App& command =
      *app.add_subcommand("diff", "compare two tensors: whether, where and why they differ");
  command.footer(kDiffExamples);
  command.add_option("A", options->a, "a tensor (help tensors)")->type_name("")->group("");
  command.add_option("B", options->b, "the tensor that is expected")->type_name("")->group("");
  add_tolerance_options(command, options->tolerance, "Tolerance", nullptr);
  const std::string answers = "What to say";
  command.add_flag("--diagnose", options->diagnose, "find what makes them differ, if it is simple")
      ->group(answers);
  CLI::Option* const heatmap =
      command.add_option("--heatmap", options->heatmap, "draw where they differ, as SVG")
          ->type_name("FILE")
          ->group(answers);
  command
      .add_option("--heatmap-axes", options->heatmap_axes,
                  "axes that are the picture's rows and columns; the last two")
      ->type_name("R,C")
      ->needs(heatmap)
      ->group(answers);
  command.add_flag("-q,--quiet", options->quiet, "only the exit code")->group(answers);
  command.add_flag("--json", options->json, "print one JSON object, errors too")->group(answers);
  return [options] { return run_diff(*options); };
}

}  // namespace tconv::cli
