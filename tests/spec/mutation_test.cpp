// Damaged SPECs: whatever the bytes, the answer is layers or an error that a terminal can show.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "spec/spec.hpp"

namespace tconv::spec {
namespace {

// One of each form. parse_spec must not take a damaged one for a file's name, so none looks so.
const std::string kSeeds[] = {
    "nn.ConvTranspose2d(1, 1, kernel_size=(2, 2), stride=(3, 3), bias=False)",
    "self.up[0] = tf.keras.layers.Conv2D(2*3 // -4, [.5, 0x1F], padding=\"same\", a={'b': "
    "None})(x)",
    "Sequential(\n  (0): Conv2d(4, 6, padding=same)  # c\n  (1-2): 2 x Block(\n    (a): ReLU()\n  "
    ")\n)",
    "Conv(\n    # attributes\n    features = 8\n    init = <function a at 0x7f>\n)",
    "nn.Sequential(OrderedDict([('a', nn.Conv2d(1, 1, 3)), (r'\\d', f.g(h)[0].i)]))\nm.add(X)",
    R"({"framework": "keras", "layer": "Conv2D", "s": [1, -2.5e3], "weights": [[1, 2], ["NaN"]]})",
    R"json({"layers": ["nn.Conv2d(1, 1, 3)", {"spec": "A(é)", "bias": {"data": [0]}}, {"layer": "B"}]})json",
    R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "C", "config": {}}]}})",
    "{'class_name': 'Conv2D', 'config': {'k': (3, 3), 'n': None, 's': '\\x41\\u00e9'}}",
};

// One printable line and a caret below it, or two empty ones.
bool is_showable(const std::string& excerpt) {
  if (excerpt.empty()) return true;
  const std::size_t line_end = excerpt.find('\n');
  if (line_end == std::string::npos) return false;
  const std::string_view under = std::string_view(excerpt).substr(line_end + 1);
  const bool caret = under.ends_with('^') && under.find_first_not_of(' ') == under.size() - 1;
  const bool printable = std::none_of(excerpt.begin(), excerpt.begin() + std::ptrdiff_t(line_end),
                                      [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  return caret && printable && under.size() <= 77;
}

void check(const std::string& text) {
  // Standard input and files are not this test's business.
  if (text == "-" || text.find_first_of("({[\n") == std::string::npos) return;
  const Result<Spec> spec = parse_spec(text);
  const bool sound = spec ? !spec->layers.empty()
                          : !spec.error().what.empty() && is_showable(spec.error().excerpt);
  if (sound) return;
  CAPTURE(text);
  CHECK(sound);
}

TEST_CASE("a SPEC cut off anywhere is layers or an error") {
  for (const std::string& seed : kSeeds)
    for (std::size_t i = 0; i <= seed.size(); ++i) {
      check(seed.substr(0, i));
      check(seed.substr(i));
    }
}

TEST_CASE("a SPEC with any one byte changed is layers or an error") {
  constexpr std::string_view kBytes("()[]{}'\",:=\\#\n\0 -x0.<>\xC3\xFF", 24);
  for (const std::string& seed : kSeeds)
    for (std::size_t i = 0; i < seed.size(); ++i)
      for (const char byte : kBytes) {
        std::string text = seed;
        text[i] = byte;
        check(text);
      }
}

TEST_CASE("SPECs cut up and put together at random are layers or an error") {
  std::mt19937 random(20240229);  // a fixed seed: failures repeat
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t pieces = 1 + below(4); pieces > 0; --pieces) {
      const std::string& seed = kSeeds[below(std::size(kSeeds))];
      const std::size_t begin = below(seed.size());
      text += seed.substr(begin, 1 + below(seed.size() - begin));
    }
    for (std::size_t flips = below(4); flips > 0; --flips)
      text[below(text.size())] = static_cast<char>(below(256));
    check(text);
    if (const Result<Value> value = parse_flag_value("--stride", text.substr(0, 8)); !value)
      CHECK(is_showable(value.error().excerpt));
  }
}

}  // namespace
}  // namespace tconv::spec
