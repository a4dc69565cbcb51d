#include "kernels/region.hpp"

#include <algorithm>

namespace tconv::kernels {

std::int64_t taps_count(const Region& region) {
  std::int64_t count = 1;
  for (const AxisRun& run : region.runs) count *= run.taps_count;
  return count;
}

Regions::Regions(const Problem& problem) {
  const auto extents = output_extents(problem);
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const Axis& axis = problem.axes[kFirstBoxAxis + a];
    kernel_[a] = axis.kernel;
    axes_[a] = axis_runs(problem.direction, axis, (*extents)[kFirstBoxAxis + a]);
  }
  for (const AxisRun& d : axes_[0].runs) {
    for (const AxisRun& h : axes_[1].runs) {
      for (const AxisRun& w : axes_[2].runs) {
        regions_.push_back({.runs = {d, h, w}, .count = d.count * h.count * w.count});
      }
    }
  }
}

void Regions::cut(std::int64_t work, std::int64_t tile) {
  std::vector<Region> parts;
  for (const Region& region : regions_) {
    const std::int64_t wanted = work / std::max<std::int64_t>(1, taps_count(region));
    const std::int64_t most = std::max<std::int64_t>(1, wanted / tile) * tile;
    for (std::int64_t first = 0; first < region.count; first += most) {
      Region part = region;
      part.first = first;
      part.count = std::min(most, region.count - first);
      parts.push_back(part);
    }
  }
  regions_ = std::move(parts);
}

void Regions::taps(const Region& region, const std::array<std::int64_t, kBoxAxes>& x_step,
                   std::int64_t w_step, std::vector<TapOffset>& taps) const {
  taps.clear();
  const auto axis_taps = [&](std::size_t a) {
    const AxisRun& run = region.runs[a];
    const auto begin = axes_[a].taps.begin() + run.taps_begin;
    return std::pair(begin, begin + run.taps_count);
  };
  const auto [d_begin, d_end] = axis_taps(0);
  const auto [h_begin, h_end] = axis_taps(1);
  const auto [w_begin, w_end] = axis_taps(2);
  for (auto d = d_begin; d != d_end; ++d) {
    for (auto h = h_begin; h != h_end; ++h) {
      for (auto w = w_begin; w != w_end; ++w) {
        const std::int64_t kernel = (d->kernel * kernel_[1] + h->kernel) * kernel_[2] + w->kernel;
        taps.push_back({.x = d->input * x_step[0] + h->input * x_step[1] + w->input * x_step[2],
                        .w = kernel * w_step});
      }
    }
  }
}

Walk::Walk(const Region& region, const std::array<std::int64_t, kBoxAxes>& x_step,
           const std::array<std::int64_t, kBoxAxes>& y_step) {
  std::int64_t rest = region.first;
  for (std::size_t a = kBoxAxes; a-- > 0;) {
    const AxisRun& run = region.runs[a];
    count_[a] = run.count;
    at_[a] = rest % run.count;
    rest /= run.count;
    dx_[a] = run.input_step * x_step[a];
    dy_[a] = run.step * y_step[a];
    x_ += (run.offset + at_[a]) * dx_[a];
    y_ += run.first * y_step[a] + at_[a] * dy_[a];
  }
  for (std::size_t a = 0; a + 1 < kBoxAxes; ++a) {
    carry_x_[a] = dx_[a] - count_[a + 1] * dx_[a + 1];
    carry_y_[a] = dy_[a] - count_[a + 1] * dy_[a + 1];
  }
}

}  // namespace tconv::kernels
