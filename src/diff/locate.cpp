// Counts the elements that differ by each index, by their distance from the border, and by their
// phase in small grids, all in one pass; what stayed empty then says where they are.
#include "diff/locate.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "io/numbers.hpp"

namespace tconv::diff {
namespace {

constexpr std::int64_t kLargestPhaseStep = 4;  // the usual strides of a transposed layer
constexpr std::int64_t kFewestOfEveryNth = 3;  // two indices make any step

// Axes that may be spatial together: those after batch and channels, or between them.
struct BorderCount {
  std::vector<int> axes{};
  std::int64_t shortest = 0;  // extent among the axes
  // Of elements that differ, by their distance from the nearer end of the nearest axis, and from
  // the beginnings and ends only.
  std::vector<std::int64_t> border{}, beginning{}, end{};
};

struct PhaseCount {
  int first = 0;  // with the axis after it
  std::int64_t step = 2;
  std::vector<std::int64_t> counts{};  // [step][step]
};

struct Counts {
  std::int64_t differing = 0;
  std::vector<std::vector<std::int64_t>> by_index{};  // [axis][index]
  std::vector<BorderCount> borders{};
  std::vector<PhaseCount> phases{};
};

void add_border(Counts& counts, const Shape& shape, int begin, int end) {
  if (end - begin < 2) return;  // one axis is counted by its index
  BorderCount border;
  border.shortest = *std::min_element(shape.begin() + begin, shape.begin() + end);
  if (border.shortest < 3) return;  // all border
  border.axes.resize(static_cast<std::size_t>(end - begin));
  std::iota(border.axes.begin(), border.axes.end(), begin);
  const std::int64_t longest = *std::max_element(shape.begin() + begin, shape.begin() + end);
  const auto size = static_cast<std::size_t>(longest);
  border.border.resize(size);
  border.beginning.resize(size);
  border.end.resize(size);
  counts.borders.push_back(std::move(border));
}

Counts make_counts(const Shape& shape) {
  Counts counts;
  const int rank = static_cast<int>(shape.size());
  for (const std::int64_t extent : shape) {
    counts.by_index.emplace_back(static_cast<std::size_t>(extent));
  }
  if (rank == 2) add_border(counts, shape, 0, 2);
  if (rank == 3) add_border(counts, shape, 1, 3);
  if (rank == 3) add_border(counts, shape, 0, 2);
  if (rank > 3) add_border(counts, shape, 2, rank);
  if (rank > 3) add_border(counts, shape, 1, rank - 1);
  for (int axis = 0; axis + 1 < rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    for (std::int64_t step = 2; step <= kLargestPhaseStep; ++step) {
      if (std::min(shape[a], shape[a + 1]) < 2 * step) continue;  // each phase comes twice
      counts.phases.push_back(
          {.first = axis,
           .step = step,
           .counts = std::vector<std::int64_t>(static_cast<std::size_t>(step * step))});
    }
  }
  return counts;
}

void count(Counts& counts, const Shape& shape, const Shape& index) {
  ++counts.differing;
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    ++counts.by_index[axis][static_cast<std::size_t>(index[axis])];
  }
  for (BorderCount& border : counts.borders) {
    std::int64_t from_beginning = index[static_cast<std::size_t>(border.axes[0])];
    std::int64_t from_end = shape[static_cast<std::size_t>(border.axes[0])];
    for (const int axis : border.axes) {
      const auto a = static_cast<std::size_t>(axis);
      from_beginning = std::min(from_beginning, index[a]);
      from_end = std::min(from_end, shape[a] - 1 - index[a]);
    }
    ++border.beginning[static_cast<std::size_t>(from_beginning)];
    ++border.end[static_cast<std::size_t>(from_end)];
    ++border.border[static_cast<std::size_t>(std::min(from_beginning, from_end))];
  }
  for (PhaseCount& phase : counts.phases) {
    const auto first = static_cast<std::size_t>(phase.first);
    const std::int64_t cell =
        index[first] % phase.step * phase.step + index[first + 1] % phase.step;
    ++phase.counts[static_cast<std::size_t>(cell)];
  }
}

// The indices with a count, as a run or a progression; nothing where they are all or neither.
void add_axis_pattern(std::vector<Pattern>& patterns, int axis,
                      const std::vector<std::int64_t>& by_index) {
  std::vector<std::int64_t> hit;
  for (std::size_t i = 0; i < by_index.size(); ++i) {
    if (by_index[i] > 0) hit.push_back(static_cast<std::int64_t>(i));
  }
  const auto extent = static_cast<std::int64_t>(by_index.size());
  const auto hits = static_cast<std::int64_t>(hit.size());
  if (hits == 0 || hits == extent) return;
  if (hit.back() - hit.front() + 1 == hits) {
    if (2 * hits > extent) return;
    patterns.push_back({.kind = Pattern::Kind::Indices,
                        .axes = {axis},
                        .begin = hit.front(),
                        .end = hit.back() + 1});
    return;
  }
  if (hits < kFewestOfEveryNth) return;
  const std::int64_t step = hit[1] - hit[0];
  for (std::size_t i = 1; i < hit.size(); ++i) {
    if (hit[i] - hit[i - 1] != step) return;
  }
  if (hit.front() >= step || hit.back() + step < extent) return;
  patterns.push_back({.kind = Pattern::Kind::EveryNth,
                      .axes = {axis},
                      .begin = hit.front(),
                      .end = extent,
                      .step = step});
}

// The number of distances, from 0 on, that hold all counts.
std::int64_t width_of(const std::vector<std::int64_t>& by_distance) {
  auto width = static_cast<std::int64_t>(by_distance.size());
  while (width > 0 && by_distance[static_cast<std::size_t>(width - 1)] == 0) --width;
  return width;
}

bool add_border_pattern(std::vector<Pattern>& patterns, const BorderCount& border) {
  struct Side {
    Pattern::Kind kind;
    const std::vector<std::int64_t>& by_distance;
    std::int64_t times;  // how often the width is taken from the shortest axis
  };
  const Side sides[] = {{Pattern::Kind::Beginning, border.beginning, 1},
                        {Pattern::Kind::End, border.end, 1},
                        {Pattern::Kind::Border, border.border, 2}};
  for (const Side& side : sides) {
    const std::int64_t width = width_of(side.by_distance);
    if (2 * side.times * width > border.shortest) continue;  // more border than inside
    patterns.push_back({.kind = side.kind, .axes = border.axes, .width = width});
    return true;
  }
  return false;
}

bool add_phase_pattern(std::vector<Pattern>& patterns, const PhaseCount& phase) {
  Pattern pattern{
      .kind = Pattern::Kind::Phases, .axes = {phase.first, phase.first + 1}, .step = phase.step};
  for (std::size_t cell = 0; cell < phase.counts.size(); ++cell) {
    const auto at = static_cast<std::int64_t>(cell);
    if (phase.counts[cell] > 0) pattern.phases.push_back({at / phase.step, at % phase.step});
  }
  if (pattern.phases.size() == phase.counts.size()) return false;
  patterns.push_back(std::move(pattern));
  return true;
}

}  // namespace

std::vector<Pattern> locate(const io::Tensor& a, const io::Tensor& b,
                            const io::Tolerance& tolerance) {
  Counts counts = make_counts(a.shape);
  io::visit_differing(a, b, tolerance, [&](std::int64_t position) {
    count(counts, a.shape, io::index_of(position, a.shape));
  });
  std::vector<Pattern> patterns;
  if (counts.differing < 2) return patterns;  // the worst element says it all
  for (std::size_t axis = 0; axis < a.shape.size(); ++axis) {
    add_axis_pattern(patterns, static_cast<int>(axis), counts.by_index[axis]);
  }
  if (!patterns.empty()) return patterns;
  for (const BorderCount& border : counts.borders) {
    if (add_border_pattern(patterns, border)) return patterns;
  }
  // A few elements leave phases empty by chance.
  for (const PhaseCount& phase : counts.phases) {
    if (counts.differing < 8 * phase.step * phase.step) continue;
    if (add_phase_pattern(patterns, phase)) return patterns;
  }
  return patterns;
}

}  // namespace tconv::diff
