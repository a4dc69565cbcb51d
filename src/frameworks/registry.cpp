// The frameworks tconv knows, and how a layer is told to belong to one of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "frameworks/arguments.hpp"
#include "frameworks/flax.hpp"
#include "frameworks/jax.hpp"
#include "frameworks/keras.hpp"
#include "frameworks/lowering.hpp"
#include "frameworks/onnx.hpp"
#include "frameworks/pytorch.hpp"
#include "frameworks/scipy.hpp"
#include "support/caret.hpp"
#include "support/suggest.hpp"

namespace tconv::frameworks {
namespace {

const std::array kFrameworks = {&kPyTorch, &kKeras, &kOnnx, &kJax, &kFlax, &kScipy};

// The first word of a module prefix, and whose users write it. `nn` is PyTorch's and flax's: the
// layer's name decides.
struct Module {
  std::string_view prefix;
  const Framework* framework;
};
const Module kModules[] = {
    {"nn", &kPyTorch},     {"nn", &kFlax},      {"torch", &kPyTorch}, {"F", &kPyTorch},
    {"keras", &kKeras},    {"layers", &kKeras}, {"tf", &kKeras},      {"tensorflow", &kKeras},
    {"tf_keras", &kKeras}, {"tfk", &kKeras},    {"tfkl", &kKeras},    {"kl", &kKeras},
    {"onnx", &kOnnx},      {"helper", &kOnnx},  {"ai", &kOnnx},       {"jax", &kJax},
    {"lax", &kJax},        {"flax", &kFlax},    {"linen", &kFlax},    {"nnx", &kFlax},
    {"scipy", &kScipy},    {"signal", &kScipy},
};

// Words a user may say for a framework.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"torch", "pytorch"}, {"tf", "keras"}, {"tensorflow", "keras"}};

Error spec_error(const Layer& layer, std::string what, std::string hint = {}) {
  return Error{
      .code = ErrorCode::Spec,
      .what = std::move(what),
      .hint = std::move(hint),
      .excerpt = layer.source.empty() ? "" : support::caret_excerpt(layer.source, layer.offset)};
}

Error unknown_layer(const Layer& layer, std::span<const Framework* const> candidates) {
  std::vector<std::string_view> known;
  for (const Framework* framework : candidates) {
    const auto names = framework->layer_names();
    known.insert(known.end(), names.begin(), names.end());
  }
  const std::string of =
      candidates.size() == 1 ? fmt::format(" of {}", candidates[0]->name) : std::string();
  return spec_error(layer,
                    fmt::format("'{}' is not a convolution layer{} that tconv knows{}", layer.name,
                                of, support::did_you_mean(layer.name, known)),
                    "tconv help spec lists the layers");
}

// A name that several frameworks would take: each would give something else.
Error ambiguous(const Layer& layer, const std::vector<const Framework*>& candidates) {
  std::vector<std::string> ways;
  for (const Framework* framework : candidates) {
    ways.push_back(fmt::format("--framework {}", framework->name));
  }
  return spec_error(layer,
                    fmt::format("'{}' is no framework's own name for a layer, and each would mean "
                                "something else by it (layouts, padding, crops)",
                                layer.name),
                    fmt::format("say which: {}", fmt::join(ways, " or ")));
}

ResolvedLayer as_layer_of(const Framework& framework, const Layer& layer) {
  return {.framework = &framework, .layer = &framework == &kOnnx ? onnx_node(layer) : layer};
}

// A problem has room for as many spatial axes as any array may have axes at all.
Result<void> check_axes(const Operand& operand) {
  if (operand.shape.size() <= kMaxAxes) return {};
  return Error{.code = ErrorCode::ShapeMismatch,
               .where = operand.name,
               .what = fmt::format("{} axes: as in NumPy, an array has at most {}",
                                   operand.shape.size(), kMaxAxes)};
}

// A node has no positional arguments, and none of these.
bool has_flax_arguments(const Layer& layer) {
  return layer.name != "make_node" &&
         std::any_of(layer.arguments.begin(), layer.arguments.end(), [](const Argument& a) {
           return a.name.empty() || a.name == "features" || a.name == "out_features" ||
                  a.name == "kernel_size";
         });
}

}  // namespace

std::optional<NeutralName> neutral_name(std::string_view name) {
  // Asked of every layer that is lowered: spelling out all names to compare would take longer than
  // the lowering itself.
  const bool transposed = name.starts_with("conv_transpose");
  const std::string_view stem = transposed ? "conv_transpose" : "conv";
  if (!name.starts_with(stem) || !name.ends_with('d')) return std::nullopt;
  const std::string_view digits = name.substr(stem.size(), name.size() - stem.size() - 1);
  int rank = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, failure] = std::from_chars(digits.data(), last, rank);
  const bool plain = digits == "0" || (!digits.empty() && digits[0] >= '1' && digits[0] <= '9');
  if (failure != std::errc() || end != last || !plain || rank > kMaxAxes) return std::nullopt;
  return NeutralName{transposed, rank};
}

