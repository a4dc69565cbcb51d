// The picture of a difference: what it shows, that it is XML, and that it stays small.
#include "draw/heatmap.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "../diff/faults.hpp"
#include "draw/svg.hpp"

namespace tconv::draw {
namespace {

using tests::Image;

std::string drawn(const io::Tensor& a, const io::Tensor& b, int row_axis, int column_axis) {
  const io::Tolerance tolerance = io::default_tolerance(DType::Float32);
  const auto comparison = io::compare(a, b, tolerance);
  REQUIRE(comparison);
  return heatmap_svg({.a = a,
                      .b = b,
                      .tolerance = tolerance,
                      .comparison = *comparison,
                      .row_axis = row_axis,
                      .column_axis = column_axis});
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Every element that opens is closed, in order.
bool is_balanced(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    if (xml[end - 1] == '/') continue;
    const bool closing = xml[at + 1] == '/';
    const std::size_t begin = at + (closing ? 2 : 1);
    const std::string name = xml.substr(begin, xml.find_first_of(" >", begin) - begin);
    if (!closing) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

TEST_CASE("heatmap: a small plane shows its numbers") {
  const Image a{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}};
  const Image b{.shape = {2, 3}, .values = {1, 2, 3, 4, 5.5F, 3}};
  const std::string svg = drawn(a.tensor(), b.tensor(), 0, 1);
  CHECK(is_balanced(svg));
  CHECK(times(svg, ">2 of 6 elements differ</text>") == 1);
  CHECK(times(svg, ">0.5</text>") >= 1);
  CHECK(times(svg, ">axis 0</text>") == 1);
  CHECK(times(svg, ">axis 1</text>") == 1);
  CHECK(times(svg, "around the worst") == 0);  // the plane shows it
  CHECK(svg == drawn(a.tensor(), b.tensor(), 0, 1));
}

TEST_CASE("heatmap: a large plane is put into cells, and the worst element is shown beside it") {
  const Image a = tests::normal_image({2, 3, 300, 200}, 1);
  Image b = a;
  b.values[70000] += 3;
  b.values[70001] = std::nanf("");
  const std::string svg = drawn(a.tensor(), b.tensor(), 2, 3);
  CHECK(is_balanced(svg));
  CHECK(times(svg, "largest |A - B| over axes 0, 1") >= 1);
  CHECK(times(svg, ">axis 2, 4 indices a cell</text>") == 1);
  CHECK(times(svg, "A - B around the worst, (0, 1, 50, 1)") == 1);
  CHECK(times(svg, "url(#hatch)") >= 2);  // in the window and the legend
  CHECK(times(svg, ">NaN or infinite</text>") == 1);
  CHECK(svg.size() < 60000);
}

TEST_CASE("heatmap: every element differs, in every rank") {
  for (const Shape& shape : {Shape{}, Shape{500}, Shape{9, 9}, Shape{1, 2, 97, 1000}}) {
    const int rank = static_cast<int>(shape.size());
    const Image a = tests::normal_image(shape, 2);
    const std::string svg =
        drawn(a.tensor(), tests::normal_image(shape, 3).tensor(), rank - 2, rank - 1);
    CAPTURE(rank);
    CHECK(is_balanced(svg));
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.size() < 2000000);
  }
  const Image same = tests::normal_image({4, 4}, 4);
  CHECK(times(drawn(same.tensor(), same.tensor(), 0, 1), "all 16 elements are within tolerance") ==
        2);
}

TEST_CASE("heatmap: names do not break the file") {
  const Image a{.shape = {1}, .values = {1}};
  io::Tensor hostile = a.tensor();
  hostile.name = "a<b>&\"\x1b.npy";
  const std::string svg = drawn(hostile, Image{.shape = {1}, .values = {2}}.tensor(), -1, 0);
  CHECK(is_balanced(svg));
  CHECK(svg.find("a&lt;b&gt;&amp;&quot;\xef\xbf\xbd.npy") != std::string::npos);
}

}  // namespace
}  // namespace tconv::draw
