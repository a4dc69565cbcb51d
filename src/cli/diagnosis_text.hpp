// What a diagnosis found, for people and for programs.
#pragma once
#include <string>

#include "diff/diagnose.hpp"
#include "diff/locate.hpp"

namespace tconv::cli {

// "equal after shifting B by (1, 1); 9 of 16 elements have a counterpart", or that nothing was
// found.
std::string diagnosis_text(const diff::Diagnosis& diagnosis, const Shape& shape);
std::string diagnosis_json(const diff::Diagnosis& diagnosis, const Shape& shape);  // an object

// "within 1 of the border of axes 2 and 3"
std::string pattern_text(const diff::Pattern& pattern, const Shape& shape);
std::string pattern_json(const diff::Pattern& pattern);  // an object

// A finite number, or the string "NaN", "Infinity" or "-Infinity".
std::string json_number(double value);

}  // namespace tconv::cli
