// JSON text as a Value that knows where everything stood.
#pragma once
#include <cstddef>
#include <string_view>

#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

struct JsonReading {
  Result<Value> value;
  std::size_t failed_at = 0;  // after a failure: the byte it is about
};

// Whether an object's member of this name holds a tensor: "weights", "bias".
bool is_tensor_key(std::string_view key);

// Reads all of `text`. Fails with Spec and a caret; a key given twice is an error. Integers beyond
// 64 bits become Float. Of a list or object under a tensor key only the top level is kept, and of
// numbers in a row only the first: who needs the tensor takes its text.
JsonReading read_json(std::string_view text);

}  // namespace tconv::spec
