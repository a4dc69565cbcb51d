// tconv run: one layer, or a chain of them, on one input.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "batch/prepared_chain.hpp"
#include "cli/answers.hpp"
#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/explain_plan.hpp"
#include "cli/run_options.hpp"
#include "cli/run_times.hpp"
#include "cli/verdict.hpp"
#include "io/read.hpp"
#include "support/file.hpp"
#include "support/stopwatch.hpp"

namespace tconv::cli {
namespace {

// A run on its way from the command line to the result.
struct Run {
  const RunOptions& options;
  const RunRequest& request;
  std::optional<support::AtomicFile> file{};  // of -o, open
  RunTimes times{};
};

std::string run_json(const RunOptions& options, const batch::ChainResult& result,
                     const std::optional<Verdict>& verdict, const RunTimes& times) {
  std::string text = fmt::format(
      R"({{"schema": 1, "command": "run", "layers": {}, "shape": [{}], "dtype": "{}")",
      describe_json(result.lowerings), fmt::join(result.y.shape, ", "), name(result.y.dtype));
  text += fmt::format(R"(, "milliseconds": {})", times_json(times));
  if (verdict) text += fmt::format(R"(, "expect": {})", verdict_json(*verdict));
  const bool inside = options.output.empty() || options.output == "-";
  text += inside ? fmt::format(R"(, "data": {})", io::json_array(result.y))
                 : fmt::format(R"(, "output": {})", json_string(options.output));
  return text + "}\n";
}

Result<void> write_result(Run& run, const io::Tensor& y) {
  const RunOptions& options = run.options;
  const io::Format format = *run.request.format;
  const io::TextOptions text{.precision = options.precision};
  if (run.file) return io::write_tensor(y, *run.file, options.output, format, text);
  if (!options.output.empty() && options.output != "-") {
    return io::write_tensor(y, options.output, format, text);
  }
  if (auto written = io::write_tensor(y, STDOUT_FILENO, format, text); !written) return written;
  if (format != io::Format::Text || options.layer.quiet || !options.output.empty()) return {};
  return support::write_all(STDOUT_FILENO, fmt::format("shape: {}\n", io::shape_text(y.shape)),
                            "standard output");
}

// Whether the result may go to the file as it is computed, and is not looked at afterwards.
bool may_stream(const Run& run) {
  const bool redirected = run.options.output == "-" && support::position_of(STDOUT_FILENO);
  return (redirected || (run.file && run.file->is_positional())) &&
         run.request.format == io::Format::Npy && run.options.expect.empty() &&
         run.options.as.empty();
}

// The file of -o, or standard output that is one.
class StreamTarget {
 public:
  explicit StreamTarget(Run& run)
      : file_(run.file ? &*run.file : nullptr),
        begin_(file_ != nullptr ? 0 : *support::position_of(STDOUT_FILENO)) {}

  Result<void> write_at(std::string_view bytes, std::int64_t offset) const {
    if (file_ != nullptr) return file_->write_at(bytes, offset);
    return support::write_all_at(STDOUT_FILENO, bytes, begin_ + offset, "standard output");
  }

  // What comes next on standard output follows the `size` bytes.
  Result<void> commit(std::int64_t size) {
    if (file_ != nullptr) return file_->commit();
    lseek(STDOUT_FILENO, begin_ + size, SEEK_SET);
    return {};
  }

