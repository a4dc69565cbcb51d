#include "diff/diagnose.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <numeric>
#include <random>
#include <utility>

#include "diff/search.hpp"
#include "io/gather.hpp"
#include "io/numbers.hpp"

namespace tconv::diff {
namespace {

constexpr std::size_t kDiffering = 128;  // elements that differ, to look at first
constexpr std::int64_t kLeastWork = std::int64_t{1} << 27;
constexpr std::int64_t kWorkPerElement = 64;

std::int64_t count_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// The same bytes under another shape.
io::Tensor reshaped(const io::Tensor& dense, const Shape& shape) {
  io::Tensor tensor = dense;
  tensor.shape = shape;
  tensor.strides = io::c_strides(shape);
  return tensor;
}

// Some of the elements that differ, each as likely as any other: picked by their number, they would
// all lie in one column.
// Source: Vitter, "Random Sampling with a Reservoir", ACM TOMS 11(1), 1985, algorithm R.
std::vector<Index> differing(const io::Tensor& a, const io::Tensor& b,
                             const io::Tolerance& tolerance) {
  std::vector<std::int64_t> positions;
  std::mt19937_64 random(4);
  std::uint64_t seen = 0;
  io::visit_differing(a, b, tolerance, [&](std::int64_t position) {
    ++seen;
    if (positions.size() < kDiffering) {
      positions.push_back(position);
    } else if (const std::uint64_t place = random() % seen; place < kDiffering) {
      positions[place] = position;
    }
  });
  std::vector<Index> indices;
  for (const std::int64_t position : positions) {
    const Shape at = io::index_of(position, a.shape);
    indices.emplace_back();
    std::copy(at.begin(), at.end(), indices.back().begin());
  }
  return indices;
}

std::vector<int> axes_where(int rank, const auto& holds) {
  std::vector<int> axes;
  for (int axis = 0; axis < rank; ++axis) {
    if (holds(static_cast<std::size_t>(axis))) axes.push_back(axis);
  }
  return axes;
}

// The part of a tensor of this shape that is compared, unless that is all of it.
void add_cut(std::vector<Step>& steps, Side side, const Shape& shape, const auto& range) {
  Step step{.kind = Step::Kind::Cut, .side = side};
  bool cuts = false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto [begin, end] = range(axis);
    step.by.push_back(begin);
    step.end.push_back(end);
    cuts = cuts || begin != 0 || end != shape[axis];
  }
  if (cuts) steps.push_back(std::move(step));
}

void add_cuts(std::vector<Step>& steps, const View& view, const Shape& a, const Shape& b) {
  const auto of_a = [&](std::size_t axis) {
    const std::int64_t shift = view.shift[axis];
    return std::pair(std::max<std::int64_t>(0, shift), std::min(a[axis], b[axis] + shift));
  };
  add_cut(steps, Side::A, a, of_a);
  add_cut(steps, Side::B, b, [&](std::size_t axis) {
    const auto [begin, end] = of_a(axis);
    return std::pair(begin - view.shift[axis], end - view.shift[axis]);
  });
}

void add_view(std::vector<Step>& steps, const View& view, const Shape& a, const Shape& b) {
  const int rank = view.rank;
  const auto axes = axes_where(rank, [](std::size_t) { return true; });
  if (!std::equal(axes.begin(), axes.end(), view.axes.begin())) {
    steps.push_back(
        {.kind = Step::Kind::Transpose, .axes = {view.axes.begin(), view.axes.begin() + rank}});
  } else if (a != b) {
    add_cuts(steps, view, a, b);
  }
  const auto reversed = axes_where(rank, [&](std::size_t axis) { return view.reversed[axis]; });
  if (!reversed.empty()) steps.push_back({.kind = Step::Kind::Reverse, .axes = reversed});
  if (view.ordered >= 0) {
    steps.push_back({.kind = Step::Kind::Order, .axes = {view.ordered}, .by = *view.order});
  }
  const auto moved = axes_where(rank, [&](std::size_t axis) { return view.shift[axis] != 0; });
  if (moved.empty() || (a != b && std::equal(axes.begin(), axes.end(), view.axes.begin()))) return;
  Step shift{.kind = Step::Kind::Shift, .axes = moved};
  for (const int axis : moved) shift.by.push_back(view.shift[static_cast<std::size_t>(axis)]);
  steps.push_back(shift);
}

void add_fit(std::vector<Step>& steps, Step::Kind kind, const Fit& fit,
             const std::vector<double>& values) {
  if (!fit.used()) return;
  Step step{.kind = kind, .values = values};
  if (fit.axis >= 0) step.axes = {fit.axis};
  steps.push_back(step);
}

void add_steps(Diagnosis& diagnosis, const Finding& finding, const Shape& a, const Shape& b) {
  const Hypothesis& hypothesis = finding.hypothesis;
  std::vector<Step>& steps = diagnosis.steps;
  add_view(steps, hypothesis.view, a, b);
  const Rounding& rounding = hypothesis.rounding;
  if (rounding.kind == Rounding::Kind::Apply) {
    steps.push_back({.kind = Step::Kind::Round, .side = rounding.side, .dtype = rounding.dtype});
  }
  add_fit(steps, Step::Kind::Scale, hypothesis.scale, finding.proof.scale);
  add_fit(steps, Step::Kind::Add, hypothesis.add, finding.proof.add);
  if (rounding.kind == Rounding::Kind::Within) {
    steps.push_back({.kind = Step::Kind::Rounded, .side = rounding.side, .dtype = rounding.dtype});
  }
  diagnosis.compared = finding.proof.compared;
}

using Tries = std::initializer_list<std::optional<Finding> (Search::*)()>;

// Adds the steps of the first try that finds something.
bool explain(Diagnosis& diagnosis, const io::Tensor& a, const io::Tensor& b,
             const io::Tolerance& tolerance, Moves moves, Tries tries) {
  Search search(Subject(a, b, tolerance),
                a.shape == b.shape ? differing(a, b, tolerance) : std::vector<Index>{}, moves,
                std::max(kLeastWork, kWorkPerElement * count_of(a.shape)));
  bool found = false;
  for (const auto attempt : tries) {
    const auto finding = (search.*attempt)();
    if (!finding) continue;
    add_steps(diagnosis, *finding, a.shape, b.shape);
    found = true;
    break;
  }
  diagnosis.hypotheses += search.hypotheses();
  diagnosis.complete = diagnosis.complete && (found || search.complete());
  return found;
}

}  // namespace

