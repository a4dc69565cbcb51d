// Sizes and ranges as `tconv solve` reads them.
#pragma once
#include <string>
#include <vector>

#include "solve/solve.hpp"

namespace tconv::cli {

// "7,14,28" or "7x9,14x18": inputs, each one size for every axis or one an axis. Fails with Usage.
Result<std::vector<Shape>> parse_sizes(const std::string& flag, const std::string& text);

// "3", "1..7", or one of them an axis: "3,1..5". `least` is the least value allowed. Fails with
// Usage.
Result<std::vector<solve::Range>> parse_ranges(const std::string& flag, const std::string& text,
                                               std::int64_t least);

// As parse_ranges; each may be a pair "0..1:1..2" of ranges for the two ends.
Result<std::vector<solve::PaddingRange>> parse_padding_ranges(const std::string& text);

}  // namespace tconv::cli
