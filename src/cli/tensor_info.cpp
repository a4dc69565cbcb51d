#include "cli/tensor_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

#include "cli/report.hpp"
#include "io/read.hpp"
#include "io/statistics.hpp"

namespace tconv::cli {
namespace {

// What is known without the elements.
struct Header {
  std::string name{};
  DType dtype = DType::Float32;
  Shape shape{};
  std::int64_t elements = 0, bytes = 0;
  std::string_view byte_order{};  // empty where elements are single bytes
  std::string_view order{};       // of axes: empty where there is only one
};

std::string_view order_of(const io::Tensor& tensor) {
  bool c = true, fortran = true;
  std::int64_t fortran_stride = 1;
  const Shape c_strides = io::c_strides(tensor.shape);
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    if (tensor.shape[axis] == 1) continue;
    c = c && tensor.strides[axis] == c_strides[axis];
    fortran = fortran && tensor.strides[axis] == fortran_stride;
    fortran_stride *= tensor.shape[axis];
  }
  if (c && fortran) return {};
  return c ? "C" : fortran ? "Fortran" : "strided";
}

Result<Header> header_of(const std::string& argument, const io::Tensor& tensor) {
  // Numbers without a dtype are what they become on their own.
  const DType dtype = tensor.untyped ? DType::Float32 : tensor.dtype;
  const auto count = io::element_count(tensor.shape, dtype);
  if (!count) return count.error();
  const bool little = (std::endian::native == std::endian::little) != tensor.swapped;
  return Header{.name = argument,
                .dtype = dtype,
                .shape = tensor.shape,
                .elements = *count,
                .bytes = *count * size_bytes(dtype),
                .byte_order = size_bytes(dtype) == 1 ? ""
                              : little               ? "little-endian"
                                                     : "big-endian",
                .order = order_of(tensor)};
}

std::string header_text(const Header& header) {
  std::string text = fmt::format("{}: shape {} {}, {} bytes", header.name,
                                 io::shape_text(header.shape), name(header.dtype), header.bytes);
  if (!header.byte_order.empty()) text += fmt::format(", {}", header.byte_order);
  if (!header.order.empty()) text += fmt::format(", {} order", header.order);
  return text + '\n';
}

std::string header_json(const Header& header) {
  const auto quoted = [](std::string_view text) {
    return text.empty() ? "null" : json_string(text);
  };
  return fmt::format(
      R"({{"name": {}, "kind": "tensor", "dtype": "{}", "shape": [{}], "elements": {}, )"
      R"("bytes": {}, "byte_order": {}, "order": {})",
      json_string(header.name), name(header.dtype), fmt::join(header.shape, ", "), header.elements,
      header.bytes, quoted(header.byte_order), quoted(header.order));
}

std::string statistics_text(DType dtype, const io::Statistics& s) {
  std::string text;
  if (s.finite > 0) {
    text += fmt::format("  values      {} to {}, mean {:.6g}, std {:.6g}\n",
                        io::element_text(dtype, s.min), io::element_text(dtype, s.max), s.mean,
                        s.standard_deviation);
  }
  text += fmt::format("  zeros       {} of {}\n", s.zeros, s.elements);
  const std::int64_t infinite = s.positive_infinite + s.negative_infinite;
  if (s.nan + infinite > 0) {
    text += fmt::format("  not finite  {} NaN, {} Infinity, {} -Infinity\n", s.nan,
                        s.positive_infinite, s.negative_infinite);
  }
  return text;
}

std::string statistics_json(DType dtype, const io::Statistics& s) {
  std::string text;
  if (s.finite > 0) {
    text = fmt::format(R"(, "min": {}, "max": {}, "mean": {}, "std": {})",
                       io::element_text(dtype, s.min), io::element_text(dtype, s.max), s.mean,
                       s.standard_deviation);
  } else {
    text = R"(, "min": null, "max": null, "mean": null, "std": null)";
  }
  return text + fmt::format(R"(, "zeros": {}, "nan": {}, "positive_infinite": {}, )"
                            R"("negative_infinite": {})",
                            s.zeros, s.nan, s.positive_infinite, s.negative_infinite);
}

}  // namespace

Result<std::string> tensor_info(const std::string& argument, const TensorInfoOptions& options) {
  const auto tensor = io::read_tensor(argument, {.void2_is_bfloat16 = true});
  if (!tensor) return tensor.error();
  const auto header = header_of(argument, *tensor);
  if (!header) return header.error();
  std::string text = options.json ? header_json(*header) : header_text(*header);
  if (!options.header_only) {
    const io::Statistics found = io::statistics(*tensor);
    text += options.json ? statistics_json(header->dtype, found)
                         : statistics_text(header->dtype, found);
  }
  if (options.json) text += '}';
  return text;
}

}  // namespace tconv::cli
