#include "plan/naive.hpp"

#include <algorithm>
#include <array>

namespace tconv::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kZero = -1, kPadded = -2;

// What stands at `position` of the endless line that the mode makes of `line`, found by walking
// there one element at a time.
std::int64_t walk_to(const Integers& line, std::int64_t position, PadMode mode) {
  const auto size = static_cast<std::int64_t>(line.size());
  std::int64_t at = 0, direction = position < 0 ? -1 : 1;
  for (std::int64_t steps = std::abs(position); steps > 0; --steps) {
    const bool leaving = at + direction < 0 || at + direction >= size;
    if (!leaving) {
      at += direction;
    } else if (mode == PadMode::Circular) {
      at = direction > 0 ? 0 : size - 1;
    } else if (mode == PadMode::Reflect) {
      direction = -direction;
      if (size > 1) at += direction;
    } else if (mode == PadMode::Symmetric) {
      direction = -direction;  // and the edge once more
    }
  }
  return line[static_cast<std::size_t>(at)];
}

// For each element of the padded axis the input it is, kZero or kPadded.
Integers padded_line(const Axis& axis, const Problem& p) {
  Integers line;
  for (std::int64_t t = 0; t < axis.input; ++t) {
    if (t > 0) line.insert(line.end(), static_cast<std::size_t>(axis.input_dilation - 1), kZero);
    line.push_back(t);
  }
  const auto dilated = static_cast<std::int64_t>(line.size());
  if (p.pad_mode == PadMode::Circular) {
    line.insert(line.end(), static_cast<std::size_t>(axis.input_dilation - 1), kZero);
  }
  Integers result;
  for (std::int64_t i = -axis.begin; i < dilated + axis.end; ++i) {
    const bool inside = 0 <= i && i < dilated;
    if (inside) {
      result.push_back(line[static_cast<std::size_t>(i)]);
    } else if (p.pad_mode == PadMode::Zeros) {
      result.push_back(kZero);
    } else if (p.pad_mode == PadMode::Constant) {
      result.push_back(kPadded);
    } else {
      result.push_back(walk_to(line, i, p.pad_mode));
    }
  }
  return result;
}

using Box = std::array<std::int64_t, 3>;

std::int64_t flat(const Box& at, const Box& extents) {
  return (at[0] * extents[1] + at[1]) * extents[2] + at[2];
}

template <typename Work>
void for_each(const Box& extents, const Work& work) {
  for (Box at{}; at[0] < extents[0]; ++at[0])
    for (at[1] = 0; at[1] < extents[1]; ++at[1])
      for (at[2] = 0; at[2] < extents[2]; ++at[2]) work(at);
}

struct Boxes {
  Box x{}, k{}, y{}, full{};
  std::array<Integers, 3> lines{};
};

Boxes boxes_of(const Problem& p) {
  Boxes boxes;
  for (std::size_t a = 0; a < 3; ++a) {
    const Axis& axis = p.axes[kMaxAxes - 3 + a];
    boxes.x[a] = axis.input;
    boxes.k[a] = axis.kernel;
    const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
    if (p.direction == Direction::Forward) {
      boxes.lines[a] = padded_line(axis, p);
      const auto size = static_cast<std::int64_t>(boxes.lines[a].size());
      boxes.y[a] = size < reach ? 0 : (size - reach) / axis.stride + 1;
    } else {
      boxes.full[a] = (axis.input - 1) * axis.stride + reach;
      boxes.y[a] = boxes.full[a] - axis.begin - axis.end;
    }
  }
  return boxes;
}

// One input channel's part of one output channel's plane.
void add_forward(const Problem& p, const Boxes& b, const double* x, const double* w, double* y) {
  for_each(b.y, [&](const Box& to) {
    for_each(b.k, [&](const Box& j) {
      Box from{}, tap = j;
      bool zero = false, padded = false;
      for (std::size_t a = 0; a < 3; ++a) {
        const Axis& axis = p.axes[kMaxAxes - 3 + a];
        from[a] = b.lines[a][static_cast<std::size_t>(to[a] * axis.stride + j[a] * axis.dilation)];
        zero = zero || from[a] == kZero;
        padded = padded || from[a] == kPadded;
        if (p.flip_kernel) tap[a] = b.k[a] - 1 - j[a];
      }
      // A corner of a constant border is the constant; a gap between inputs is 0.
      const double value = padded ? p.pad_value : zero ? 0 : x[flat(from, b.x)];
      y[flat(to, b.y)] += value * w[flat(tap, b.k)];
    });
  });
}

void add_transposed(const Problem& p, const Boxes& b, const double* x, const double* w, double* y) {
  Values full(static_cast<std::size_t>(b.full[0] * b.full[1] * b.full[2]));
  for_each(b.x, [&](const Box& t) {
    for_each(b.k, [&](const Box& j) {
      Box to{}, tap = j;
      for (std::size_t a = 0; a < 3; ++a) {
        const Axis& axis = p.axes[kMaxAxes - 3 + a];
        to[a] = t[a] * axis.stride + j[a] * axis.dilation;
        if (p.flip_kernel) tap[a] = b.k[a] - 1 - j[a];
      }
      full[static_cast<std::size_t>(flat(to, b.full))] += x[flat(t, b.x)] * w[flat(tap, b.k)];
    });
  });
  for_each(b.y, [&](const Box& at) {
    Box from{};
    bool inside = true;
    for (std::size_t a = 0; a < 3; ++a) {
      from[a] = at[a] + p.axes[kMaxAxes - 3 + a].begin;
      inside = inside && 0 <= from[a] && from[a] < b.full[a];
    }
    if (inside) y[flat(at, b.y)] += full[static_cast<std::size_t>(flat(from, b.full))];
  });
}

}  // namespace

Values naive(const Sample& sample) {
  const Problem& p = sample.problem;
  const Boxes b = boxes_of(p);
  const std::int64_t X = b.x[0] * b.x[1] * b.x[2], K = b.k[0] * b.k[1] * b.k[2],
                     Y = b.y[0] * b.y[1] * b.y[2];
  const std::int64_t I = p.in_channels / p.groups, O = p.out_channels / p.groups;
  Values y(static_cast<std::size_t>(p.batch * p.out_channels * Y));
  for (std::int64_t n = 0; n < p.batch; ++n) {
    for (std::int64_t o = 0; o < p.out_channels; ++o) {
      double* const plane = y.data() + (n * p.out_channels + o) * Y;
      for (std::int64_t i = 0; i < I; ++i) {
        const double* const x = sample.x.data() + (n * p.in_channels + o / O * I + i) * X;
        const double* const w = sample.w.data() + (o * I + i) * K;
        (p.direction == Direction::Forward ? add_forward : add_transposed)(p, b, x, w, plane);
      }
      for (std::int64_t at = 0; at < Y; ++at) {
        if (p.has_bias) plane[at] += sample.bias[static_cast<std::size_t>(o)];
        if (p.activation == Activation::Relu) plane[at] = std::max(0.0, plane[at]);
        plane[at] = rounded(p.dtype, plane[at]) + 0.0;  // -0 is 0 here
      }
    }
  }
  return y;
}

}  // namespace tconv::test
