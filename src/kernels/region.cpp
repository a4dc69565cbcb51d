#include "kernels/region.hpp"

#include <algorithm>
#include <cstdlib>

namespace tconv::kernels {
namespace {

// Tiles that end with the row find their pixels evenly apart, and mostly all with the same taps. Is
// that worth tiles that are smaller by a quarter at most?
bool fills_tiles(std::int64_t row, std::int64_t tile) {
  return 4 * row >= 3 * tile * quotient_up(row, tile);
}

}  // namespace

Geometry::Geometry(const Problem& problem, std::int64_t work, std::int64_t tile,
                   bool each_phase_of_rows)
    : tap_order_(problem) {
  const auto extents = output_extents(problem);
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const Axis& axis = problem.axes[kFirstBoxAxis + a];
    AxisMap map(problem.direction, axis, (*extents)[kFirstBoxAxis + a]);
    if (a + 1 == kBoxAxes && !each_phase_of_rows) {
      beyond_row_ = (map.phases() - map.outputs % map.phases()) % map.phases();
      map.outputs += beyond_row_;
    }
    axes_[a] = axis_phases(map);
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
        const std::int64_t row = phase(whole.phases, kBoxAxes - 1).count;
        if (row < whole.outputs && row <= 4 * std::max(wanted, tile) && fills_tiles(row, tile)) {
          whole.row = row;
        }
        const std::int64_t unit = whole.row > 0 ? whole.row : tile;
        whole.most = std::max<std::int64_t>(1, wanted / unit) * unit;
        regions_ += quotient_up(whole.outputs, whole.most);
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

Region Geometry::region(std::int64_t number) const {
  const auto after =
      std::upper_bound(wholes_.begin(), wholes_.end(), number,
                       [](std::int64_t n, const Whole& whole) { return n < whole.first_region; });
  const Whole& whole = *(after - 1);
  const std::int64_t first = (number - whole.first_region) * whole.most;
  const std::int64_t count = std::min(whole.most, whole.outputs - first);
  return {.phases = whole.phases,
          .first = first,
          .count = count,
          .cut = whole.row > 0 ? whole.row : count};
}

std::int64_t Geometry::most_outputs() const {
  std::int64_t most = 0;
  for (const Whole& whole : wholes_) most = std::max(most, std::min(whole.most, whole.outputs));
  return most;
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
    : steps_(steps) {
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
  list_taps(geometry.tap_order());
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
  evenly_ = true;
  pieces_ = 0;
  row_ends_ = 0;
  for (int m = 0; m < pixels;) {
    const int count = static_cast<int>(std::min<std::int64_t>(pixels - m, row.count - at_[kLast]));
    inner_ = inner_ && phases_[0]->is_inner(at_[0]) && phases_[1]->is_inner(at_[1]) &&
             row.is_inner(at_[kLast]) && row.is_inner(at_[kLast] + count - 1);
    piece_[static_cast<std::size_t>(pieces_++)] = {.first = m, .count = count, .at = at_};
    evenly_ = evenly_ && (m == 0 || x_at_ == x_[static_cast<std::size_t>(m - 1)] + dx_[kLast]);
    for (const int end = m + count; m < end; ++m) {
      const auto pixel = static_cast<std::size_t>(m);
      x_[pixel] = x_at_;
      y_[pixel] = y_at_;
      x_at_ += dx_[kLast];
      y_at_ += dy_[kLast];
    }
    at_[kLast] += count;
    if (at_[kLast] == row.count) row_ends_ |= std::uint32_t{1} << (m - 1);
    next_row();
  }
  if (!inner_) find_edge_taps(pixels);
}

// Which pixels meet a tap of an axis: mostly all of them.
void TileWalk::find_edge_taps(int pixels) {
  constexpr std::size_t kLast = kBoxAxes - 1;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const AxisPhase& phase = *phases_[a];
    masks_[a].assign(phase.taps.size(), ~std::uint32_t{0});
    for (std::size_t p = 0; p < static_cast<std::size_t>(pieces_); ++p) {
      // Along the other axes a piece's pixels are alike.
      const Piece& piece = piece_[p];
      const int each = a == kLast ? 1 : piece.count;
      const std::uint32_t some = (std::uint32_t{1} << each) - 1;
      for (int m = 0; m < piece.count; m += each) {
        const std::int64_t q = piece.at[a] + (a == kLast ? m : 0);
        if (phase.is_inner(q)) continue;
        for (std::size_t j = 0; j < phase.taps.size(); ++j) {
          if (!phase.meets(phase.taps[j], q)) masks_[a][j] &= ~(some << (piece.first + m));
        }
      }
    }
  }
  const std::uint32_t present = (std::uint32_t{1} << pixels) - 1;
  edge_taps_.clear();
  auto tap = inner_taps_.begin();
  for (const std::uint32_t d : masks_[0]) {
    for (const std::uint32_t h : masks_[1]) {
      for (const std::uint32_t w : masks_[2]) {
        const std::uint32_t mask = d & h & w & present;
        if (mask != 0) {
          edge_taps_.push_back(*tap);
          if (mask != present) {
            edge_taps_.back().w = ~tap->w;
            edge_taps_.back().pixels = mask;
          }
        }
        ++tap;
      }
    }
  }
}

void TileWalk::list_taps(const TapOrder& order) {
  Box first{};
  std::int64_t count = 1;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    if (phases_[a]->taps.empty()) return;
    first[a] = phases_[a]->taps.front().kernel;
    count *= static_cast<std::int64_t>(phases_[a]->taps.size());
  }
  // Some sixteen taps ahead: 8 and 12 are as fast on a Xeon, 24 and 32 slower by 2 to 4 %. A tile's
  // pixels of one row lie in two cache lines or three. Taps side by side fetch them in turns; one
  // that is alone, or far from the next, both ends of its own.
  constexpr std::int64_t kFar = 96;
  const std::int64_t ahead = std::max<std::int64_t>(2, 16 / count) * steps_.x_channel;
  const std::int64_t span = step() * (kMaxTilePixels - 1);
  const std::vector<PhaseTap>& row = phases_[kBoxAxes - 1]->taps;
  const auto in_row = static_cast<std::int64_t>(row.size());
  const std::int64_t turn = in_row > 1 ? span / (in_row - 1) : 0;
  const bool in_turns =
      in_row > 1 && std::abs((row[1].input - row[0].input) * steps_.x[2] + turn) < kFar;
  fetch_span_ = in_turns ? 0 : span;
  inner_taps_.reserve(static_cast<std::size_t>(count));
  const Box step = order.group_steps(first);
  for (const PhaseTap& d : phases_[0]->taps) {
    for (const PhaseTap& h : phases_[1]->taps) {
      const std::int64_t number =
          order.number_along(0, d.kernel) * step[0] + order.number_along(1, h.kernel) * step[1];
      const std::int64_t x = d.input * steps_.x[0] + h.input * steps_.x[1];
      for (std::int64_t t = 0; t < in_row; ++t) {
        const PhaseTap& w = row[static_cast<std::size_t>(t)];
        inner_taps_.push_back({.x = x + w.input * steps_.x[2],
                               .w = (number + order.number_along(2, w.kernel)) * steps_.w,
                               .fetch = ahead + (in_turns ? turn * t : 0)});
      }
    }
  }
}

}  // namespace tconv::kernels
