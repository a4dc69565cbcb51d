// The orders of both tensors are read off the lowered problems' strides, so that this file knows no
// framework's layout.
#include "frameworks/port_weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "frameworks/assemble.hpp"

namespace tconv::frameworks {
namespace {

// One axis that both tensors have: groups, output channels of a group, input channels of a group,
// or a spatial one.
enum class Role { Group, Out, In, Spatial };
struct Part {
  Role role = Role::Spatial;
  std::int64_t extent = 1;
  std::int64_t from = 0, to = 0;  // strides
};

enum class Of { Both, Source };  // the axes that both tensors have, or the source's

std::vector<Part> parts_of(const PortedStage& stage, Of of) {
  const Problem &from = stage.from, &to = stage.to;
  std::vector<Part> parts;
  const std::int64_t g = from.groups;
  const bool branches = stage.split != Split::None;
  const std::int64_t apart = std::numeric_limits<std::int64_t>::max();
  if (g > 1) parts.push_back({Role::Group, g, from.w.group, branches ? apart : to.w.group});
  parts.push_back({Role::Out, from.out_channels / g, from.w.out, to.w.out});
  // A depthwise kernel of Keras has no axis of one input channel a group.
  const bool has_in = from.w.in != 0 && (of == Of::Source || to.w.in != 0);
  if (g == 1 || has_in) {
    parts.push_back({Role::In, from.in_channels / g, from.w.in, to.w.in});
  }
  const std::size_t first = first_axis(from);
  for (std::size_t a = first; a < kMaxAxes; ++a) {
    parts.push_back({Role::Spatial, from.axes[a].kernel, from.w.axes[a], to.w.axes[a]});
  }
  return parts;
}

// Outermost first. Axes of one element have the stride of a neighbour: there the order is that of
// the layouts known, whose spatial axes are all first or all last.
std::vector<std::size_t> ordered(const std::vector<Part>& parts, std::int64_t Part::*stride) {
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::int64_t channel = 0, spatial = 0;
  for (const Part& part : parts) {
    if (part.extent == 1 || part.role == Role::Group) continue;
    (part.role == Role::Spatial ? spatial : channel) =
        std::max(part.role == Role::Spatial ? spatial : channel, part.*stride);
  }
  const bool spatial_first = spatial > channel;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Part &x = parts[a], &y = parts[b];
    if (x.*stride != y.*stride) return x.*stride > y.*stride;
    const bool both_one = x.extent == 1 && y.extent == 1;
    if (both_one) {
      if ((x.role == Role::Spatial) == (y.role == Role::Spatial)) return false;
      return (x.role == Role::Spatial) == spatial_first;
    }
    return x.extent > y.extent;  // one of them has one element, and comes behind the other
  });
  return order;
}

// Neighbours in both orders that one of the tensors holds in one axis.
using Block = std::vector<std::size_t>;

std::vector<Block> blocks_of(const std::vector<Part>& parts, const std::vector<std::size_t>& order,
                             const std::vector<std::size_t>& other) {
  std::vector<Block> blocks;
  for (const std::size_t part : order) {
    const bool behind_group = !blocks.empty() && parts[blocks.back().back()].role == Role::Group;
    bool joined = false;
    if (behind_group) {
      const auto at = std::find(other.begin(), other.end(), blocks.back().back());
      joined = at + 1 != other.end() && *(at + 1) == part;
    }
    if (joined) {
      blocks.back().push_back(part);
    } else {
      blocks.push_back({part});
    }
  }
  return blocks;
}

Shape extents_of(const std::vector<Part>& parts, const std::vector<Block>& blocks) {
  Shape shape;
  for (const Block& block : blocks) {
    std::int64_t extent = 1;
    for (const std::size_t part : block) extent *= parts[part].extent;
    shape.push_back(extent);
  }
  return shape;
}

// The source's own axes, where its shape is not known: groups lie in the axis of what follows them,
// but in a depthwise kernel, where no axis is for the input.
Shape source_shape(const PortedStage& stage) {
  const std::vector<Part> parts = parts_of(stage, Of::Source);
  Shape shape;
  bool join = false;
  for (const std::size_t part : ordered(parts, &Part::from)) {
    if (join) {
      shape.back() *= parts[part].extent;
    } else {
      shape.push_back(parts[part].extent);
    }
    join = stage.from.w.in != 0 && parts[part].role == Role::Group;
  }
  return shape;
}

std::string expression_of(const std::vector<Part>& parts, const std::vector<std::size_t>& from,
                          const std::vector<std::size_t>& to, const Shape& source,
                          const Shape& result, bool flip) {
  const std::vector<Block> rows = blocks_of(parts, from, to), columns = blocks_of(parts, to, from);
  std::string text = "w";
  if (extents_of(parts, rows) != source) {
    text += fmt::format(".reshape({})", fmt::join(extents_of(parts, rows), ", "));
  }
  std::vector<std::size_t> order;
  std::vector<std::string> flips;
  std::size_t flipped = 0;
  for (const Block& block : columns) {
    order.push_back(
        static_cast<std::size_t>(std::find(rows.begin(), rows.end(), block) - rows.begin()));
    const bool turn = flip && parts[block[0]].role == Role::Spatial && parts[block[0]].extent > 1;
    flips.emplace_back(turn ? "::-1" : ":");
    if (turn) flipped = flips.size();
  }
  if (!std::is_sorted(order.begin(), order.end())) {
    text += fmt::format(".transpose({})", fmt::join(order, ", "));
  }
  flips.resize(flipped);
  if (flipped > 0) text += fmt::format("[{}]", fmt::join(flips, ", "));
  if (extents_of(parts, columns) != result) {
    text += fmt::format(".reshape({})", fmt::join(result, ", "));
  }
  return text;
}

}  // namespace

WeightConversion weight_conversion(const PortedStage& stage, const Shape& source) {
  const std::vector<Part> parts = parts_of(stage, Of::Both);
  const std::vector<std::size_t> from = ordered(parts, &Part::from), to = ordered(parts, &Part::to);
  const bool flip = (reads_backwards(stage.from) != reads_backwards(stage.to)) != stage.reversed;
  WeightConversion conversion{.shape = stage.weights};
  if (stage.split != Split::None) {
    conversion.shape.insert(conversion.shape.begin(), stage.branches);
  }
  for (const std::size_t index : to) {
    const Part& part = parts[index];
    const bool turn = flip && part.role == Role::Spatial;
    conversion.view_shape.push_back(part.extent);
    conversion.view_strides.push_back(turn ? -part.from : part.from);
    if (turn) conversion.view_offset += (part.extent - 1) * part.from;
  }
  conversion.source = source.empty() ? source_shape(stage) : source;
  conversion.expression = expression_of(parts, from, to, conversion.source, conversion.shape, flip);
  return conversion;
}

}  // namespace tconv::frameworks