Result<Diagnosis> diagnose(const io::Tensor& a_tensor, const io::Tensor& b_tensor,
                           const io::Tolerance& tolerance) {
  auto a = io::gathered(a_tensor);
  if (!a) return a.error();
  auto b = io::gathered(b_tensor);
  if (!b) return b.error();
  Diagnosis diagnosis{.elements = count_of(a->shape)};
  if (diagnosis.elements == 0 || count_of(b->shape) == 0) return diagnosis;

  // What is tried element by element: a metric of the whole says nothing of one.
  io::Tolerance each = tolerance;
  if (each.metric != io::Metric::Max) {
    each = io::default_tolerance(a->dtype, b->dtype);
    each.equal_nan = tolerance.equal_nan;
  }
  const auto flat_enough = [](const Shape& shape) { return shape.size() <= kMaxRank; };
  if (a->shape == b->shape) {
    each.equal_nan = true;
    const auto compared = io::compare(*a, *b, each);
    if (!compared) return compared.error();
    if (compared->equal && !tolerance.equal_nan) {
      diagnosis.steps.push_back({.kind = Step::Kind::EqualNan});
      diagnosis.compared = diagnosis.elements;
      return diagnosis;
    }
  } else {
    if (a->shape.size() == b->shape.size() && flat_enough(a->shape) &&
        explain(diagnosis, *a, *b, each, Moves::Yes,
                {&Search::permuted, &Search::cut, &Search::one_beside_permuted,
                 &Search::one_beside_cut})) {
      return diagnosis;
    }
    if (count_of(b->shape) != diagnosis.elements) return diagnosis;
    diagnosis.steps.push_back({.kind = Step::Kind::Reshape, .by = a->shape});
    *b = reshaped(*b, a->shape);
  }
  const bool was_reshaped = !diagnosis.steps.empty();
  const Moves moves = flat_enough(a->shape) ? Moves::Yes : Moves::No;
  if (moves == Moves::No) {
    *a = reshaped(*a, {diagnosis.elements});
    *b = reshaped(*b, {diagnosis.elements});
  }
  const Tries alone = {&Search::one, &Search::two};
  const Tries after_reshape = {&Search::unchanged, &Search::one};
  if (!explain(diagnosis, *a, *b, each, moves, was_reshaped ? after_reshape : alone)) {
    diagnosis.steps.clear();
  }
  return diagnosis;
}

}  // namespace tconv::diff
