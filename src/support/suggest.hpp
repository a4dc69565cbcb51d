// "did you mean": the known word nearest to an unknown one.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tconv::support {

// The word of `known` within an edit distance (insert, delete, replace, swap neighbours; letter
// case costs nothing) of a third of the longer of the two, the nearest, and of equally near ones
// the first; empty if there is none.
std::string nearest_word(std::string_view word, std::span<const std::string_view> known);

// ` (did you mean "stride"?)`, or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace tconv::support