std::span<const Framework* const> all_frameworks() { return kFrameworks; }

Result<const Framework*> framework_named(std::string_view word) {
  std::string_view wanted = word;
  for (const auto& [alias, name] : kAliases) {
    if (word == alias) wanted = name;
  }
  std::vector<std::string_view> names;
  for (const Framework* framework : kFrameworks) {
    if (framework->name == wanted) return framework;
    names.push_back(framework->name);
  }
  return Error{
      .code = ErrorCode::Spec,
      .what = fmt::format("unknown framework '{}'{}", word, support::did_you_mean(word, names)),
      .hint = fmt::format("tconv knows {}", fmt::join(names, ", "))};
}

Result<ResolvedLayer> resolve(const Layer& layer) {
  if (!layer.framework.empty()) {
    const auto framework = framework_named(layer.framework);
    if (!framework) return framework.error();
    if (!(*framework)->knows(layer)) return unknown_layer(layer, std::array{*framework});
    return as_layer_of(**framework, layer);
  }
  const std::string root = layer.module.substr(0, layer.module.find('.'));
  std::vector<const Framework*> owners;
  for (const Module& module : kModules) {
    if (module.prefix != root) continue;
    if (module.framework->knows(layer)) {
      return as_layer_of(*module.framework, layer);
    }
    owners.push_back(module.framework);
  }
  if (!owners.empty()) return unknown_layer(layer, owners);
  std::vector<const Framework*> candidates;
  for (const Framework* framework : kFrameworks) {
    if (framework->knows(layer)) candidates.push_back(framework);
  }
  // Conv and ConvTranspose alone are ONNX's operators, unless written with flax's arguments.
  if (kOnnx.knows(layer) && !neutral_name(layer.name)) {
    candidates = {has_flax_arguments(layer) ? &kFlax : &kOnnx};
  }
  if (candidates.empty()) return unknown_layer(layer, kFrameworks);
  if (neutral_name(layer.name)) return ambiguous(layer, candidates);
  return as_layer_of(*candidates[0], layer);
}

Result<std::vector<Argument>> neutral_arguments(const ResolvedLayer& resolved) {
  const Framework& framework = *resolved.framework;
  const Signature signature = framework.signature(resolved.layer);
  const Arguments args(resolved.layer, framework.name, signature);
  if (args.error()) return *args.error();
  std::vector<Argument> neutral;
  for (const auto& [flag, own] : signature.flags) {
    if (!args.has(own)) continue;
    const Value& value = *args.find(own);
    neutral.push_back(
        {.name = std::string(flag), .value = own == "pads" ? neutral_pads(value) : value});
  }
  return neutral;
}

Result<Lowering> lower(const Layer& layer, const LoweringInput& input) {
  if (auto ok = check_axes(input.x); !ok) return ok.error();
  for (const Operand& w : input.weights) {
    if (auto ok = check_axes(w); !ok) return ok.error();
  }
  const auto resolved = resolve(layer);
  if (!resolved) return resolved.error();
  return resolved->framework->lower(resolved->layer, input);
}

}  // namespace tconv::frameworks
