// Any layout and byte order to the one the engine reads: dense C order, native, aligned.
#pragma once
#include "io/tensor.hpp"

namespace tconv::io {

// The same elements with the strides of c_strides(shape), in native byte order and aligned to their
// size; shares the bytes where they are so already. Fails with TooLarge.
Result<Tensor> gathered(const Tensor& tensor);

}  // namespace tconv::io
