#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "solve/axis_search.hpp"
#include "solve/confirm.hpp"
#include "solve/rank.hpp"
#include "solve/solve.hpp"
#include "support/checked.hpp"

namespace tconv::solve {
namespace {

using frameworks::AxisChoice;
using frameworks::Form;
using frameworks::Framework;

constexpr std::int64_t kMostTries = 20'000'000;  // a second or two
constexpr double kMostCombinations = 2000;       // of axes, for each form
constexpr std::size_t kMostSolutions = 200'000;

// What is asked of an axis beside its sizes.
bool same_ranges(const AxisQuestion& a, const AxisQuestion& b) {
  return a.kernel == b.kernel && a.dilation == b.dilation;
}

// Looks for all solutions of one form.
class FormSearch {
 public:
  FormSearch(const Question& question, const Framework& framework, const Form& form,
             std::vector<Solution>& found)
      : q_(question), framework_(framework), form_(form), found_(found) {}

  void run() {
    for (std::size_t a = 0; a < q_.axes.size(); ++a) {
      twins_.push_back(a);
      for (std::size_t b = a; b-- > 0;) {
        if (q_.axes[b] == q_.axes[a]) twins_[a] = b;
      }
      lists_.push_back(twins_[a] == a ? search_axis(form_, q_.axes[a]) : std::vector<AxisChoice>());
      if (twins_[a] == a && lists_[a].empty()) return;
    }
    shorten();
    extend();
  }

  bool complete() const { return complete_; }

 private:
  // Axes that differ multiply: where that is too much, the less usual numbers of each go.
  void shorten() {
    std::vector<std::vector<std::int64_t>> oddities(lists_.size());
    std::int64_t most = 0;
    for (std::size_t a = 0; a < lists_.size(); ++a) {
      for (const AxisChoice& choice : lists_[a]) {
        oddities[a].push_back(oddity(choice, q_.axes[a]));
        most = std::max(most, oddities[a].back());
      }
    }
    while (combinations() > kMostCombinations) {
      complete_ = false;
      most -= std::max<std::int64_t>(1, most / 8);
      for (std::size_t a = 0; a < lists_.size(); ++a) {
        std::vector<AxisChoice> kept;
        std::vector<std::int64_t> kept_oddities;
        for (std::size_t i = 0; i < lists_[a].size(); ++i) {
          if (oddities[a][i] > most) continue;
          kept.push_back(lists_[a][i]);
          kept_oddities.push_back(oddities[a][i]);
        }
        lists_[a] = std::move(kept);
        oddities[a] = std::move(kept_oddities);
      }
    }
  }

  std::int64_t oddity(const AxisChoice& choice, const AxisQuestion& axis) const {
    const frameworks::FormAxis lowered = form_.axis(form_, choice, axis.from[0], axis.to[0]);
    return axis_oddity(axis, choice, lowered.axis, form_.direction == Direction::Transposed);
  }

  // At most how many, by what ties axes together; a single list is no combination.
  double combinations() const {
    double product = 1;
    std::size_t lists = 0;
    std::map<std::pair<std::int64_t, std::int64_t>, double> tied;
    for (std::size_t a = 0; a < lists_.size(); ++a) {
      if (twins_[a] != a) continue;
      ++lists;
      if (same_ranges(q_.axes[0], q_.axes[a])) {
        std::map<std::pair<std::int64_t, std::int64_t>, double> counts;
        for (const AxisChoice& c : lists_[a]) {
          const std::pair key{c.kernel, c.dilation};
          counts[key] += a == 0 ? 1 : tied[key];
        }
        tied = std::move(counts);
      } else {
        product *= static_cast<double>(lists_[a].size());
      }
    }
    double sum = 0;
    for (const auto& [key, count] : tied) sum += count;
    return lists > 1 ? sum * product : 0;
  }

  void extend() {
    const std::size_t a = axes_.size();
    if (found_.size() > kMostSolutions) return;
    if (a == q_.axes.size()) {
      if (auto solution = confirm(q_, framework_, form_, axes_)) {
        found_.push_back(std::move(*solution));
      }
      return;
    }
    if (twins_[a] != a) return with(axes_[twins_[a]]);
    for (const AxisChoice& choice : lists_[a]) {
      if (agrees(choice)) with(choice);
    }
  }

  void with(const AxisChoice& choice) {
    axes_.push_back(choice);
    extend();
    axes_.pop_back();
  }

  bool agrees(const AxisChoice& choice) const {
    const std::size_t a = axes_.size();
    for (std::size_t b = 0; b < a; ++b) {
      if (axes_[b].output_padding.has_value() != choice.output_padding.has_value()) return false;
      if (!same_ranges(q_.axes[b], q_.axes[a])) continue;
      if (axes_[b].kernel != choice.kernel || axes_[b].dilation != choice.dilation) return false;
    }
    return true;
  }

  const Question& q_;
  const Framework& framework_;
  const Form& form_;
  std::vector<Solution>& found_;
  std::vector<std::size_t> twins_{};  // the first axis that is asked the same
  std::vector<std::vector<AxisChoice>> lists_{};
  std::vector<AxisChoice> axes_{};
  bool complete_ = true;
};

std::optional<std::int64_t> tries(const AxisQuestion& axis) {
  const auto count = [](const Range& range) { return range.most - range.least + 1; };
  std::int64_t pads = (axis.kernel.most - 1) * axis.dilation.most + 1;
  if (axis.padding) {
    pads = count(axis.padding->low) * (axis.padding->pair ? count(axis.padding->high) : 1);
  }
  std::optional<std::int64_t> product = 1;
  for (const std::int64_t factor :
       {count(axis.kernel), count(axis.stride), count(axis.dilation),
        axis.output_padding ? count(*axis.output_padding)
                            : std::max(axis.stride.most, axis.dilation.most),
        pads}) {
    if (product) product = support::checked_multiply(*product, factor);
  }
  return product;
}

Result<void> check_size(const Question& question) {
  for (const AxisQuestion& axis : question.axes) {
    const auto count = tries(axis);
    if (count && *count <= kMostTries) continue;
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("the ranges leave more than {} layers to try along an axis",
                                     kMostTries),
                 .hint = "give smaller ranges, as in --kernel-size 1..7 --stride 2"};
  }
  return {};
}

auto order_of(const Solution& s) {
  std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                         std::int64_t>>
      numbers;
  for (const AxisChoice& c : s.axes) {
    numbers.emplace_back(c.kernel, c.stride, c.dilation, c.output_padding.value_or(-1), c.pads.low,
                         c.pads.high);
  }
  return numbers;
}

}  // namespace

Result<Answer> solve(const Question& question) {
  if (auto ok = check_size(question); !ok) return ok.error();
  Answer answer;
  std::vector<Solution>& found = answer.solutions;
  for (const Framework* framework : question.frameworks) {
    for (const Form& form : framework->forms()) {
      if (!is_asked(question, form)) continue;
      FormSearch search(question, *framework, form, found);
      search.run();
      answer.complete = answer.complete && search.complete();
    }
  }
  if (found.size() > kMostSolutions) {
    return Error{.code = ErrorCode::TooLarge,
                 .what = fmt::format("more than {} layers fit", kMostSolutions),
                 .hint = "say more of the layer, as in --kernel-size 3 --stride 1,2"};
  }
  std::stable_sort(found.begin(), found.end(), [](const Solution& a, const Solution& b) {
    if (a.oddity != b.oddity) return a.oddity < b.oddity;
    return order_of(a) < order_of(b);
  });
  return answer;
}

}  // namespace tconv::solve
