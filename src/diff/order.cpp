#include "diff/order.hpp"

#include <algorithm>
#include <numeric>

namespace tconv::diff {
namespace {

constexpr std::size_t kLines = 16;

// What is left of an index in the lines, and how far it may be from its like.
struct Profile {
  std::vector<double> values{};  // one a line
  double margin = 0;
};

// The elements of a few lines, of both tensors.
class Lines {
 public:
  Lines(const Subject& subject, const OrderQuestion& question)
      : subject_(subject),
        question_(question),
        mapping_(question.view, subject.a_shape, subject.b_shape, subject.b_strides),
        axis_(static_cast<std::size_t>(question.axis)),
        extent_(subject.a_shape[axis_]) {}

  // False where the line shows that there is no order.
  bool add(Index index, std::int64_t& work) {
    index[axis_] = mapping_.begin(question_.axis);
    if (!mapping_.inside(index)) return true;
    index[axis_] = 0;
    if (question_.likeness == Likeness::Equal && !first_has_like(index, work)) return false;
    lines_.push_back(index);
    return true;
  }

  std::size_t size() const { return lines_.size(); }
  std::int64_t extent() const { return extent_; }

  Profile a(std::int64_t i) const {
    return profile([&](const Index& line) { return a_at(line, i); });
  }
  Profile b(std::int64_t i) const {
    return profile([&](const Index& line) { return b_at(line, i); });
  }

 private:
  double a_at(const Index& line, std::int64_t i) const {
    std::int64_t position = i * subject_.a_strides[axis_];
    for (std::size_t axis = 0; axis < subject_.a_shape.size(); ++axis) {
      position += line[axis] * subject_.a_strides[axis];
    }
    return rounded(Side::A, subject_.a.at(position));
  }

  double b_at(Index line, std::int64_t i) const {
    line[axis_] = i;
    return rounded(Side::B, subject_.b.at(mapping_.position(line)));
  }

  double rounded(Side side, double value) const {
    const Rounding& rounding = question_.rounding;
    const bool apply = rounding.kind == Rounding::Kind::Apply && rounding.side == side;
    return apply ? rounded_to(rounding.dtype, value) : value;
  }

  // Mostly it has none, which saves reading the rest.
  bool first_has_like(const Index& line, std::int64_t& work) const {
    const double wanted = a_at(line, 0);
    for (std::int64_t i = 0; i < extent_; ++i) {
      ++work;
      if (io::is_close(wanted, b_at(line, i), subject_.tolerance)) return true;
    }
    return false;
  }

  template <typename At>
  Profile profile(const At& at) const {
    Profile profile;
    double largest = 0, sum = 0;
    for (const Index& line : lines_) {
      profile.values.push_back(at(line));
      largest = std::max(largest, std::abs(profile.values.back()));
      sum += profile.values.back();
    }
    profile.margin = subject_.tolerance.absolute + subject_.tolerance.relative * largest +
                     subject_.slack(largest, largest);
    if (question_.likeness == Likeness::ButConstant) {
      const double mean = sum / static_cast<double>(lines_.size());
      for (double& value : profile.values) value -= mean;
      profile.margin *= 2;  // the mean is as uncertain as an element
    } else if (question_.likeness == Likeness::ButFactor && largest > 0) {
      const auto peak =
          std::max_element(profile.values.begin(), profile.values.end(),
                           [](double x, double y) { return std::abs(x) < std::abs(y); });
      const double unit = *peak;
      for (double& value : profile.values) value /= unit;
      profile.margin *= 2 / largest;  // as is the unit
    }
    return profile;
  }

  const Subject& subject_;
  const OrderQuestion& question_;
  const Mapping mapping_;
  const std::size_t axis_;
  const std::int64_t extent_;
  std::vector<Index> lines_;
};

bool alike(const Profile& a, const Profile& b) {
  for (std::size_t line = 0; line < a.values.size(); ++line) {
    if (a.values[line] == b.values[line]) continue;
    if (!(std::abs(a.values[line] - b.values[line]) <= a.margin + b.margin)) return false;
  }
  return true;
}

// The line by which the indices are told apart best: that of the most distinct elements.
std::size_t most_telling(const std::vector<Profile>& profiles) {
  std::size_t best = 0, most = 0;
  std::vector<double> sorted(profiles.size());
  for (std::size_t line = 0; line < profiles[0].values.size(); ++line) {
    for (std::size_t i = 0; i < profiles.size(); ++i) sorted[i] = profiles[i].values[line];
    std::sort(sorted.begin(), sorted.end());
    const auto distinct =
        static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
    if (distinct > most) {
      most = distinct;
      best = line;
    }
  }
  return best;
}

bool has_nan(const std::vector<Profile>& profiles) {
  return std::any_of(profiles.begin(), profiles.end(), [](const Profile& profile) {
    return std::any_of(profile.values.begin(), profile.values.end(),
                       [](double x) { return std::isnan(x); });
  });
}

// For each of a's profiles another of b's that is like it, its own if that is; none: empty.
std::vector<std::int64_t> matched(const std::vector<Profile>& a, const std::vector<Profile>& b,
                                  std::int64_t& work) {
  const std::size_t line = most_telling(b);
  const auto key = [&](std::int64_t i) { return b[static_cast<std::size_t>(i)].values[line]; };
  std::vector<std::int64_t> sorted(b.size());
  std::iota(sorted.begin(), sorted.end(), std::int64_t{0});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::int64_t i, std::int64_t j) { return key(i) < key(j); });
  double widest = 0;
  for (const Profile& profile : b) widest = std::max(widest, profile.margin);

  std::vector<std::int64_t> order(a.size(), -1);
  std::vector<bool> taken(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double wanted = a[i].values[line];
    const double margin = a[i].margin + widest;
    if (!taken[i] && alike(a[i], b[i])) order[i] = static_cast<std::int64_t>(i);
    auto next = std::lower_bound(sorted.begin(), sorted.end(), wanted - margin,
                                 [&](std::int64_t j, double x) { return key(j) < x; });
    for (; order[i] < 0 && next != sorted.end() && key(*next) <= wanted + margin; ++next) {
      ++work;
      const auto j = static_cast<std::size_t>(*next);
      if (!taken[j] && alike(a[i], b[j])) order[i] = *next;
    }
    if (order[i] < 0) return {};
    taken[static_cast<std::size_t>(order[i])] = true;
  }
  return order;
}

}  // namespace

std::shared_ptr<const std::vector<std::int64_t>> find_order(const Subject& subject,
                                                            const Screen& screen,
                                                            const OrderQuestion& question,
                                                            std::int64_t& work) {
  Lines lines(subject, question);
  for (const Index& index : screen.indices()) {
    if (lines.size() == kLines) break;
    if (!lines.add(index, work)) return nullptr;
  }
  // A constant or a factor explains any one line.
  if (lines.size() < (question.likeness == Likeness::Equal ? 1U : 3U)) return nullptr;
  std::vector<Profile> a, b;
  for (std::int64_t i = 0; i < lines.extent(); ++i) {
    a.push_back(lines.a(i));
    b.push_back(lines.b(i));
  }
  work += 2 * lines.extent() * static_cast<std::int64_t>(lines.size());
  if (has_nan(a) || has_nan(b)) return nullptr;  // numbers that have no order
  std::vector<std::int64_t> order = matched(a, b, work);
  bool other = false;
  for (std::size_t i = 0; i < order.size(); ++i) {
    other = other || order[i] != static_cast<std::int64_t>(i);
  }
  if (!other) return nullptr;
  return std::make_shared<const std::vector<std::int64_t>>(std::move(order));
}

}  // namespace tconv::diff
