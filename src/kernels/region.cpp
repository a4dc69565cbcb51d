#include "kernels/region.hpp"

#include <algorithm>

namespace tconv::kernels {

Geometry::Geometry(const Problem& problem, std::int64_t work, std::int64_t tile,
                   bool each_phase_of_rows)
    : tap_order_(problem) {
  const auto extents = output_extents(problem);
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const Axis& axis = problem.axes[kFirstBoxAxis + a];
    axes_[a] = axis_phases({problem.direction, axis, (*extents)[kFirstBoxAxis + a]});
  }
  const auto size = [&](std::size_t a) { return static_cast<std::int64_t>(axes_[a].size()); };
  for (std::int64_t d = 0; d < size(0); ++d) {
    for (std::int64_t h = 0; h < size(1); ++h) {
      for (std::int64_t w = 0; w < (each_phase_of_rows ? size(2) : 1); ++w) {
        Whole whole{.phases = {d, h, w}, .outputs = 1, .first_region = regions_};
        std::int64_t taps = 1;
        for (std::size_t a = 0; a < kBoxAxes; ++a) {
          const AxisPhase& phase = axes_[a][static_cast<std::size_t>(whole.phases[a])];
          whole.outputs *= phase.count;
          taps *= static_cast<std::int64_t>(phase.taps.size());
        }
        const std::int64_t wanted = work / std::max<std::int64_t>(1, taps);
        whole.most = std::max<std::int64_t>(1, wanted / tile) * tile;
        regions_ += (whole.outputs + whole.most - 1) / whole.most;
        wholes_.push_back(whole);
      }
    }
  }
}

TapOrder::Group Geometry::taps(const Box& phases) const {
  Box first{};
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    if (phase(phases, a).taps.empty()) return {};
    first[a] = phase(phases, a).taps.front().kernel;
  }
  return tap_order_.group_of(first);
}

std::int64_t Geometry::equal_row_phases() const {
  const auto& phases = axes_[kBoxAxes - 1];
  const bool equal = phases.front().count == phases.back().count;
  return equal ? static_cast<std::int64_t>(phases.size()) : 0;
}

Region Geometry::region(std::int64_t number) const {
  const auto after =
      std::upper_bound(wholes_.begin(), wholes_.end(), number,
                       [](std::int64_t n, const Whole& whole) { return n < whole.first_region; });
  const Whole& whole = *(after - 1);
  const std::int64_t first = (number - whole.first_region) * whole.most;
  return {
      .phases = whole.phases, .first = first, .count = std::min(whole.most, whole.outputs - first)};
}

std::int64_t phase_combinations(const Problem& problem) {
  const auto extents = output_extents(problem);
  std::int64_t combinations = 1;
  for (std::size_t a = kFirstBoxAxis; a < kMaxAxes; ++a) {
    const AxisMap map(problem.direction, problem.axes[a], (*extents)[a]);
    const std::int64_t phases = std::min(map.outputs, map.phases());
    if (phases > kManyPhases / combinations) return kManyPhases;
    combinations *= phases;
  }
  return combinations;
}

TileWalk::TileWalk(const Geometry& geometry, const Region& region, const Steps& steps)
    : geometry_(geometry), steps_(steps) {
  std::int64_t rest = region.first;
  for (std::size_t a = kBoxAxes; a-- > 0;) {
    const AxisPhase& phase = geometry.phase(region.phases, a);
    phases_[a] = &phase;
    at_[a] = rest % phase.count;
    rest /= phase.count;
    dx_[a] = phase.input_step * steps.x[a];
    dy_[a] = phase.step * steps.y[a];
    x_at_ += at_[a] * dx_[a];
    y_at_ += phase.first * steps.y[a] + at_[a] * dy_[a];
  }
  list_taps(inner_taps_, [](std::size_t, std::size_t) { return ~std::uint32_t{0}; });
}

void TileWalk::next_row() {
  std::size_t a = kBoxAxes - 1;
  while (at_[a] == phases_[a]->count && a > 0) {
    x_at_ -= at_[a] * dx_[a];
    y_at_ -= at_[a] * dy_[a];
    at_[a] = 0;
    --a;
    ++at_[a];
    x_at_ += dx_[a];
    y_at_ += dy_[a];
  }
}

void TileWalk::next(int pixels) {
  constexpr std::size_t kLast = kBoxAxes - 1;
  const AxisPhase& row = *phases_[kLast];
  inner_ = true;
  for (std::int64_t m = 0; m < pixels;) {
    const std::int64_t end = std::min<std::int64_t>(pixels, m + row.count - at_[kLast]);
    inner_ = inner_ && phases_[0]->is_inner(at_[0]) && phases_[1]->is_inner(at_[1]) &&
             row.is_inner(at_[kLast]) && row.is_inner(at_[kLast] + end - m - 1);
    for (; m < end; ++m) {
      const auto pixel = static_cast<std::size_t>(m);
      x_[pixel] = x_at_;
      y_[pixel] = y_at_;
      q_[pixel] = at_;
      x_at_ += dx_[kLast];
      y_at_ += dy_[kLast];
      ++at_[kLast];
    }
    next_row();
  }
  if (!inner_) find_edge_taps(pixels);
}

void TileWalk::find_edge_taps(int pixels) {
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const AxisPhase& phase = *phases_[a];
    masks_[a].assign(phase.taps.size(), 0);
    for (std::size_t j = 0; j < phase.taps.size(); ++j) {
      for (std::size_t m = 0; m < static_cast<std::size_t>(pixels); ++m) {
        masks_[a][j] |= static_cast<std::uint32_t>(phase.meets(phase.taps[j], q_[m][a])) << m;
      }
    }
  }
  list_taps(edge_taps_, [&](std::size_t a, std::size_t j) { return masks_[a][j]; });
}

template <typename Masks>
void TileWalk::list_taps(std::vector<TapOffset>& taps, const Masks& masks) const {
  const auto& [D, H, W] = phases_;
  const TapOrder& order = geometry_.tap_order();
  taps.clear();
  for (std::size_t d = 0; d < D->taps.size(); ++d) {
    for (std::size_t h = 0; h < H->taps.size(); ++h) {
      const std::uint32_t outer = masks(0, d) & masks(1, h);
      for (std::size_t w = 0; w < W->taps.size(); ++w) {
        const std::uint32_t mask = outer & masks(2, w);
        if (mask == 0) continue;
        const PhaseTap &td = D->taps[d], &th = H->taps[h], &tw = W->taps[w];
        taps.push_back(
            {.x = td.input * steps_.x[0] + th.input * steps_.x[1] + tw.input * steps_.x[2],
             .w = order.number_in_group({td.kernel, th.kernel, tw.kernel}) * steps_.w,
             .pixels = mask});
      }
    }
  }
}

}  // namespace tconv::kernels
