#include "cli/solve_options.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cctype>

#include "cli/layer_options.hpp"
#include "cli/solve_ranges.hpp"
#include "cli/usage_error.hpp"
#include "tconv/problem.hpp"

namespace tconv::cli {
namespace {

using solve::AxisQuestion;
using solve::Range;

// What is tried where nothing is said: all layers that people use, and some more.
constexpr Range kKernels{1, 16}, kStrides{1, 16}, kDilations{1, 1};

bool is_word(const std::string& text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0;
}

// Everything that may say how many axes there are.
struct Parts {
  std::vector<Shape> from{}, to{};
  std::vector<Range> kernel{kKernels}, stride{kStrides}, dilation{kDilations}, output_padding{};
  std::vector<solve::PaddingRange> padding{};
};

template <typename T>
Result<void> read(Result<std::vector<T>> parsed, std::vector<T>& into) {
  if (!parsed) return parsed.error();
  into = std::move(*parsed);
  return {};
}

Result<Parts> read_parts(const SolveOptions& o) {
  Parts parts;
  const std::string& to = o.skip.empty() ? o.to : o.skip;
  if (to.empty() || (o.from.empty() && o.skip.empty())) {
    return usage("give both sizes: --from and --to", "tconv solve --from 44 --to 89");
  }
  if (!o.skip.empty() && !o.to.empty()) {
    return usage("--skip says what --to would: give one of them", "tconv solve --skip 89");
  }
  if (!o.from.empty()) {
    if (auto ok = read(parse_sizes("--from", o.from), parts.from); !ok) return ok.error();
  }
  if (auto ok = read(parse_sizes(o.skip.empty() ? "--to" : "--skip", to), parts.to); !ok) {
    return ok.error();
  }
  if (!o.skip.empty()) parts.stride = {Range{2, 2}};
  for (const auto& [flag, text, least, into] :
       {std::tuple<std::string, const std::string*, std::int64_t, std::vector<Range>*>{
            "--kernel-size", &o.kernel_size, 1, &parts.kernel},
        {"--stride", &o.stride, 1, &parts.stride},
        {"--dilation", &o.dilation, 1, &parts.dilation},
        {"--output-padding", &o.output_padding, 0, &parts.output_padding}}) {
    if (text->empty()) continue;
    if (auto ok = read(parse_ranges(flag, *text, least), *into); !ok) return ok.error();
  }
  if (!o.padding.empty() && !is_word(o.padding)) {
    if (auto ok = read(parse_padding_ranges(o.padding), parts.padding); !ok) return ok.error();
  }
  return parts;
}

Result<void> check_inputs(const SolveOptions& o, const Parts& parts) {
  if (o.skip.empty()) {
    if (parts.from.size() == parts.to.size()) return {};
    return usage(fmt::format("--from has {} inputs, --to {}: each needs its output",
                             parts.from.size(), parts.to.size()),
                 "several inputs stand between commas; axes between x: --from 7x9 --to 14x18");
  }
  if (parts.to.size() > 1 || parts.from.size() > 1) {
    return usage("--skip takes one size, with axes between x: --skip 89x120");
  }
  for (const Range& stride : parts.stride) {
    if (stride.least != stride.most || stride.least < 2) {
      return usage("--skip needs the encoder's stride, one number from 2 up: --stride 2");
    }
  }
  return {};
}

Result<std::size_t> rank_of(const SolveOptions& o, const Parts& parts) {
  if (o.rank < 0) return usage(fmt::format("--rank {} must be 1, 2 or 3", o.rank));
  std::size_t rank = static_cast<std::size_t>(o.rank);
  std::string by = "--rank";
  const auto agrees = [&](const std::string& flag, std::size_t count) {
    if (count <= 1 || count == rank) return true;
    if (rank != 0) return false;
    rank = count;
    by = flag;
    return true;
  };
  for (const auto& [flag, count] : {std::pair<std::string, std::size_t>{
                                        "--from", parts.from.empty() ? 0 : parts.from[0].size()},
                                    {o.skip.empty() ? "--to" : "--skip", parts.to[0].size()},
                                    {"--kernel-size", parts.kernel.size()},
                                    {"--stride", parts.stride.size()},
                                    {"--dilation", parts.dilation.size()},
                                    {"--padding", parts.padding.size()},
                                    {"--output-padding", parts.output_padding.size()}}) {
    if (!agrees(flag, count)) {
      return usage(fmt::format("{} has {} axes, {} says {}", flag, count, by, rank));
    }
  }
  if (rank == 0) rank = 2;
  if (rank > 3) return usage(fmt::format("solve takes 1 to 3 axes, {} says {}", by, rank));
  return rank;
}

template <typename T>
const T& of_axis(const std::vector<T>& each, std::size_t axis) {
  return each.size() == 1 ? each[0] : each[axis];
}

AxisQuestion axis_question(const Parts& parts, std::size_t axis) {
  AxisQuestion question{.kernel = of_axis(parts.kernel, axis),
                        .stride = of_axis(parts.stride, axis),
                        .dilation = of_axis(parts.dilation, axis)};
  for (const Shape& sizes : parts.from) question.from.push_back(of_axis(sizes, axis));
  for (const Shape& sizes : parts.to) question.to.push_back(of_axis(sizes, axis));
  if (!parts.padding.empty()) question.padding = of_axis(parts.padding, axis);
  if (!parts.output_padding.empty()) {
    question.output_padding = of_axis(parts.output_padding, axis);
  }
  return question;
}

Result<std::vector<const frameworks::Framework*>> frameworks_of(const SolveOptions& o) {
  const auto all = frameworks::all_frameworks();
  std::vector<const frameworks::Framework*> chosen;
  for (const std::string& word : o.frameworks) {
    if (word == "all") return std::vector(all.begin(), all.end());
    const auto framework = frameworks::framework_named(word);
    if (!framework) return framework.error();
    if (std::find(chosen.begin(), chosen.end(), *framework) == chosen.end()) {
      chosen.push_back(*framework);
    }
  }
  if (chosen.empty()) chosen.assign(all.begin(), all.end());
  return chosen;
}

Result<void> check_word(const SolveOptions& o, const solve::Question& question) {
  if (!is_word(o.padding)) return {};
  std::vector<std::string> known;
  for (const frameworks::Framework* framework : question.frameworks) {
    for (const frameworks::Form& form : framework->forms()) {
      if (form.word.empty()) continue;
      if (std::equal(form.word.begin(), form.word.end(), o.padding.begin(), o.padding.end(),
                     [](unsigned char a, unsigned char b) {
                       return std::tolower(a) == std::tolower(b);
                     })) {
        return {};
      }
      if (std::find(known.begin(), known.end(), form.word) == known.end()) {
        known.emplace_back(form.word);
      }
    }
  }
  return usage(fmt::format("--padding {} is no word of {}", o.padding,
                           question.frameworks.size() == 1 ? question.frameworks[0]->name
                                                           : "these frameworks"),
               fmt::format("there are {}", fmt::join(known, ", ")));
}

}  // namespace

void add_solve_options(CLI::App& command, SolveOptions& o) {
  const std::string sizes = "Sizes (axes between x, inputs between commas: 7x9,14x18)";
  const auto text = [&](const std::string& name, std::string& into, const std::string& help,
                        const std::string& type, const std::string& group) {
    return command.add_option(name, into, help)->type_name(type)->group(group);
  };
  text("--from", o.from, "the input's spatial size; several, for one layer that fits all", "N",
       sizes);
  text("--to", o.to, "the output's, one for each input", "N", sizes);
  text("--skip", o.skip, "the size of a U-Net's skip connection: how to come back to it", "N",
       sizes);
  command.add_option("--rank", o.rank, "spatial axes, where no size says so; 2 else")
      ->type_name("N")
      ->group(sizes);
  const std::string layer = "The layer (each a number, a range A..B, or one of them an axis: 3,5)";
  command
      .add_option("--framework", o.frameworks,
                  "pytorch, keras, onnx, jax, flax, scipy or all; several between commas")
      ->type_name("NAME")
      ->delimiter(',')
      ->group(layer);
  command.add_flag("--transposed", o.transposed, "transposed layers only")->group(layer);
  command.add_flag("--forward", o.forward, "forward layers only")->group(layer);
  text("--kernel-size", o.kernel_size, "extents of the kernel; 1..16 else", "RANGE", layer);
  text("--stride", o.stride, "stride; 1..16 else, and 2 with --skip", "RANGE", layer);
  text("--dilation", o.dilation, "spacing of the kernel's taps; 1 else", "RANGE", layer);
  text("--padding", o.padding,
       "a pair of ranges LOW:HIGH, too, or a word (same); all that are usual else", "PAD", layer);
  text("--output-padding", o.output_padding, "what the framework allows else", "RANGE", layer);
  text("--channels", o.channels, "channels of input and output, to write into the layer", "IN,OUT",
       layer);
  command.add_option("--limit", o.limit, "layers to print for each framework; 0 prints all")
      ->type_name("N");
  command.add_option("--format", o.format, "table, or layers to paste, one a line")
      ->type_name("FORMAT");
  command.add_flag("-q,--quiet", o.quiet, "print nothing but errors; the exit code answers");
  command.add_flag("--json", o.json, "print one JSON object, errors too");
}

Result<SolveRequest> solve_request(const SolveOptions& o) {
  const auto parts = read_parts(o);
  if (!parts) return parts.error();
  if (auto ok = check_inputs(o, *parts); !ok) return ok.error();
  const auto rank = rank_of(o, *parts);
  if (!rank) return rank.error();
  const auto channels = parse_shape("--channels", o.channels);
  if (!channels) return channels.error();
  if (channels->size() != 2 || (*channels)[0] < 1 || (*channels)[1] < 1) {
    return usage(fmt::format("--channels {} must be two numbers from 1 up: IN,OUT", o.channels));
  }
  if (o.format != "table" && o.format != "layers") {
    return usage(fmt::format("--format {} must be table or layers", o.format));
  }
  if (o.limit < 0) return usage(fmt::format("--limit {} must be at least 0", o.limit));
  if (o.transposed && o.forward) return usage("--transposed and --forward exclude each other");
  SolveRequest request{.channels = {.in = (*channels)[0], .out = (*channels)[1]},
                       .format = o.format == "layers" ? SolveFormat::Layers : SolveFormat::Table,
                       .skip = !o.skip.empty(),
                       .limit = o.limit == 0 ? SIZE_MAX : static_cast<std::size_t>(o.limit)};
  for (std::size_t a = 0; a < *rank; ++a) request.question.axes.push_back(axis_question(*parts, a));
  auto frameworks = frameworks_of(o);
  if (!frameworks) return frameworks.error();
  request.question.frameworks = std::move(*frameworks);
  if (o.transposed) request.question.direction = Direction::Transposed;
  if (o.forward) request.question.direction = Direction::Forward;
  if (is_word(o.padding)) request.question.padding_word = o.padding;
  if (auto ok = check_word(o, request.question); !ok) return ok.error();
  return request;
}

}  // namespace tconv::cli
