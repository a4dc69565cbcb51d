#include "kernels/phase_channels.hpp"

namespace tconv::kernels {
namespace {

constexpr std::size_t kLast = kMaxAxes - 1;
constexpr std::int64_t kFewChannels = 8, kManyPhases = 13;

}  // namespace

std::string refuse_phases_as_channels(const Problem& problem) {
  const Axis& axis = problem.axes[kLast];
  const std::int64_t outputs = problem.out_channels / problem.groups;
  if (problem.direction == Direction::Forward || axis.stride < kManyPhases) {
    return "the rows have too few phases to fill lanes";
  }
  if (outputs > kFewChannels) return "so many output channels fill the lanes themselves";
  if (problem.groups > 1 && outputs > 1) return "groups of several output channels";
  if (axis.dilation > 1) return "a dilated kernel in a strided row";
  if (problem.flip_kernel) return "a flipped kernel";
  const bool whole = axis.kernel % axis.stride == 0 && axis.begin % axis.stride == 0 &&
                     axis.end % axis.stride == 0;
  return whole ? "" : "kernel and crops are not multiples of the stride";
}

PhaseChannels phases_as_channels(const Problem& problem) {
  const Axis& axis = problem.axes[kLast];
  PhaseChannels result{.problem = problem, .channels_per_bias = axis.stride};
  Problem& p = result.problem;
  const std::int64_t s = axis.stride;
  if (problem.groups == 1) {  // one group for each output channel, all of which read all inputs
    p.groups = problem.out_channels;
    p.in_channels = problem.in_channels * p.groups;
    p.x.group = -problem.in_channels * problem.x.channel;
    p.w.group = problem.w.out;
  }
  p.out_channels = p.groups * s;
  p.w.out = problem.w.axes[kLast];
  p.w.axes[kLast] *= s;
  p.y.channel = problem.y.axes[kLast];
  p.y.group = problem.y.group + problem.y.channel - s * p.y.channel;
  p.y.axes[kLast] *= s;
  Axis& row = p.axes[kLast];
  row.kernel /= s;
  row.begin /= s;
  row.end /= s;
  row.stride = 1;
  return result;
}

}  // namespace tconv::kernels
