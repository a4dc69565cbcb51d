// The search against brute force: every layer of a small space, written out as text and lowered.
#include "solve/solve.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "../frameworks/layers.hpp"
#include "support/sanitized.hpp"

namespace tconv::solve {
namespace {

using frameworks::lower_test;
using Texts = std::set<std::string>;

constexpr std::int64_t kMostKernel = 4, kMostStride = 3, kMostDilation = 2;
constexpr std::int64_t kMostSize = tests::kSanitized ? 5 : 10;

Question question_of(const std::string& framework, std::vector<AxisQuestion> axes) {
  Question question{.axes = std::move(axes)};
  for (AxisQuestion& axis : question.axes) {
    axis.kernel = {1, kMostKernel};
    axis.stride = {1, kMostStride};
    axis.dilation = {1, kMostDilation};
  }
  const auto found = frameworks::framework_named(framework);
  REQUIRE(found);
  question.frameworks = {*found};
  return question;
}

Texts texts_of(const Question& question) {
  const auto answer = solve(question);
  REQUIRE(answer);
  CHECK(answer->complete);
  Texts texts;
  for (const Solution& s : answer->solutions) texts.insert(layer_text(question, s));
  CHECK(texts.size() == answer->solutions.size());
  return texts;
}

struct Numbers {
  std::int64_t k = 1, s = 1, d = 1;
};

void each_geometry(const std::function<void(const Numbers&)>& visit) {
  for (std::int64_t k = 1; k <= kMostKernel; ++k)
    for (std::int64_t s = 1; s <= kMostStride; ++s)
      for (std::int64_t d = 1; d <= kMostDilation; ++d) visit({k, s, d});
}

std::string unless(std::int64_t silent, std::string_view word, std::int64_t value) {
  return value == silent ? "" : fmt::format(", {}={}", word, value);
}

// One layer of the space; x and w are shapes with the length of x left out.
struct Candidate {
  std::string text{};
  std::int64_t kernel = 1;
};

std::vector<Candidate> pytorch_space() {
  std::vector<Candidate> space;
  each_geometry([&](const Numbers& n) {
    const auto add = [&](const std::string& name, const std::string& padding) {
      space.push_back({fmt::format("nn.{}1d(1, 1, {}{}{}{})", name, n.k, unless(1, "stride", n.s),
                                   padding, unless(1, "dilation", n.d)),
                       n.k});
    };
    add("Conv", ", padding='same'");
    add("Conv", ", padding='valid'");
    for (std::int64_t p = 0; p <= (n.k - 1) * n.d; ++p) {
      add("Conv", unless(0, "padding", p));
      for (std::int64_t op = 0; op <= 3; ++op) {
        add("ConvTranspose", unless(0, "padding", p) + unless(0, "output_padding", op));
      }
    }
  });
  return space;
}

std::vector<Candidate> keras_space() {
  std::vector<Candidate> space;
  each_geometry([&](const Numbers& n) {
    const auto add = [&](const std::string& name, const std::string& padding) {
      space.push_back(
          {fmt::format("keras.layers.{}(1, {}{}{}{})", name, n.k, unless(1, "strides", n.s),
                       padding, unless(1, "dilation_rate", n.d)),
           n.k});
    };
    for (const std::string word : {"valid", "same", "causal"}) {
      add("Conv1D", fmt::format(", padding='{}'", word));
      for (std::int64_t op = -1; op <= 3; ++op) {
        add("Conv1DTranspose",
            fmt::format(", padding='{}'{}", word, unless(-1, "output_padding", op)));
      }
    }
  });
  return space;
}

std::vector<Candidate> onnx_space() {
  std::vector<Candidate> space;
  each_geometry([&](const Numbers& n) {
    const auto list = [](std::string_view word, std::int64_t silent, std::int64_t value) {
      return value == silent ? "" : fmt::format(", {}=[{}]", word, value);
    };
    const auto add = [&](const std::string& op, const std::string& rest) {
      space.push_back(
          {fmt::format("onnx.helper.make_node('{}', ['X', 'W'], ['Y'], "
                       "kernel_shape=[{}]{}{}{})",
                       op, n.k, list("strides", 1, n.s), rest, list("dilations", 1, n.d)),
           n.k});
    };
    std::vector<std::string> paddings;
    for (std::int64_t a = 0; a <= (n.k - 1) * n.d; ++a)
      for (std::int64_t b = std::max<std::int64_t>(0, a - 1); b <= std::min(a + 1, (n.k - 1) * n.d);
           ++b)
        paddings.push_back(a == 0 && b == 0 ? "" : fmt::format(", pads=[{}, {}]", a, b));
    for (const std::string word : {"VALID", "SAME_UPPER", "SAME_LOWER"}) {
      paddings.push_back(fmt::format(", auto_pad='{}'", word));
    }
    for (const std::string& padding : paddings) {
      add("Conv", padding);
      for (std::int64_t op = 0; op <= 3; ++op) {
        add("ConvTranspose", padding + list("output_padding", 0, op));
      }
    }
    for (std::int64_t size = 1; size <= kMostSize; ++size) {
      add("ConvTranspose", list("output_shape", 0, size));
      add("ConvTranspose", ", auto_pad='SAME_UPPER'" + list("output_shape", 0, size));
    }
  });
  return space;
}

struct Space {
  std::string framework{};
  std::vector<Candidate> (*candidates)();
  bool channels_last = false;
};

const Space kSpaces[] = {
    {"pytorch", &pytorch_space}, {"keras", &keras_space, true}, {"onnx", &onnx_space}};

TEST_CASE("solve: along one axis, just the layers that brute force finds") {
  for (const Space& space : kSpaces) {
    CAPTURE(space.framework);
    std::map<std::pair<std::int64_t, std::int64_t>, Texts> expected;
    for (const Candidate& c : space.candidates()) {
      for (std::int64_t from = 1; from <= kMostSize; ++from) {
        const Shape x = space.channels_last ? Shape{1, from, 1} : Shape{1, 1, from};
        const Shape w = space.channels_last ? Shape{c.kernel, 1, 1} : Shape{1, 1, c.kernel};
        const auto lowering = lower_test({.spec = c.text, .x = x, .weights = {w}});
        if (!lowering) continue;
        expected[{from, lowering->y_shape[space.channels_last ? 1 : 2]}].insert(c.text);
      }
    }
    std::size_t answers = 0;
    for (std::int64_t from = 1; from <= kMostSize; ++from) {
      for (std::int64_t to = 1; to <= kMostSize; ++to) {
        CAPTURE(from);
        CAPTURE(to);
        const Texts& wanted = expected[{from, to}];
        CHECK(texts_of(question_of(space.framework, {{.from = {from}, .to = {to}}})) == wanted);
        answers += wanted.size();
      }
    }
    CHECK(answers > (tests::kSanitized ? 300 : 500));  // the space is not empty by mistake
  }
}

// Two axes with sizes of their own share kernel and dilation; everything else is free.
TEST_CASE("solve: axes that are asked differently combine in every way, Keras's rules included") {
  const std::pair<std::int64_t, std::int64_t> h{3, 6}, w{4, 4};
  Texts expected;
  each_geometry([&](const Numbers& n) {
    for (std::int64_t other = 1; other <= kMostStride; ++other)
      for (const std::string word : {"valid", "same"})
        for (std::int64_t a = -1; a <= 2; ++a)
          for (std::int64_t b = -1; b <= 2; ++b) {
            if ((a < 0) != (b < 0)) continue;
            const auto pair = [](std::string_view name, std::int64_t x, std::int64_t y) {
              return x == y ? fmt::format(", {}={}", name, x)
                            : fmt::format(", {}=({}, {})", name, x, y);
            };
            const std::string text = fmt::format(
                "keras.layers.Conv2DTranspose(1, {}{}, padding='{}'{}{})", n.k,
                n.s == 1 && other == 1 ? "" : pair("strides", n.s, other), word,
                a < 0 ? "" : pair("output_padding", a, b), unless(1, "dilation_rate", n.d));
            const auto lowering = lower_test({.spec = text, .x = {1, h.first, w.first, 1}});
            if (lowering && lowering->y_shape == Shape{1, h.second, w.second, 1}) {
              expected.insert(text);
            }
          }
  });
  Question question = question_of(
      "keras", {{.from = {h.first}, .to = {h.second}}, {.from = {w.first}, .to = {w.second}}});
  question.direction = Direction::Transposed;
  CHECK(expected.size() > 5);
  CHECK(texts_of(question) == expected);
}

TEST_CASE("solve: several inputs ask for one layer that takes each to its output") {
  const AxisQuestion all{.from = {7, 14, 28}, .to = {14, 28, 56}};
  Texts each;
  for (std::size_t i = 0; i < 3; ++i) {
    const Texts found =
        texts_of(question_of("pytorch", {{.from = {all.from[i]}, .to = {all.to[i]}}}));
    Texts both;
    std::set_intersection(each.begin(), each.end(), found.begin(), found.end(),
                          std::inserter(both, both.end()));
    each = i == 0 ? found : both;
  }
  CHECK(each.count("nn.ConvTranspose1d(1, 1, 2, stride=2)") == 1);
  CHECK(texts_of(question_of("pytorch", {all})) == each);
}

TEST_CASE("solve: the space that is asked for bounds the answers") {
  Question question = question_of("onnx", {{.from = {5}, .to = {9}}});
  question.axes[0].kernel = question.axes[0].dilation = {1, 1};
  question.axes[0].stride = {2, 2};
  question.axes[0].padding = PaddingRange{.low = {0, 0}, .high = {0, 0}};
  question.axes[0].output_padding = Range{0, 0};
  CHECK(texts_of(question) == Texts{"onnx.helper.make_node('ConvTranspose', ['X', 'W'], ['Y'], "
                                    "kernel_shape=[1], strides=[2])"});
  question.axes[0].padding->high = {-1, 1};  // pads of -1 are no node's
  question.axes[0].padding->pair = true;
  question.axes[0].kernel = {1, 2};
  CHECK(texts_of(question).size() == 2);
  question.padding_word = "valid";
  CHECK(texts_of(question) == Texts{"onnx.helper.make_node('ConvTranspose', ['X', 'W'], ['Y'], "
                                    "kernel_shape=[1], strides=[2], auto_pad='VALID')"});
}

TEST_CASE("solve: ranges too wide to go through are refused before work starts") {
  Question question = question_of("pytorch", {{.from = {5}, .to = {9}}});
  question.axes[0].kernel = question.axes[0].stride = {1, 1 << 20};
  const auto answer = solve(question);
  REQUIRE(!answer);
  CHECK(answer.error().code == ErrorCode::Usage);
}

TEST_CASE("nearest: the outputs on either side, each with a layer that has it") {
  Question question = question_of("pytorch", {{.from = {44}, .to = {89}}});
  question.axes[0].kernel = {2, 2};
  question.axes[0].stride = {2, 2};
  question.axes[0].dilation = {1, 1};
  question.axes[0].output_padding = Range{0, 0};
  question.direction = Direction::Transposed;
  const auto near = nearest(question);
  REQUIRE(near);
  REQUIRE(near->size() == 1);
  CHECK(!near->at(0).reachable);
  REQUIRE(near->at(0).nearest.size() == 1);
  CHECK(near->at(0).nearest[0].to == std::vector<std::int64_t>{88});
  CHECK(layer_text(near->at(0).nearest[0].question, near->at(0).nearest[0].solution) ==
        "nn.ConvTranspose1d(1, 1, 2, stride=2)");
}

TEST_CASE("ambiguity: what output_padding reaches, and which inputs a stride cannot tell apart") {
  const auto first = [](const std::string& framework, const AxisQuestion& axis) {
    const Question question = question_of(framework, {axis});
    const auto answer = solve(question);
    REQUIRE(answer);
    REQUIRE(!answer->solutions.empty());
    return ambiguity(question, answer->solutions[0], 0);
  };
  CHECK(first("pytorch", {.from = {44}, .to = {88}}).outputs == std::vector<std::int64_t>{88, 89});
  CHECK(first("pytorch", {.from = {89}, .to = {44}}).inputs == Range{88, 89});
  CHECK(first("keras", {.from = {89}, .to = {45}}).inputs == Range{89, 90});
}

}  // namespace
}  // namespace tconv::solve
