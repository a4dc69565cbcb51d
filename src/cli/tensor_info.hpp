// What a tensor is and what its elements are like, for people and for programs.
#pragma once
#include <string>

#include "tconv/result.hpp"

namespace tconv::cli {

struct TensorInfoOptions {
  bool header_only = false;  // reads no element of a file
  bool json = false;         // an object instead of lines
};

// Of a tensor argument. Fails as io::read_tensor().
Result<std::string> tensor_info(const std::string& argument, const TensorInfoOptions& options);

}  // namespace tconv::cli
