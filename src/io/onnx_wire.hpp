// The fields of a protobuf message where they lie: a model's tensors are not to be copied only to
// find one of its nodes.
#pragma once
#include <functional>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::io {

struct WireField {
  int number = 0;
  bool is_bytes = false;     // a string, bytes, a message, or packed numbers
  std::string_view value{};  // of such a field
  std::string_view whole{};  // with its tag
};

using FieldVisitor = std::function<Result<void>(const WireField&)>;

// Calls `visit` for each field, in the order of the bytes, until it fails. Fails with Input where
// the bytes are no message.
Result<void> visit_fields(std::string_view message, const FieldVisitor& visit);

}  // namespace tconv::io
