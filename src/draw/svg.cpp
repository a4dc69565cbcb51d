#include "draw/svg.hpp"

#include <fmt/format.h>

namespace tconv::draw {

std::string xml_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
          result += "\xef\xbf\xbd";
        } else {
          result += c;
        }
    }
  }
  return result;
}

std::string svg_text(double x, double y, std::string_view text, const TextStyle& style) {
  return fmt::format(
      R"(<text x="{:.1f}" y="{:.1f}" font-size="{:.4g}" text-anchor="{}" fill="{}"{}{}>{}</text>)"
      "\n",
      x, y, style.size, style.anchor, style.fill, style.bold ? R"( font-weight="bold")" : "",
      style.halo ? R"( stroke="#ffffff" stroke-width="4" paint-order="stroke")" : "",
      xml_text(text));
}

std::string Svg::file() const {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" )"
      R"(viewBox="0 0 {0:.0f} {1:.0f}" role="img" font-family="system-ui, sans-serif">)"
      "\n<title>{2}</title>\n<desc>{3}</desc>\n"
      R"(<rect width="100%" height="100%" fill="#ffffff"/>)"
      "\n{4}</svg>\n",
      width, height, xml_text(title), xml_text(description), body);
}

}  // namespace tconv::draw
