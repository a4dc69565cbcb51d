// Reading .npy files in place.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "io/npy_header.hpp"
#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::io {

// The tensor over the bytes of `file`, which it keeps alive: no copy is made, whatever the order of
// axes or bytes. Bytes after the last element are ignored, as numpy.load does. Fails with Input,
// DTypeMismatch or ShapeMismatch, `where` being `name`.
Result<Tensor> read_npy(const support::MappedFile& file, const std::string& name,
                        bool void2_is_bfloat16);

// The bytes that the elements of this header take; `found_bytes` are there after it. Fails with
// Input where that is too few, and with ShapeMismatch; `where` stays empty.
Result<std::size_t> npy_data_bytes(const NpyHeader& header, std::uint64_t found_bytes);

// The tensor of this header over its elements.
Tensor npy_tensor(const NpyHeader& header, std::shared_ptr<const std::byte> data);

}  // namespace tconv::io
