#include "plan/bands.hpp"

#include <algorithm>
#include <array>

#include "kernels/band.hpp"

namespace tconv::plan {
namespace {

// Channels side by side in the vectors of a tile, on the widest instruction set.
constexpr std::int64_t kTileChannels = 32;
constexpr std::size_t kBatch = kMaxAxes, kChannel = kMaxAxes + 1;  // beside the spatial axes
constexpr std::size_t kAllAxes = kMaxAxes + 2;
constexpr std::int64_t kTinyPieceBytes = 256;

using AllExtents = std::array<std::int64_t, kAllAxes>;

// The axes of y from the slowest to the fastest; nothing where y is not dense in that order.
std::optional<std::vector<std::size_t>> dense_order(const Problem& problem,
                                                    const AllExtents& extents) {
  const auto stride = [&](std::size_t axis) {
    return axis == kBatch     ? problem.y.batch
           : axis == kChannel ? problem.y.channel
                              : problem.y.axes[axis];
  };
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < kAllAxes; ++axis) {
    if (extents[axis] > 1) order.push_back(axis);
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return stride(a) > stride(b); });
  std::int64_t dense = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    if (stride(order[i]) != dense) return std::nullopt;
    dense *= extents[order[i]];
  }
  if (problem.y.first != 0 || problem.y.group != 0) return std::nullopt;
  return order;
}

// Rows whose outside stays what it was when the rows next to them are cut off.
bool may_be_cut(const Problem& problem, const Axis& axis) {
  if (axis.input == 0) return false;
  if (problem.direction == Direction::Transposed || problem.pad_mode == PadMode::Zeros) return true;
  return problem.pad_mode == PadMode::Constant && axis.input_dilation == 1;
}

// How many of each axis a band takes.
struct Cut {
  std::int64_t images = 1, groups = 1, channels = 1;  // channels of one group
  std::size_t row_axis = kMaxAxes - 1;
  std::int64_t rows = 1;
};

class Cutter {
 public:
  Cutter(const Problem& problem, const BandLimits& limits, const AllExtents& extents,
         std::vector<std::size_t> order)
      : p_(problem),
        limits_(limits),
        extents_(extents),
        order_(std::move(order)),
        bytes_(size_bytes(problem.dtype)),
        I_(problem.in_channels / problem.groups),
        O_(problem.out_channels / problem.groups) {}

  std::optional<Bands> bands() {
    const Cut cut = cut_sizes();
    const auto rows = may_be_cut(p_, p_.axes[cut.row_axis])
                          ? kernels::zero_padded_bands(p_.direction, p_.axes[cut.row_axis],
                                                       extents_[cut.row_axis], cut.rows)
                          : std::vector<kernels::Band>{
                                {.count = extents_[cut.row_axis], .axis = p_.axes[cut.row_axis]}};
    Bands bands;
    std::int64_t block = 0;
    for (std::int64_t g = 0; g < p_.groups; g += cut.groups) {
      for (std::int64_t o = 0; o < O_; o += cut.channels, ++block) {
        for (const kernels::Band& row : rows) {
          for (std::int64_t n = 0; n < p_.batch; n += cut.images) {
            const Cut part{.images = std::min(cut.images, p_.batch - n),
                           .groups = std::min(cut.groups, p_.groups - g),
                           .channels = std::min(cut.channels, O_ - o),
                           .row_axis = cut.row_axis,
                           .rows = row.count};
            Band band{.block = block,
                      .x = n * p_.x.batch + g * (p_.x.group + I_ * p_.x.channel) +
                           row.input * p_.x.axes[cut.row_axis],
                      .w = g * p_.w.group + o * p_.w.out,
                      .bias = g * O_ + o,
                      .y = n * p_.y.batch + (g * O_ + o) * p_.y.channel +
                           row.first * p_.y.axes[cut.row_axis]};
            band.problem = listed(bands.problems, problem_of(part, row.axis));
            if (!limits_.in_place && !lay_out(band, bands, part)) return std::nullopt;
            bands.bands.push_back(band);
          }
        }
      }
    }
    return bands;
  }

 private:
  bool channels_are_fastest() const {
    return !limits_.in_place && !order_.empty() && order_.back() == kChannel;
  }

