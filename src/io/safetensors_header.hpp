// The header of a safetensors file, checked against the bytes behind it.
// Source: huggingface/safetensors, README.md "Format" and safetensors/src/tensor.rs, version 0.5.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

struct SafetensorsEntry {
  std::string name{};
  std::string dtype{};  // as written: "BF16"
  Shape shape{};
  std::uint64_t begin = 0, end = 0;  // of its elements, from data_offset_bytes on
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries{};  // in the order of the header
  std::uint64_t data_offset_bytes = 0;
};

// `file` is all of it. The entries fill the bytes after the header without overlap or hole, each
// with as many as its shape takes where safetensors_dtype() knows the type. Fails with Input;
// `where` stays empty.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view file);

// nullopt: not one that tconv reads.
std::optional<DType> safetensors_dtype(std::string_view name);

}  // namespace tconv::io
