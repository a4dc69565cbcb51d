// JSON numbers into the elements of a tensor.
#pragma once
#include <cstddef>
#include <cstdint>

#include "io/json_walk.hpp"

namespace tconv::io {

// Listens to the data for its numbers: each goes, rounded once to `dtype`, to the next element of
// `bytes`, which has room for as many as the shape says.
class JsonValues : public JsonData {
 public:
  // `data_shape`: as the data is nested, for messages.
  JsonValues(DType dtype, const Shape& data_shape, std::byte* bytes)
      : dtype_(dtype), data_shape_(data_shape), bytes_(bytes) {}

  bool begin_row() override { return true; }
  bool end_row() override { return true; }
  bool scalar(const JsonScalar& scalar) override;

 private:
  DType dtype_;
  const Shape& data_shape_;
  std::byte* bytes_;
  std::int64_t index_ = 0;
};

}  // namespace tconv::io
