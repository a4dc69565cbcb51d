// Seeded faults in tensors of a million elements: the diagnosis names each of them, alone and in
// pairs, and in time.
#include "diff/diagnose.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>

#include "../io/tensors.hpp"
#include "faults.hpp"
#include "io/read.hpp"
#include "support/sanitized.hpp"

namespace tconv::diff {
namespace {

using tests::Image;
using Kind = Step::Kind;
using Kinds = std::vector<Kind>;

const Shape kBatch = {2, 16, 128, 256};  // 2^20 elements, every extent another

Diagnosis diagnosed(const io::Tensor& a, const io::Tensor& b) {
  const std::clock_t start = std::clock();
  const auto diagnosis = diagnose(a, b, io::default_tolerance(a.dtype, b.dtype));
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Of this process, so that others on the machine do not count.
  CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 2.0);
#else
  static_cast<void>(start);
#endif
  REQUIRE(diagnosis);
  return *diagnosis;
}

Diagnosis diagnosed(const Image& a, const Image& b) { return diagnosed(a.tensor(), b.tensor()); }

Kinds kinds(const Diagnosis& diagnosis) {
  Kinds kinds;
  for (const Step& step : diagnosis.steps) kinds.push_back(step.kind);
  return kinds;
}

struct Fault {
  std::string name;
  std::function<Image(const Image&)> make;
  Kind kind;
};

// What is done to A to give B; the kind is what has to be done to B.
const Fault kFaults[] = {
    {"shift",
     [](const Image& a) {
       return tests::shifted(a, {0, 0, 1, 2});
     },
     Kind::Shift},
    {"flip",
     [](const Image& a) {
       return tests::flipped(a, {2, 3});
     },
     Kind::Reverse},
    {"axes",
     [](const Image& a) {
       return tests::transposed(a, {0, 2, 3, 1});
     },
     Kind::Transpose},
    {"order",
     [](const Image& a) { return tests::reordered(a, 1, tests::shuffled_order(a.shape[1], 5)); },
     Kind::Order},
    {"bias", [](const Image& a) { return tests::without_bias(a, 1); }, Kind::Add},
    {"scale", [](const Image& a) { return tests::scaled(a, 2.5F); }, Kind::Scale},
    {"float16", [](const Image& a) { return tests::rounded_image(a, DType::Float16); },
     Kind::Round},
    {"bfloat16", [](const Image& a) { return tests::rounded_image(a, DType::BFloat16); },
     Kind::Round},
};

TEST_CASE("diagnose: names each fault of a million elements") {
  const Image a = tests::normal_image(kBatch, 1);
  for (const Fault& fault : kFaults) {
    CAPTURE(fault.name);
    const Diagnosis diagnosis = diagnosed(a, fault.make(a));
    CHECK(kinds(diagnosis) == Kinds{fault.kind});
    CHECK(diagnosis.elements == a.count());
    CHECK((diagnosis.compared == a.count()) == (fault.kind != Kind::Shift));
  }
}

bool is_rounding(const Fault& fault) { return fault.kind == Kind::Round; }

// Whether the diagnosis is these two, in whichever order. Rounding shows as done to A, or, where it
// came last and something was fitted, as a fact about B.
bool is_pair(const Diagnosis& diagnosis, const Fault& first, const Fault& second) {
  const auto is = [](Kind found, const Fault& fault) {
    return found == fault.kind || (is_rounding(fault) && found == Kind::Rounded);
  };
  const Kinds found = kinds(diagnosis);
  return found.size() == 2 && ((is(found[0], first) && is(found[1], second)) ||
                               (is(found[0], second) && is(found[1], first)));
}

TEST_CASE("diagnose: names every two faults of a million elements") {
  const Image a = tests::normal_image(kBatch, 2);
  for (const Fault& first : kFaults) {
    for (const Fault& second : kFaults) {
      if (first.kind == second.kind || (tests::kSanitized && &first != kFaults)) continue;
      CAPTURE(first.name);
      CAPTURE(second.name);
      const Diagnosis diagnosis = diagnosed(a, second.make(first.make(a)));
      CHECK(is_pair(diagnosis, first, second));
    }
  }
}

io::Tensor tensor(const char* argument) {
  const auto read = io::read_tensor(argument);
  REQUIRE(read);
  return *read;
}

TEST_CASE("diagnose: says by how much") {
  const Image a = tests::normal_image({3, 5, 24, 31}, 3);
  const Step shift = diagnosed(a, tests::shifted(a, {0, 0, -3, 4})).steps.at(0);
  CHECK(shift.axes == std::vector<int>{2, 3});
  CHECK(shift.by == Shape{-3, 4});

  const Step flip = diagnosed(a, tests::flipped(a, {3})).steps.at(0);
  CHECK(flip.axes == std::vector<int>{3});

  const Step axes = diagnosed(a, tests::transposed(a, {2, 3, 1, 0})).steps.at(0);
  CHECK(axes.axes == std::vector<int>{3, 2, 0, 1});  // as numpy takes them, to come back

  const Shape order = {3, 0, 4, 2, 1};
  const Step ordered = diagnosed(a, tests::reordered(a, 1, order)).steps.at(0);
  CHECK(ordered.axes == std::vector<int>{1});
  CHECK(ordered.by == Shape{1, 4, 3, 0, 2});  // the inverse of what was done

  const Step scale = diagnosed(a, tests::scaled(a, 255)).steps.at(0);
  REQUIRE(scale.values.size() == 1);
  CHECK(scale.values[0] * 255 == doctest::Approx(1));

  const Step bias = diagnosed(a, tests::without_bias(a, 1)).steps.at(0);
  CHECK(bias.axes == std::vector<int>{1});
  REQUIRE(bias.values.size() == 5);
  for (std::int64_t c = 0; c < 5; ++c) {
    const double value = bias.values[static_cast<std::size_t>(c)];
    CHECK(value == doctest::Approx(double{tests::bias_at(c)}).epsilon(1e-4));
  }

  const Step constant = diagnosed(a, tests::with_constant(a, 3)).steps.at(0);
  CHECK(constant.axes.empty());
  CHECK(constant.values == std::vector<double>{-3});

  const Step rounding = diagnosed(a, tests::rounded_image(a, DType::BFloat16)).steps.at(0);
  CHECK(rounding.side == Side::A);
  CHECK(rounding.dtype == DType::BFloat16);
  CHECK(diagnosed(tests::rounded_image(a, DType::Float16), a).steps.at(0).side == Side::B);
}

TEST_CASE("diagnose: layouts of activations, weights and volumes") {
  struct Row {
    std::string name;
    Shape shape;
    std::vector<std::size_t> axes;
  };
  const Row rows[] = {
      {"NCHW to NHWC", {2, 3, 16, 18}, {0, 2, 3, 1}},
      {"OIHW to HWIO", {8, 6, 3, 3}, {2, 3, 1, 0}},
      {"OIHW to IOHW", {8, 8, 3, 3}, {1, 0, 2, 3}},
      {"all extents equal", {6, 6, 6}, {2, 0, 1}},
      {"NCDHW to NDHWC", {2, 3, 5, 6, 7}, {0, 2, 3, 4, 1}},
      {"a matrix", {20, 30}, {1, 0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Image a = tests::normal_image(row.shape, 4);
    CHECK(kinds(diagnosed(a, tests::transposed(a, row.axes))) == Kinds{Kind::Transpose});
    const Image dark = tests::scaled(tests::transposed(a, row.axes), 0.5F);
    CHECK(kinds(diagnosed(a, dark)) == Kinds{Kind::Transpose, Kind::Scale});
  }
}

TEST_CASE("diagnose: ranks other than four") {
  for (const Shape& shape :
       {Shape{4000}, Shape{50, 60}, Shape{3, 40, 50}, Shape{2, 2, 9, 10, 11}}) {
    CAPTURE(shape.size());
    const Image a = tests::normal_image(shape, 5);
    Shape by(shape.size(), 0);
    by.back() = 2;
    CHECK(kinds(diagnosed(a, tests::shifted(a, by))) == Kinds{Kind::Shift});
    CHECK(kinds(diagnosed(a, tests::flipped(a, {shape.size() - 1}))) == Kinds{Kind::Reverse});
    CHECK(kinds(diagnosed(a, tests::scaled(a, -1))) == Kinds{Kind::Scale});
  }
  // More axes than an index is tried for: what leaves the indices alone is found all the same.
  const Image deep = tests::normal_image({2, 2, 2, 2, 2, 2, 2, 2, 2, 3}, 6);
  CHECK(kinds(diagnosed(deep, tests::scaled(deep, 3))) == Kinds{Kind::Scale});
  CHECK(diagnosed(deep, tests::flipped(deep, {9})).steps.empty());
}

// Half of the elements are zero after a ReLU, and one impulse is all that tells a shift.
TEST_CASE("diagnose: data with many equal elements") {
  Image a = tests::normal_image({1, 8, 40, 40}, 7);
  for (float& value : a.values) value = std::max(value, 0.0F);
  CHECK(kinds(diagnosed(a, tests::flipped(a, {2}))) == Kinds{Kind::Reverse});
  CHECK(kinds(diagnosed(a, tests::scaled(a, 4))) == Kinds{Kind::Scale});
  CHECK(kinds(diagnosed(a, tests::reordered(a, 1, {7, 6, 5, 0, 1, 2, 4, 3}))) ==
        Kinds{Kind::Order});

  Image impulse{.shape = {9, 9}, .values = std::vector<float>(81, 0)};
  Image moved = impulse;
  impulse.values[40] = 1;
  moved.values[30] = 1;  // one row up, one column to the left
  const Diagnosis diagnosis = diagnosed(impulse, moved);
  REQUIRE(kinds(diagnosis) == Kinds{Kind::Shift});
  CHECK(diagnosis.steps[0].by == Shape{1, 1});
  CHECK(diagnosis.compared == 64);
}

TEST_CASE("diagnose: other dtypes") {
  const io::Tensor red = tensor(R"({"dtype": "uint8", "data": [[[1, 2], [3, 4]], [[5, 60], [7, 8]],
                                                              [[9, 10], [11, 12]]]})");
  const io::Tensor blue = tensor(R"({"dtype": "uint8", "data": [[[9, 10], [11, 12]],
                                                               [[5, 60], [7, 8]], [[1, 2], [3, 4]]]})");
  CHECK(kinds(diagnosed(red, blue)) == Kinds{Kind::Reverse});
  const io::Tensor unit = tensor(R"({"dtype": "float64", "data": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]})");
  const io::Tensor bytes = tensor(R"({"dtype": "int32", "data": [0, 51, 102, 153, 204, 255]})");
  CHECK(kinds(diagnosed(unit, bytes)) == Kinds{Kind::Scale});
}

