#include "kernels/pixel_geometry.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "kernels/caches.hpp"
#include "kernels/pixel_rows.hpp"
#include "kernels/rounding.hpp"

namespace tconv::kernels {
namespace {

// The range of the bits that are set, as PixelRun has it; -1 where others lie between them.
int range_of(std::uint64_t bits) {
  const int first = std::countr_zero(bits), last = 63 - std::countl_zero(bits);
  const bool together = std::popcount(bits) == last - first + 1;
  return together && last < kMaxRange ? first * kMaxRange + last : -1;
}

// Every other bit.
std::uint64_t spread(std::uint64_t lanes) {
  std::uint64_t elements = 0;
  for (int l = 0; l < 32; ++l) elements |= (lanes >> l & 1) << (2 * l);
  return elements;
}

}  // namespace

PixelGeometry::PixelGeometry(const Problem& problem, std::int64_t lanes, int max_sums,
                             std::int64_t bytes, std::int64_t y_bytes)
    : lanes_(lanes) {
  const auto extents = output_extents(problem);
  std::vector<AxisMap> maps;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const Axis& axis = problem.axes[kFirstBoxAxis + a];
    maps.emplace_back(problem.direction, axis, (*extents)[kFirstBoxAxis + a]);
    x_step_[a] = problem.x.axes[kFirstBoxAxis + a] * bytes;
  }
  const std::int64_t channels = problem.out_channels / problem.groups;
  outputs_ = maps[2].outputs;
  x_lane_step_ = outputs_ > 1 ? maps[2].input_step() : 1;
  shape_ = pixel_tile_shape(channels, maps[1], maps[2], lanes, max_sums);
  packed_channels_ = channels <= kMaxSlots ? channels : shape_.channels;
  w_step_[2] = packed_channels_ * bytes;
  w_step_[1] = maps[2].kernel * w_step_[2];
  w_step_[0] = maps[1].kernel * w_step_[1];
  axes_ = {AxisTiles::rows(maps[0], 1), AxisTiles::rows(maps[1], shape_.rows),
           AxisTiles::lanes(maps[2], shape_.vectors * lanes)};
  if (!middle_is_full()) {
    shape_.vectors = std::min<std::int64_t>(shape_.vectors, 2);
    axes_[2] = AxisTiles::lanes(maps[2], shape_.vectors * lanes);
  }
  order_tiles(problem, maps, bytes);
  lay_out_slots(problem, maps[1].spacing(), y_bytes);
  for (const AxisSteps& d : axes_[0].steps()) {
    for (const AxisSteps& h : axes_[1].steps()) {
      for (const AxisSteps& w : axes_[2].steps()) {
        lists_.push_back(list_of(d, h, w));
        const std::size_t rows = std::max<std::size_t>(1, lists_.back().rows.size());
        longest_ = std::max(longest_, static_cast<std::int64_t>(rows * lists_.back().steps.size()));
      }
    }
  }
}

// Which way tiles follow each other, and what they fetch ahead.
void PixelGeometry::order_tiles(const Problem& problem, const std::vector<AxisMap>& maps,
                                std::int64_t bytes) {
  const std::int64_t plane = maps[0].input * maps[1].input * maps[2].input;
  const std::int64_t taps = maps[0].kernel * maps[1].kernel * maps[2].kernel;
  const std::int64_t group = problem.in_channels / problem.groups * plane * bytes;
  // 128 to 3 channels at 128x128, k4 s2, take 1.3 ms along the rows, 2.0 down the columns; groups
  // of 4 channels, 3x3, 1.2 times as long.
  along_rows_ = axes_[1].count() > 1 && (shape_.phases > 1 || group > kCachedInput);
  // Planes are far apart, and no prefetcher follows from one to the next: a tile fetches those rows
  // of each channel that the tile below it meets and it does not. 64 to 3 channels at 32x32, k4 s2,
  // 16 images: 3.7 ms without, 2.6 with the same rows of the channel after the next, 1.5 so. Into
  // the second cache alone, 128 to 3 channels at 128x128 are 2.6 times as slow as into the first.
  const bool far = group * problem.batch * problem.groups > kCachedInput;
  if (!far || problem.in_channels == problem.groups || taps == 1) return;
  rows_below_ = quotient_up(shape_.rows * maps[1].input_step(), maps[1].phases());
  // Where the tile below is the next, its rows come late: 1.05 to 1.2 times as fast by the one
  // after it. With two columns that is 3 % slower.
  rows_ahead_ = along_rows_ && axes_[2].count() == 1 ? 2 * rows_below_ : rows_below_;
}

// Whether only the first and the last vector of a tile pass over lanes.
bool PixelGeometry::middle_is_full() const {
  for (const AxisSteps& steps : axes_[2].steps()) {
    const std::int64_t middle = (vectors_for(steps.count) - 2) * lanes_;
    if (middle <= 0) continue;
    const std::uint64_t full = ~std::uint64_t{0} >> (64 - middle) << lanes_;
    for (const AxisStep& step : steps.steps) {
      if ((step.lanes & full) != full) return false;
    }
  }
  return true;
}

