// Reading .npy files in place.
#pragma once
#include <string>

#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::io {

// The tensor over the bytes of `file`, which it keeps alive: no copy is made, whatever the order of
// axes or bytes. Bytes after the last element are ignored, as numpy.load does. Fails with Input,
// DTypeMismatch or ShapeMismatch, `where` being `name`.
Result<Tensor> read_npy(const support::MappedFile& file, const std::string& name,
                        bool void2_is_bfloat16);

}  // namespace tconv::io
