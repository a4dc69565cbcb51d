#include "frameworks/fitting.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tconv::frameworks {
namespace {

// ((0, 1), (0, 1)), or (0, 1) for a single axis, as ZeroPadding1D and Cropping1D take it.
std::string keras_ends(const Sizes& ends) {
  std::vector<std::string> pairs;
  for (const std::int64_t end : ends) pairs.push_back(fmt::format("(0, {})", end));
  return pairs.size() == 1 ? pairs[0] : fmt::format("({})", fmt::join(pairs, ", "));
}

bool is_jax(std::string_view framework) { return framework == "jax" || framework == "flax"; }

}  // namespace

std::string pad_code(std::string_view framework, std::string_view tensor, const Sizes& zeros) {
  std::vector<std::string> pairs;
  for (const std::int64_t end : zeros) pairs.push_back(fmt::format("0, {}", end));
  if (framework == "pytorch") {  // innermost axis first
    std::reverse(pairs.begin(), pairs.end());
    return fmt::format("F.pad({}, ({}))", tensor, fmt::join(pairs, ", "));
  }
  if (framework == "keras") {
    return fmt::format("keras.layers.ZeroPadding{}D({})({})", zeros.size(), keras_ends(zeros),
                       tensor);
  }
  if (is_jax(framework)) {
    return fmt::format("jnp.pad({}, ((0, 0), ({}), (0, 0)))", tensor, fmt::join(pairs, "), ("));
  }
  if (framework == "onnx") {
    const Sizes begins(zeros.size() + 4, 0);  // and the ends of N and C
    return fmt::format("onnx.helper.make_node('Pad', ['{}', 'pads'], ['Y'])  # pads: [{}, {}]",
                       tensor, fmt::join(begins, ", "), fmt::join(zeros, ", "));
  }
  return {};
}

std::string cut_code(std::string_view framework, std::string_view tensor, const Cut& cut) {
  std::vector<std::string> slices;
  Sizes ends;
  for (std::size_t a = 0; a < cut.length.size(); ++a) {
    ends.push_back(cut.length[a] - cut.cut_to[a]);
    slices.push_back(ends[a] == 0 ? ":" : fmt::format(":{}", cut.cut_to[a]));
  }
  if (framework == "pytorch") return fmt::format("{}[..., {}]", tensor, fmt::join(slices, ", "));
  if (framework == "keras") {
    return fmt::format("keras.layers.Cropping{}D({})({})", ends.size(), keras_ends(ends), tensor);
  }
  if (is_jax(framework)) return fmt::format("{}[:, {}, :]", tensor, fmt::join(slices, ", "));
  if (framework == "onnx") {
    Sizes starts(ends.size(), 0), axes;
    for (std::size_t a = 0; a < ends.size(); ++a) axes.push_back(static_cast<std::int64_t>(a) + 2);
    return fmt::format(
        "onnx.helper.make_node('Slice', ['{}', 'starts', 'ends', 'axes'], ['Y'])  "
        "# starts: [{}], ends: [{}], axes: [{}]",
        tensor, fmt::join(starts, ", "), fmt::join(cut.cut_to, ", "), fmt::join(axes, ", "));
  }
  return {};
}

}  // namespace tconv::frameworks
