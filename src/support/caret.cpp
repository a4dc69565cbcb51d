// The line of a text that an error is about, with a caret under the place. What is shown is safe
// for a terminal: tabs become one space, other control characters and broken UTF-8 a `?`.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/caret.hpp"

namespace tconv::support {
namespace {

constexpr int kWidth = 76;  // columns of an excerpt at most
constexpr std::string_view kCut = "...";
// Bytes looked at on either side of the caret. Enough for any window; a line of megabytes costs
// nothing more.
constexpr std::size_t kReach = 512;

struct Range {
  char32_t first = 0, last = 0;
};

constexpr Range kZeroWidth[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};
constexpr Range kDoubleWidth[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                  {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                  {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <std::size_t N>
bool within(const Range (&ranges)[N], char32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& r) { return r.first <= code && code <= r.last; });
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

struct Glyph {
  std::string_view text{};  // as shown
  int width = 1;
  std::size_t bytes = 1;  // of the source
};

Glyph glyph_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead == '\t') return {.text = " "};
  if (lead < 0x20 || lead == 0x7F) return {.text = "?"};
  if (lead < 0x80) return {.text = text.substr(at, 1)};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < bytes) return {.text = "?"};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text[at + i])) return {.text = "?"};
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0x80, 0x800, 0x10000};  // shorter forms exist below these
  const bool surrogate = 0xD800 <= code && code <= 0xDFFF;
  if (code < kLeast[bytes - 2] || code > 0x10FFFF || surrogate) return {.text = "?"};
  if (code < 0xA0) return {.text = "?", .bytes = bytes};
  const int width = within(kZeroWidth, code) ? 0 : within(kDoubleWidth, code) ? 2 : 1;
  return {.text = text.substr(at, bytes), .width = width, .bytes = bytes};
}

// The part of a line that can be shown, and where the caret lies in it.
struct Line {
  std::vector<Glyph> glyphs{};
  std::size_t caret = 0;  // index into glyphs, or their number
  bool cut_left = false, cut_right = false;
};

Line line_at(std::string_view source, std::size_t offset) {
  std::size_t begin = offset == 0 ? 0 : source.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
  std::size_t end = std::min(source.find('\n', offset), source.size());
  if (end > offset && source[end - 1] == '\r') --end;
  Line line;
  line.cut_left = offset - begin > kReach;
  line.cut_right = end - offset > kReach;
  if (line.cut_left) begin = offset - kReach;
  if (line.cut_right) end = offset + kReach;
  while (line.cut_left && begin < offset && continues(source[begin])) ++begin;
  while (line.cut_right && end > offset && continues(source[end])) --end;

  const std::string_view text = source.substr(0, end);
  for (std::size_t at = begin; at < end; at += line.glyphs.back().bytes) {
    line.glyphs.push_back(glyph_at(text, at));
    if (at + line.glyphs.back().bytes <= offset) ++line.caret;
  }
  return line;
}

}  // namespace

std::string caret_excerpt(std::string_view source, std::size_t offset) {
  const Line line = line_at(source, std::min(offset, source.size()));
  const auto width_of = [&](std::size_t from, std::size_t to) {
    int width = 0;
    for (std::size_t i = from; i < to; ++i) width += line.glyphs[i].width;
    return width;
  };
  std::size_t from = 0, to = line.glyphs.size();
  if (line.cut_left || line.cut_right || width_of(from, to) > kWidth) {
    // Half of the window before the caret, the rest after it, and what that leaves before it.
    const int room = kWidth - 2 * static_cast<int>(kCut.size());
    const int before = width_of(0, line.caret), after = width_of(line.caret, to);
    const int right = std::min(after, room - std::min(before, room / 2));
    const int left = std::min(before, room - right);
    while (width_of(from, line.caret) > left) ++from;
    while (width_of(line.caret, to) > right) --to;
  }
  std::string shown, under;
  if (from > 0 || line.cut_left) shown = kCut;
  under.assign(shown.size() + static_cast<std::size_t>(width_of(from, line.caret)), ' ');
  for (std::size_t i = from; i < to; ++i) shown += line.glyphs[i].text;
  if (to < line.glyphs.size() || line.cut_right) shown += kCut;
  return shown + "\n" + under + "^";
}

}  // namespace tconv::support
