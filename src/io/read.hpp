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

// Reads `file.npy`, `file.json`, `-` (standard input, by its first bytes), inline JSON
// `[[0,1],[2,3]]` or `{"shape":...}`, and the makers `arange:2,3`, `ones:3,3`, `zeros:3,3`,
// `impulse:5,5`, `random:1,3,8,8:SEED`. Fails with Input, and Usage where the argument is none of
// these.
Result<Tensor> read_tensor(const std::string& argument, const ReadOptions& options = {});

}  // namespace tconv::io
