#include "solve/rank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace tconv::solve {
namespace {

using frameworks::AxisChoice;

// In units of one more kernel element. Only their order matters: found by looking at what people
// write (samples/layers.csv), not by measuring.
constexpr std::int64_t kDilated = 10;      // for each step
constexpr std::int64_t kGaps = 12;         // outputs that no input reaches
constexpr std::int64_t kCheckerboard = 8;  // outputs that differ in how many inputs reach them
constexpr std::int64_t kSkips = 10;        // inputs that no output sees
constexpr std::int64_t kShortBy = 2;       // and for each element that a kernel lacks to its stride
constexpr std::int64_t kEvenKernel = 6;    // no middle, at stride 1
constexpr std::int64_t kPaddedEvenKernel = 2;  // and at larger strides
constexpr std::int64_t kUneven = 3;            // for each element of difference between the ends
constexpr std::int64_t kAppends = 6;           // zeros beyond the scatter
constexpr std::int64_t kOutputPadding = 2;     // for each element
constexpr std::int64_t kStride = 8;            // away from the ratio of sizes
constexpr std::int64_t kWrongDirection = 40;   // a forward layer that enlarges, or the reverse

bool is_transposed(const Solution& s) { return s.form->direction == Direction::Transposed; }

std::int64_t stride_by_sizes(const AxisQuestion& question, bool transposed) {
  const std::int64_t small = transposed ? question.from[0] : question.to[0];
  const std::int64_t large = transposed ? question.to[0] : question.from[0];
  return std::max<std::int64_t>(1, (large + small / 2) / small);
}

std::int64_t kernel_oddity(const AxisChoice& c, bool transposed) {
  if (c.stride == 1) return transposed || c.kernel % 2 == 1 ? 0 : kEvenKernel;
  const std::int64_t short_by = c.stride - c.kernel;
  if (!transposed) return short_by > 0 ? kSkips + kShortBy * short_by : 0;
  if (short_by > 0) return kGaps + kShortBy * short_by;
  return c.kernel % c.stride == 0 ? 0 : kCheckerboard;
}

}  // namespace

std::int64_t axis_oddity(const AxisQuestion& question, const AxisChoice& c, const Axis& axis,
                         bool transposed) {
  std::int64_t sum = c.kernel + kDilated * (c.dilation - 1) + kernel_oddity(c, transposed);
  sum += kStride * std::abs(c.stride - stride_by_sizes(question, transposed));
  sum += kUneven * std::abs(axis.begin - axis.end);
  if (transposed && axis.end < 0) sum += kAppends;
  if (c.output_padding) sum += 1 + kOutputPadding * *c.output_padding;
  const bool grows = question.to[0] > question.from[0];
  if (transposed ? !grows : grows) sum += kWrongDirection;
  if (!transposed) {
    // People pad nothing, or what keeps the size at stride 1.
    const std::int64_t pads = axis.begin + axis.end;
    sum += std::min(std::abs(pads), std::abs(pads - (c.kernel - 1) * c.dilation));
    if (c.stride > 1 && c.kernel % 2 == 0 && pads != 0) sum += kPaddedEvenKernel;
  }
  return sum;
}

std::int64_t oddity_of(const Question& question, const Solution& s) {
  std::int64_t sum = s.form->oddity;
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    sum += axis_oddity(question.axes[a], s.axes[a], s.lowered[a], is_transposed(s));
  }
  return sum;
}

std::vector<std::string> remarks(const Solution& s) {
  std::vector<std::string> found;
  const auto add = [&](std::string text) {
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  };
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    const AxisChoice& c = s.axes[a];
    const bool transposed = is_transposed(s);
    if (c.kernel < c.stride) {
      add(fmt::format("{}: kernel {} is smaller than stride {}",
                      transposed ? "gaps" : "skips inputs", c.kernel, c.stride));
    } else if (transposed && c.kernel % c.stride != 0) {
      add(fmt::format("checkerboard: kernel {} is no multiple of stride {}", c.kernel, c.stride));
    }
    if (s.direction == Direction::Transposed && s.lowered[a].end < 0) {
      // The scatter's last element lies where `full` ends; what is appended has the bias only.
      add(fmt::format("appends {} beyond the scatter", -s.lowered[a].end));
    }
  }
  return found;
}

}  // namespace tconv::solve