 private:
  support::AtomicFile* file_;
  std::int64_t begin_;
};

// The result of a streamed run has a shape and dtype, but no elements.
Result<batch::ChainResult> stream(Run& run, const batch::PreparedChain& chain, const io::Tensor& x,
                                  batch::PreparedChain::Buffers& buffers) {
  StreamTarget target(run);
  const std::string header = io::npy_header(chain.dtype(), chain.y_shape());
  if (auto written = target.write_at(header, 0); !written) return written.error();
  const auto first = static_cast<std::int64_t>(header.size());
  const auto count = io::element_count(chain.y_shape(), chain.dtype());
  if (!count) return count.error();
  const auto done =
      chain.stream(x, buffers, [&](const std::byte* bytes, std::int64_t size, std::int64_t at) {
        return target.write_at(
            {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}, first + at);
      });
  if (!done) return done.error();
  support::Stopwatch watch;
  if (auto committed = target.commit(first + *count * size_bytes(chain.dtype())); !committed)
    return committed.error();
  run.times.write += watch.lap();
  batch::ChainResult result{.lowerings = chain.lowerings()};
  result.y.dtype = chain.dtype();
  result.y.shape = chain.y_shape();
  return result;
}

Result<batch::ChainResult> compute(Run& run, const batch::PreparedChain& chain,
                                   const io::Tensor& x) {
  batch::PreparedChain::Buffers buffers;
  auto result = chain.streams() ? stream(run, chain, x, buffers) : chain.run(x, buffers);
  run.times.pack += buffers.times().pack;
  run.times.compute += buffers.times().compute;
  run.times.write += buffers.times().write;
  return result;
}

int finish(Run& run, const batch::ChainResult& result, bool streamed) {
  const RunOptions& options = run.options;
  const Voice voice = options.layer.voice();
  std::optional<Verdict> verdict;
  if (!options.expect.empty()) {
    const auto compared = compare_expected(options, result.y);
    if (!compared) return report(compared.error(), voice);
    verdict = *compared;
  }
  const bool tensor_on_stdout = options.output.empty() || options.output == "-";
  if (run.request.format && !streamed && !(voice.json && tensor_on_stdout)) {
    support::Stopwatch watch;
    if (auto written = write_result(run, result.y); !written) {
      return report(written.error(), voice);
    }
    run.times.write += watch.lap();
  }
  std::string text;
  if (voice.json) {
    text = run_json(options, result, verdict, run.times);
  } else if (!voice.quiet) {
    if (!tensor_on_stdout) {
      text += fmt::format("{}: shape {} {}\n", options.output, io::shape_text(result.y.shape),
                          name(result.y.dtype));
    }
    if (verdict) text += verdict_text(*verdict);
  }
  // Beside a tensor on stdout, which another program may read, the verdict is a message.
  const bool is_message = run.request.format && tensor_on_stdout && !voice.json;
  if (is_message) {
    static_cast<void>(support::write_all(STDERR_FILENO, text, "stderr"));
  } else if (const int failed = print(text, voice); failed != 0) {
    return failed;
  }
  const bool differs = verdict && !verdict->comparison.equal;
  return static_cast<int>(differs ? ExitCode::No : ExitCode::Done);
}

// --as: both shapes, and how far the values are apart.
int compare_as(const RunOptions& options, const RunRequest& request, const io::Tensor& x,
               const batch::ChainResult& own) {
  const Voice voice = options.layer.voice();
  const auto other = answer_as(request.chain, own, x, options.as, request.compute);
  if (!other) return report(other.error(), voice);
  const std::string_view name = own.lowerings[0].framework;
  std::string text = fmt::format("{:<8} {}\n{:<8} {}\n", name, io::shape_text(own.y.shape),
                                 other->framework, answer_text(*other));
  bool equal = false;
  if (other->y) {
    const auto compared = io::compare(*other->y, own.y, io::default_tolerance(own.y.dtype));
    if (!compared) return report(compared.error(), voice);
    equal = compared->equal;
    if (compared->same_shape) {
      text += fmt::format("{}: largest difference {:.3g}\n", equal ? "equal" : "differ",
                          compared->largest_difference);
    } else {
      text += "differ: in shape\n";
    }
  }
  if (voice.json) {
    text =
        fmt::format(R"({{"schema": 1, "command": "run", "layers": {}, "as": {{"framework": {}, )"
                    R"("equal": {}, "shape": {}, "refusal": {}}}, "shape": [{}]}})"
                    "\n",
                    describe_json(own.lowerings), json_string(other->framework), equal,
                    other->y ? fmt::format("[{}]", fmt::join(other->y->shape, ", ")) : "null",
                    other->y ? "null" : json_string(other->refusal), fmt::join(own.y.shape, ", "));
  }
  if (const int failed = print(voice.quiet && !voice.json ? "" : text, voice); failed != 0) {
    return failed;
  }
  return static_cast<int>(equal ? ExitCode::Done : ExitCode::No);
}

// --explain-plan: x tells its shape, weights not given are told from the layer's arguments.
int explain(const RunOptions& options, const RunRequest& request, const batch::Chain& chain,
            const io::Tensor& x) {
  const Voice voice = options.layer.voice();
  const auto lowerings = batch::describe_chain(chain, x);
  if (!lowerings) return report(lowerings.error(), voice);
  const auto plans = batch::plan_chain(chain, *lowerings, request.compute.plan);
  if (!plans) return report(plans.error(), voice);
  if (!voice.json) return print(plan_text(*lowerings, *plans), voice);
  return print(fmt::format(R"({{"schema": 1, "command": "run", "plan": {}}})"
                           "\n",
                           plan_json(*lowerings, *plans)),
               voice);
}

int run(const RunOptions& options) {
  const Voice voice = options.layer.voice();
  auto request = meaning_of(options);
  if (!request) return report(request.error(), voice);
  Run run{.options = options, .request = *request, .times = {.start = milliseconds_since_start()}};
  support::Stopwatch watch;
  const auto chain = batch::read_chain(request->chain);
  if (!chain) {
    return report(with_answers(chain.error(), request->chain, options.input, request->compute),
                  voice);
  }
  if (!options.explain_plan) {
    auto file = open_output(options, *chain);
    if (!file) return report(file.error(), voice);
    if (*file) run.file.emplace(std::move(**file));
  }
  const auto x = io::read_tensor(options.input,
                                 {.void2_is_bfloat16 = request->chain.dtype == DType::BFloat16});
  if (!x) return report(x.error(), voice);
  run.times.read = watch.lap();
  if (options.explain_plan) return explain(options, *request, *chain, *x);
  if (may_stream(run)) request->compute.output = batch::Output::Streamed;
  auto prepared = batch::PreparedChain::make(*chain, *x, request->compute);
  if (!prepared) return report(prepared.error(), voice);
  run.times.plan = watch.lap();
  const auto result = compute(run, *prepared, *x);
  if (!result) return report(result.error(), voice);
  for (const frameworks::Lowering& lowering : result->lowerings) {
    for (const std::string& text : lowering.notes) {
      note(fmt::format("{}: {}", lowering.layer, text), voice);
    }
  }
  if (!options.as.empty()) return compare_as(options, *request, *x, *result);
  return finish(run, *result, prepared->streams());
}

constexpr const char* kRunExamples = R"(Examples:
  tconv run 'nn.ConvTranspose2d(1, 1, 2, stride=3, bias=False)' -x '[[0,1],[2,3]]' -w '[[0,1],[2,3]]'
  tconv run 'Conv2D(64, 3, strides=2, padding="same")' -x x.npy -w kernel.npy -b bias.npy -o y.npy
  tconv run ConvTranspose2d --stride 2 --padding 1 -x x.npy -w w.npy --format npy | tconv run ... -x -
  tconv run layer.json -x x.npy --expect golden.npy       # exit 1 where they differ
)";

}  // namespace

Command add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& command = *app.add_subcommand("run", "compute one layer or a chain of layers");
  command.footer(kRunExamples);
  add_run_options(command, *options);
  return [options] { return run(*options); };
}

}  // namespace tconv::cli
