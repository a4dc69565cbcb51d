// One column format for all numbers of a printed tensor, chosen from their values as NumPy does.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/tensor.hpp"

namespace tconv::io {

// Formats elements of one tensor to one width.
class NumberFormat {
 public:
  // For the elements at `indices` of a dense tensor, `precision` digits after the point at most.
  NumberFormat(const Tensor& tensor, const std::vector<std::int64_t>& indices, int precision);

  std::string text(std::int64_t index) const;

 private:
  void fit_floats(const std::vector<std::int64_t>& indices);
  void fit_integers(const std::vector<std::int64_t>& indices);
  std::string float_text(double value) const;
  double value_at(std::int64_t index) const;

  const Tensor& tensor_;
  int precision_;
  bool scientific_ = false;
  std::size_t left_ = 0;   // width before the decimal point, or of an integer
  std::size_t right_ = 0;  // width after it
  int exponent_digits_ = 2;
};

}  // namespace tconv::io
