#include "kernels/axis_steps.hpp"

#include <algorithm>
#include <numeric>

namespace tconv::kernels {
namespace {

// The inputs from `low` to `high` that some output p(r), r < outputs, meets with a tap of the
// kernel, in ascending order of that tap. Positions are relative to `reference`.
std::vector<AxisStep> steps_between(const AxisMap& map, std::int64_t low, std::int64_t high,
                                    std::int64_t reference, std::int64_t first,
                                    std::int64_t outputs, std::int64_t distance) {
  std::vector<AxisStep> steps;
  for (std::int64_t input = low; input <= high; ++input) {
    const std::int64_t scaled = input * map.e - first * map.a - map.c;
    if (scaled % map.b != 0) continue;
    AxisStep step{.input = input - reference, .kernel = scaled / map.b};
    for (std::int64_t r = 0; r < outputs; ++r) {
      const std::int64_t j = step.kernel - r * distance * map.a / map.b;
      if (0 <= j && j < map.kernel) step.outputs |= std::uint64_t{1} << r;
    }
    if (step.outputs != 0) steps.push_back(step);
  }
  if (map.b < 0) std::reverse(steps.begin(), steps.end());
  return steps;
}

// A span that holds every input that outputs first to last meet, whether it exists or not.
std::pair<std::int64_t, std::int64_t> reach(const AxisMap& map, std::int64_t first,
                                            std::int64_t last) {
  const std::int64_t kernel = (map.kernel - 1) * map.b;
  return {floor_divide(first * map.a + map.c + std::min<std::int64_t>(0, kernel), map.e),
          floor_divide(last * map.a + map.c + std::max<std::int64_t>(0, kernel), map.e) + 1};
}

}  // namespace

AxisTile AxisTiles::place(const Line& line, std::int64_t i) const {
  AxisTile tile{.first = line.first + i * each_ * line.distance,
                .count = std::min(each_, line.outputs - i * each_)};
  tile.input = in_lanes_
                   ? i * each_ * map_.input_step()
                   : reach(map_, tile.first, tile.first + (tile.count - 1) * line.distance).first;
  return tile;
}

const AxisTiles::Line& AxisTiles::line_of(std::int64_t number) const {
  std::size_t l = 0;
  while (l + 1 < lines_.size() && lines_[l + 1].first_tile <= number) ++l;
  return lines_[l];
}

std::int64_t AxisTiles::alike(std::int64_t number) const {
  const Line& line = line_of(number);
  const std::int64_t i = number - line.first_tile;
  const bool repeats = line.head <= i && i < line.tail && line.period.size() == 1;
  return repeats ? line.tail - i : 1;
}

AxisTile AxisTiles::tile(std::int64_t number) const {
  const Line& line = line_of(number);
  const std::int64_t i = number - line.first_tile;
  AxisTile tile = place(line, i);
  if (line.head <= i && i < line.tail) {
    const std::size_t period = line.period.size();
    tile.steps = line.period[period == 1 ? 0 : static_cast<std::size_t>(i - line.head) % period];
  } else {
    tile.steps = line.ends[static_cast<std::size_t>(i < line.head ? i : i - line.tail + line.head)];
  }
  return tile;
}

// Whether the tile is whole and reaches nothing outside the input.
bool AxisTiles::is_inside(const AxisTile& tile) const {
  if (tile.count < each_) return false;
  const std::int64_t last = in_lanes_ ? map_.phases() * each_ - 1 : (each_ - 1) * map_.spacing();
  const auto [low, high] = reach(map_, tile.first, tile.first + last);
  return low >= 0 && high < map_.input;
}

AxisSteps AxisTiles::steps_of(const AxisTile& tile) const {
  AxisSteps result{.count = tile.count, .steps = {}};
  if (!in_lanes_) {
    const std::int64_t distance = map_.spacing();
    const auto [low, high] = reach(map_, tile.first, tile.first + (tile.count - 1) * distance);
    result.steps =
        steps_between(map_, std::max<std::int64_t>(0, low), std::min(map_.input - 1, high),
                      tile.input, tile.first, tile.count, distance);
    for (AxisStep& step : result.steps) step.lanes = 1;
    return result;
  }
  const auto [low, high] = reach(map_, 0, map_.phases() - 1);
  for (AxisStep& step : steps_between(map_, low, high, 0, 0, map_.phases(), 1)) {
    for (std::int64_t l = 0; l < tile.count; ++l) {
      const std::int64_t input = step.input + tile.input + l * map_.input_step();
      if (0 <= input && input < map_.input) step.lanes |= std::uint64_t{1} << l;
    }
    if (step.lanes != 0) result.steps.push_back(step);
  }
  return result;
}

std::size_t AxisTiles::listed(AxisSteps steps) {
  const auto same = std::find(steps_.begin(), steps_.end(), steps);
  if (same != steps_.end()) return static_cast<std::size_t>(same - steps_.begin());
  steps_.push_back(std::move(steps));
  return steps_.size() - 1;
}

void AxisTiles::add_line(Line line) {
  line.first_tile = count_;
  line.tiles = (line.outputs + each_ - 1) / each_;
  const auto inside = [&](std::int64_t i) { return is_inside(place(line, i)); };
  const auto list = [&](std::int64_t i) { return listed(steps_of(place(line, i))); };
  for (; line.head < line.tiles && !inside(line.head); ++line.head) {
    line.ends.push_back(list(line.head));
  }
  line.tail = line.tiles;  // those inside lie side by side: halve what is left
  for (std::int64_t low = line.head; low < line.tail;) {
    const std::int64_t i = low + (line.tail - low) / 2;
    inside(i) ? low = i + 1 : line.tail = i;
  }
  const std::int64_t outputs = each_ * line.distance;
  const std::int64_t period = in_lanes_ ? 1 : map_.phases() / std::gcd(map_.phases(), outputs);
  for (std::int64_t i = line.head; i < std::min(line.tail, line.head + period); ++i) {
    line.period.push_back(list(i));
  }
  for (std::int64_t i = line.tail; i < line.tiles; ++i) line.ends.push_back(list(i));
  count_ += line.tiles;
  lines_.push_back(std::move(line));
}

AxisTiles AxisTiles::rows(const AxisMap& map, std::int64_t rows) {
  AxisTiles result(map, rows);
  const std::int64_t spacing = map.spacing();
  result.kernel_per_output_ = -spacing * map.a / map.b;
  for (std::int64_t first = 0; first < std::min(spacing, map.outputs); ++first) {
    const std::int64_t outputs = (map.outputs - first - 1) / spacing + 1;
    const std::int64_t head = std::min(outputs, result.best_head(first, spacing));
    if (head > 0) result.add_line({.first = first, .distance = spacing, .outputs = head});
    if (head == outputs) continue;
    result.add_line(
        {.first = first + head * spacing, .distance = spacing, .outputs = outputs - head});
  }
  return result;
}

std::int64_t AxisTiles::best_head(std::int64_t first, std::int64_t distance) const {
  constexpr std::int64_t kMostTiles = 16;  // of a longer period, tiles mostly meet one phase
  const std::int64_t period = map_.phases() / std::gcd(map_.phases(), each_ * distance);
  if (period > kMostTiles) return 0;
  std::int64_t best = 0, least = 0;
  for (std::int64_t head = 0; head < std::min(each_, map_.phases()); ++head) {
    std::int64_t steps = 0;
    for (std::int64_t i = 0; i < period; ++i) {
      const std::int64_t at = first + (head + i * each_) * distance;
      const auto [low, high] = reach(map_, at, at + (each_ - 1) * distance);
      steps += std::ssize(steps_between(map_, low, high, 0, at, each_, distance));
    }
    if (head > 0 && least <= steps) continue;
    best = head;
    least = steps;
  }
  return best;
}

AxisTiles AxisTiles::lanes(const AxisMap& map, std::int64_t lanes) {
  AxisTiles result(map, lanes);
  const std::int64_t phases = map.phases();
  result.in_lanes_ = true;
  result.kernel_per_output_ = phases == 1 ? 0 : -map.a / map.b;
  result.add_line({.distance = phases, .outputs = (map.outputs + phases - 1) / phases});
  return result;
}

}  // namespace tconv::kernels
