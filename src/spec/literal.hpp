// Numbers and strings as Python writes them.
#pragma once
#include <string_view>

#include "spec/token.hpp"
#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

// `1_000`, `0x10`, `0b1`; with `negative`, the number with a minus in front. Fails with Spec where
// the token is malformed or beyond 64 bits.
Result<Value> integer_value(std::string_view source, const Token& token, bool negative);

// `1e-3`, `.5`. Fails with Spec.
Result<Value> real_value(std::string_view source, const Token& token);

// A string without its quotes, escapes replaced, in UTF-8. Bytes (`b"SAME"`) are read as text.
// Fails with Spec.
Result<Value> string_value(std::string_view source, const Token& token);

}  // namespace tconv::spec
