// A tensor from JSON text, in two walks.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/json.hpp"
#include "io/json_shape.hpp"
#include "io/json_values.hpp"
#include "io/json_walk.hpp"

namespace tconv::io {
namespace {

// What nested rows can show of a shape: nothing behind an extent of 0.
Shape visible(const Shape& shape) {
  const auto empty = std::find(shape.begin(), shape.end(), 0);
  return {shape.begin(), empty == shape.end() ? empty : empty + 1};
}

// The tensor's shape: as the frame says, where the data agrees with it.
Result<Shape> agreed_shape(const JsonFrame& frame, const JsonShape& data, DType dtype) {
  if (!frame.shape) return data.shape();
  if (visible(*frame.shape) == data.shape()) return *frame.shape;
  const auto count = element_count(*frame.shape, dtype);
  if (!count) return count.error();
  if (data.shape().size() != 1) {
    return Error{.code = ErrorCode::ShapeMismatch,
                 .what = fmt::format(R"("shape" says {}, "data" is nested as {})",
                                     shape_text(*frame.shape), shape_text(data.shape()))};
  }
  if (*count != data.count()) {
    return Error{.code = ErrorCode::ShapeMismatch,
                 .what = fmt::format(R"("shape" {} needs {} elements, "data" has {})",
                                     shape_text(*frame.shape), *count, data.count())};
  }
  return *frame.shape;
}

Result<Tensor> read_unnamed(std::string_view text) {
  JsonShape data;
  const auto frame = walk_json(text, data);
  if (!frame) return frame.error();
  const DType dtype = frame->dtype.value_or(DType::Float64);
  const auto shape = agreed_shape(*frame, data, dtype);
  if (!shape) return shape.error();
  auto made = allocate_tensor(dtype, *shape);
  if (!made) return made.error();

  JsonValues values(dtype, data.shape(), made->bytes);
  if (const auto again = walk_json(text, values); !again) return again.error();
  made->tensor.untyped = !frame->dtype;
  return std::move(made->tensor);
}

}  // namespace

Result<Tensor> read_json(std::string_view text, const std::string& name) {
  auto tensor = read_unnamed(text);
  if (tensor) {
    tensor->name = name;
  } else {
    tensor.error().where = name;
  }
  return tensor;
}

}  // namespace tconv::io