TEST_CASE("diagnose: shapes that differ") {
  const Image a = tests::normal_image({4, 6, 7}, 8);
  const Diagnosis cut = diagnosed(tests::image_from({4, 5, 6},
                                                    [&](Shape& index) {
                                                      ++index[1];
                                                      return tests::element_at(a, index);
                                                    }),
                                  a);
  REQUIRE(kinds(cut) == Kinds{Kind::Cut});
  CHECK(cut.steps[0].side == Side::B);
  CHECK(cut.steps[0].by == Shape{0, 1, 0});
  CHECK(cut.steps[0].end == Shape{4, 6, 6});
  CHECK(cut.compared == cut.elements);

  const Image flat{.shape = {24, 7}, .values = a.values};
  CHECK(kinds(diagnosed(a, flat)) == Kinds{Kind::Reshape});
  CHECK(kinds(diagnosed(a, tests::scaled(flat, 2))) == Kinds{Kind::Reshape, Kind::Scale});
  CHECK(diagnosed(a, tests::normal_image({9, 9}, 9)).steps.empty());
  CHECK(diagnosed(tensor("ones:2,0"), tensor("ones:3,0")).steps.empty());
}

TEST_CASE("diagnose: NaN at the same places") {
  const io::Tensor special = tensor(R"([1, "NaN", 3])");
  CHECK(kinds(diagnosed(special, special)) == Kinds{Kind::EqualNan});
  CHECK(kinds(diagnosed(tensor(R"([1, "NaN", 3, 4, 5])"), tensor(R"([2, "NaN", 6, 8, 10])"))) ==
        Kinds{Kind::Scale});
}

