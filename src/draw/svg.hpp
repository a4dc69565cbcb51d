// Pieces of an SVG file.
#pragma once
#include <string>
#include <string_view>

namespace tconv::draw {

// Text as XML takes it: & < > " escaped, control characters, which it has no room for, as U+FFFD.
std::string xml_text(std::string_view text);

struct Svg {
  double width = 0, height = 0;
  std::string title{}, description{};  // what a screen reader says
  std::string body{};

  // The whole file: white background, no script, no font or picture from elsewhere.
  std::string file() const;
};

struct TextStyle {
  double size = 12;
  std::string_view anchor = "start";  // or middle, end
  std::string_view fill = "#222222";
  bool bold = false;
  bool halo = false;  // a white edge, to be read on anything
};

std::string svg_text(double x, double y, std::string_view text, const TextStyle& style);

}  // namespace tconv::draw