void PixelGeometry::lay_out_slots(const Problem& problem, std::int64_t row_spacing,
                                  std::int64_t y_bytes) {
  constexpr std::size_t H = kFirstBoxAxis + 1, W = H + 1;
  std::size_t s = 0;
  stored_.assign(static_cast<std::size_t>(shape_.rows) + 1, 0);
  for (std::int64_t c = 0; c < shape_.channels; ++c) {
    for (std::int64_t r = 0; r < shape_.rows; ++r) {
      for (std::int64_t f = 0; f < shape_.phases; ++f, ++s) {
        if (c == 0) {
          w_units_[s] = r * axes_[1].kernel_per_output() * w_step_[1] +
                        f * axes_[2].kernel_per_output() * w_step_[2];
        }
        y_slots_[s] =
            (c * problem.y.channel + r * row_spacing * problem.y.axes[H] + f * problem.y.axes[W]) *
            y_bytes;
        for (std::int64_t rows = r + 1; rows <= shape_.rows; ++rows) {
          stored_[static_cast<std::size_t>(rows)] |= std::uint32_t{1} << s;
        }
      }
    }
  }
}

// Where a tile has fewer rows than the shape, no step names the slots of the others.
PixelGeometry::List PixelGeometry::list_of(const AxisSteps& ds, const AxisSteps& hs,
                                           const AxisSteps& ws) const {
  List list;
  list.sequence = sequence_for(hs, ws);
  std::int64_t last_row = std::numeric_limits<std::int64_t>::min();
  for (const AxisStep& h : hs.steps) last_row = std::max(last_row, h.input);
  for (const AxisStep& d : ds.steps) {
    for (const AxisStep& h : hs.steps) {
      if (rows_below_ != 0 && h.input + rows_below_ > last_row) add_lines(d, h, ws, list);
      add_row(d, h, ws, list);
    }
  }
  if (list.rows.empty()) {
    list.sequence = -1;
    list.all_lanes = list.all_lanes && !list.runs.empty();  // those loops begin with a run
  }
  return list;
}

// Those of the row that the tile below, or the one after it, meets where this one meets h.
void PixelGeometry::add_lines(const AxisStep& d, const AxisStep& h, const AxisSteps& ws,
                              List& list) const {
  constexpr std::int64_t kLine = 64;
  if (ws.steps.empty()) return;
  const std::int64_t row = d.input * x_step_[0] + (h.input + rows_ahead_) * x_step_[1];
  // Along a row, what a tile meets beyond its own lanes its neighbours fetch.
  const auto [low, high] = std::minmax(ws.steps.front().input, ws.steps.back().input);
  const std::int64_t first = along_rows_ ? 0 : low, last = along_rows_ ? 0 : high;
  const std::int64_t end = row + (last + ws.count * x_lane_step_) * x_step_[2];
  for (std::int64_t at = row + first * x_step_[2]; at < end; at += kLine) list.lines.push_back(at);
}

// The steps of one row of input.
void PixelGeometry::add_row(const AxisStep& d, const AxisStep& h, const AxisSteps& ws,
                            List& list) const {
  const std::uint64_t every_lane = ~std::uint64_t{0} >> (64 - vectors_for(ws.count) * lanes_);
  const bool in_rows = list.sequence >= 0, first = list.rows.empty();
  const std::int64_t read = vectors_for(ws.count) * lanes_ * x_step_[2];
  for (const AxisStep& w : ws.steps) {
    list.all_lanes = list.all_lanes && w.lanes == every_lane;
    const PixelStep step{.x = d.input * x_step_[0] + h.input * x_step_[1] + w.input * x_step_[2],
                         .w = d.kernel * w_step_[0] + h.kernel * w_step_[1] + w.kernel * w_step_[2],
                         .lanes = w.lanes,
                         .elements = spread(w.lanes)};
    list.low = std::min(list.low, step.x);
    list.high = std::max(list.high, step.x + read);
    if (in_rows) {
      if (first) list.steps.push_back(step);
      if (&w == &ws.steps.front()) {
        list.rows.push_back({.x = step.x, .w = step.w, .range = range_of(h.outputs)});
      }
      continue;
    }
    for (PixelRun run : runs_named(h.outputs, w.outputs)) {
      run.begin = static_cast<std::int64_t>(list.steps.size());
      run.end = run.begin + 1;
      list.steps.push_back(step);
      if (!list.runs.empty() && list.runs.back().slots == run.slots) {
        list.runs.back().end = run.end;
      } else {
        list.runs.push_back(run);
      }
    }
  }
}

// The sequence of which every row of these steps is; -1 where there is none.
int PixelGeometry::sequence_for(const AxisSteps& hs, const AxisSteps& ws) const {
  if (!shape_.in_sequences) return -1;
  const bool together = std::all_of(hs.steps.begin(), hs.steps.end(), [](const AxisStep& step) {
    return range_of(step.outputs) >= 0;
  });
  return together ? sequence_of(ws, shape_.phases) : -1;
}

// The slots of those rows and phases: one run for each range of units, or for all where these are
// too many. Not where they begin and end.
std::vector<PixelRun> PixelGeometry::runs_named(std::uint64_t rows, std::uint64_t phases) const {
  const std::int64_t units = shape_.units();
  std::vector<PixelRun> runs;
  std::int64_t first = 0, last = 0;  // units of the run
  for (std::int64_t unit = 0; unit < units; ++unit) {
    const bool named = (rows >> unit / shape_.phases & phases >> unit % shape_.phases & 1) != 0;
    if (!named) continue;
    if (runs.empty() || (units <= kMaxRange && last + 1 < unit)) {
      runs.emplace_back();
      first = unit;
    }
    last = unit;
    for (std::int64_t o = 0; o < shape_.channels; ++o) {
      runs.back().slots |= std::uint32_t{1} << (o * units + unit);
    }
    runs.back().range = units <= kMaxRange ? static_cast<int>(first * kMaxRange + unit) : -1;
  }
  return runs;
}

}  // namespace tconv::kernels