  Cut cut_sizes() const {
    Cut cut{.groups = p_.groups, .channels = O_};
    for (std::size_t a = kMaxAxes; a-- > 0;) {
      if (extents_[a] > 1) cut.row_axis = a;
    }
    std::int64_t row_bytes = bytes_;
    for (std::size_t a = 0; a < kMaxAxes; ++a) row_bytes *= a == cut.row_axis ? 1 : extents_[a];
    cut.rows = extents_[cut.row_axis];
    const bool rows_cut = may_be_cut(p_, p_.axes[cut.row_axis]);
    const std::int64_t plane_bytes = row_bytes * cut.rows;
    // Pieces of fastest channels would be a few elements each: all of them stay together.
    if (!channels_are_fastest()) cut_channels(cut, plane_bytes, rows_cut);
    const std::int64_t slice = row_bytes * cut.groups * cut.channels;
    if (rows_cut) {
      cut.rows = std::clamp<std::int64_t>(limits_.band_bytes / slice, 1, cut.rows);
    }
    const bool whole =
        cut.rows == extents_[cut.row_axis] && cut.groups == p_.groups && cut.channels == O_;
    if (whole) {
      cut.images = std::clamp<std::int64_t>(limits_.band_bytes / (slice * cut.rows), 1, p_.batch);
    }
    return cut;
  }

  // As many tiles of channels as their weights allow, and of those as many as leave pieces long.
  void cut_channels(Cut& cut, std::int64_t plane_bytes, bool rows_cut) const {
    std::int64_t weights = I_ * bytes_;
    for (const Axis& axis : p_.axes) weights *= axis.kernel;
    std::int64_t most = std::max<std::int64_t>(
        kTileChannels, limits_.weight_bytes / std::max<std::int64_t>(1, weights));
    const std::int64_t piece = rows_cut ? std::min(plane_bytes, limits_.piece_bytes) : plane_bytes;
    most = std::min(most, std::max<std::int64_t>(kTileChannels, limits_.band_bytes / piece));
    if (O_ > most) {
      cut.groups = 1;
      cut.channels = std::max(most / kTileChannels, std::int64_t{1}) * kTileChannels;
    } else {
      cut.groups = std::clamp<std::int64_t>(most / O_, 1, p_.groups);
    }
  }

  Problem problem_of(const Cut& part, const Axis& row) const {
    Problem problem = p_;
    problem.batch = part.images;
    problem.groups = part.groups;
    problem.in_channels = part.groups * I_;
    problem.out_channels = part.groups * part.channels;
    problem.axes[part.row_axis] = row;
    if (limits_.in_place) return problem;
    const AllExtents own = extents_of(part);
    std::int64_t step = 1;
    for (std::size_t i = order_.size(); i-- > 0;) {
      const std::size_t axis = order_[i];
      (axis == kBatch     ? problem.y.batch
       : axis == kChannel ? problem.y.channel
                          : problem.y.axes[axis]) = step;
      step *= own[axis];
    }
    return problem;
  }

  AllExtents extents_of(const Cut& part) const {
    AllExtents own = extents_;
    own[kBatch] = part.images;
    own[kChannel] = part.groups * part.channels;
    own[part.row_axis] = part.rows;
    return own;
  }

  // Finds the band's pieces; false where they are tiny, or do not lie at equal distances.
  bool lay_out(Band& band, Bands& bands, const Cut& part) const {
    const AllExtents own = extents_of(part);
    std::int64_t whole_step = 1;
    bool joined = true, last = false;  // all axes so far are whole; the slower ones must have one
    band.piece = band.pieces = 1;
    for (std::size_t i = order_.size(); i-- > 0;) {
      const std::size_t axis = order_[i];
      if (last && own[axis] > 1) return false;
      (joined ? band.piece : band.pieces) *= own[axis];
      whole_step *= extents_[axis];
      if (joined) band.pitch = whole_step;
      last = !joined && own[axis] < extents_[axis];
      joined = joined && own[axis] == extents_[axis];
    }
    bands.largest = std::max(bands.largest, band.piece * band.pieces);
    return band.pieces == 1 || band.piece * bytes_ >= kTinyPieceBytes;
  }

  static std::size_t listed(std::vector<Problem>& problems, const Problem& problem) {
    const auto same = std::find_if(problems.begin(), problems.end(), [&](const Problem& other) {
      return other.batch == problem.batch && other.groups == problem.groups &&
             other.out_channels == problem.out_channels && other.axes == problem.axes;
    });
    if (same == problems.end()) {
      problems.push_back(problem);
      return problems.size() - 1;
    }
    return static_cast<std::size_t>(same - problems.begin());
  }

  const Problem& p_;
  const BandLimits& limits_;
  const AllExtents& extents_;
  std::vector<std::size_t> order_;
  std::int64_t bytes_, I_, O_;
};

}  // namespace

std::optional<Bands> cut_into_bands(const Problem& problem, const BandLimits& limits) {
  const auto outputs = output_extents(problem);
  AllExtents extents{};
  std::copy(outputs->begin(), outputs->end(), extents.begin());
  extents[kBatch] = problem.batch;
  extents[kChannel] = problem.out_channels;
  auto order = dense_order(problem, extents);
  if (!order) return std::nullopt;
  return Cutter(problem, limits, extents, *std::move(order)).bands();
}

}  // namespace tconv::plan
