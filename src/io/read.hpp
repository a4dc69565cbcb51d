// Tensor arguments: what a user may write where the command line takes a tensor.
#pragma once
#include <optional>
#include <string>

#include "io/tensor.hpp"

namespace tconv::io {

struct ReadOptions {
  // Meaning of two-byte void records (`|V2`), which is how NumPy stores bfloat16; without it they
  // are refused.
  bool void2_is_bfloat16 = false;
  // Where relative paths start; empty: the working directory.
  std::string base{};
};

// Reads `file.npy`, `file.npz:NAME` and `file.safetensors:NAME` (NAME may be left out where there
// is one), `model.onnx:NAME` (a stored tensor), `file.json`, `-` (standard input, by its first
// bytes), inline JSON
// `[[0,1],[2,3]]` or `{"shape":...}` or one number (where no file is called so), and the makers
// `arange:2,3`, `ones:3,3`, `zeros:3,3`, `impulse:5,5`, `random:1,3,8,8:SEED` (io/makers.hpp). A
// file's first bytes count for more than its extension; a file called like a maker is `./ones:3,3`.
// Fails with Input, ShapeMismatch or DTypeMismatch where the tensor is at fault, TooLarge, Usage
// where the argument is none of these, and Unsupported for formats that are known but not read.
Result<Tensor> read_tensor(const std::string& argument, const ReadOptions& options = {});

}  // namespace tconv::io
