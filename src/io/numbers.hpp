// Elements of any dtype as numbers to calculate with, and as digits to read.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "io/tensor.hpp"

namespace tconv::io {

// Elements [begin, begin + out.size()) of a tensor that is dense, in C order and native, as
// gathered() gives it. Integers of 64 bits are rounded to a double; a long double holds them all.
void read_numbers(const Tensor& dense, std::int64_t begin, std::span<double> out);
void read_numbers(const Tensor& dense, std::int64_t begin, std::span<long double> out);

// An element of any tensor with the digits of its own dtype: "0.1", "9223372036854775807", "nan".
std::string number_text(const Tensor& tensor, const Shape& index);

// A number of a floating dtype in the same way: 9, 0.1, 1e-05.
std::string number_text(double value, DType dtype);

// Where element `position`, counted in C order, lies.
Shape index_of(std::int64_t position, const Shape& shape);

}  // namespace tconv::io
