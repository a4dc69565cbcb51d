// Making a tensor's spatial axes longer or shorter at their end, in a framework's own program.
#pragma once
#include <string>
#include <string_view>

#include "frameworks/arguments.hpp"

namespace tconv::frameworks {

// Code that appends that many zeros along each spatial axis, outermost first. Empty for frameworks
// without networks (SciPy).
std::string pad_code(std::string_view framework, std::string_view tensor, const Sizes& zeros);

// Code that keeps the first `cut_to` elements of axes that are `length` long.
struct Cut {
  Sizes length{}, cut_to{};
};
std::string cut_code(std::string_view framework, std::string_view tensor, const Cut& cut);

}  // namespace tconv::frameworks
