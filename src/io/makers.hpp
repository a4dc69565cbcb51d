// Tensors made from a few words: `arange:2,3`, `ones:3,3`, `zeros:3,3`, `impulse:5,5`,
// `random:1,3,8,8:SEED`.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/tensor.hpp"

namespace tconv::io {

// The tensor, where `argument` begins with a maker's name and a colon. All of them are `untyped`:
//   arange   0, 1, 2, ... in C order
//   impulse  1 at index extent/2 of every axis, else 0
//   random   uniform in [-1, 1) on a grid of 2^-23, so that float32 and float64 hold the same
//            values: element i is the top 24 bits of the i-th output of splitmix64(SEED), scaled;
//            SEED is 0 where it is left out
// At least one extent is needed; a scalar is written as a number. Fails with Usage where the
// extents or the seed cannot be read, ShapeMismatch and TooLarge as allocate_tensor.
std::optional<Result<Tensor>> make_tensor(const std::string& argument);

std::span<const std::string_view> maker_names();

}  // namespace tconv::io