TEST_CASE("diagnose: does not explain what has no simple cause") {
  const Image a = tests::normal_image(kBatch, 10);
  const Diagnosis none = diagnosed(a, tests::normal_image(kBatch, 11));
  CHECK(none.steps.empty());
  CHECK(none.complete);
  CHECK(none.hypotheses > 10000);

  Image spoiled = tests::scaled(a, 2);  // a factor, but for one element
  spoiled.values[777777] += 0.5F;
  CHECK(diagnosed(a, spoiled).steps.empty());

  // As many constants as elements explain anything, and nothing.
  CHECK(diagnosed(tensor("[[1], [5], [2]]"), tensor("[[4], [4], [9]]")).steps.empty());
  // What a shift moves out of sight is not explained by it.
  Image border = a;
  for (std::size_t i = 255; i < border.values.size(); i += 256) border.values[i] = 9;
  CHECK(diagnosed(a, border).steps.empty());
  // Two parts without anything in them are equal, wherever they lie.
  Image here{.shape = {2, 12, 12}, .values = std::vector<float>(288, 0)};
  Image there = here;
  here.values[13] = 1;
  there.values[270] = 2;
  CHECK(diagnosed(here, there).steps.empty());
  // Rows and columns that multiply: a factor for each column undoes any order of them, but not what
  // happened to one element, even in a column of A that is zero.
  const Image product = tests::image_from({2, 16, 32}, [](const Shape& i) {
    return static_cast<float>(i[2]) * (1.0F + static_cast<float>(i[1]));
  });
  Image other = product;
  other.values.back() += 1;
  CHECK(diagnosed(product, other).steps.empty());
  // Zeros are not B times zero.
  CHECK(diagnosed(tensor("zeros:4,4"), tensor("random:4,4:1")).steps.empty());
}

}  // namespace
}  // namespace tconv::diff
