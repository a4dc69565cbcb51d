// How a source's weights become the target's: the same elements along other axes.
#pragma once
#include <string>

#include "frameworks/port.hpp"

namespace tconv::frameworks {

// A view of the source's dense tensor in the target's order; `shape` is what it is then called.
struct WeightConversion {
  Shape view_shape{}, view_strides{};
  std::int64_t view_offset = 0;  // elements
  Shape source{};                // as its framework has it
  Shape shape{};                 // with an axis for the branches before, where there are several
  std::string expression{};      // "w.transpose(2, 3, 1, 0)", as NumPy has it
};

// Of the stage's weights, whose shape is `source`; empty where it is not known.
WeightConversion weight_conversion(const PortedStage& stage, const Shape& source);

}  // namespace tconv::frameworks
