// TensorProto to Tensor. Raw and external data are used where they lie, numbers in typed fields are
// copied; nothing is allocated before it is known to be there.
#include "io/onnx_tensor.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>

#include "io/onnx_dtype.hpp"

namespace tconv::io {
namespace {

Error input(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

// Copies numbers of a typed field, each into an element of type To.
template <typename To, typename From>
Result<Tensor> copied(const std::vector<From>& numbers, DType dtype, const Shape& shape,
                      std::int64_t count) {
  if (static_cast<std::int64_t>(numbers.size()) != count) {
    return input(fmt::format("shape {} of {} has {} elements, its data {}", shape_text(shape),
                             name(dtype), count, numbers.size()));
  }
  auto made = allocate_tensor(dtype, shape);
  if (!made) return made.error();
  std::byte* to = made->bytes;
  for (const From number : numbers) {
    const To element = static_cast<To>(number);
    if (static_cast<From>(element) != number && number == number) {
      return input(fmt::format("{} among its data is no {}", number, name(dtype)));
    }
    std::memcpy(to, &element, sizeof element);
    to += sizeof element;
  }
  return std::move(made->tensor);
}

Result<Tensor> typed_tensor(const TensorMessage& m, DType dtype, std::int64_t count) {
  switch (dtype) {
    case DType::Float32: return copied<float>(m.floats, dtype, m.dims, count);
    case DType::Float64: return copied<double>(m.doubles, dtype, m.dims, count);
    case DType::Int64: return copied<std::int64_t>(m.int64s, dtype, m.dims, count);
    case DType::UInt32: return copied<std::uint32_t>(m.uint64s, dtype, m.dims, count);
    case DType::UInt64: return copied<std::uint64_t>(m.uint64s, dtype, m.dims, count);
    case DType::Int32: return copied<std::int32_t>(m.int32s, dtype, m.dims, count);
    case DType::Int16: return copied<std::int16_t>(m.int32s, dtype, m.dims, count);
    case DType::Int8: return copied<std::int8_t>(m.int32s, dtype, m.dims, count);
    case DType::UInt8: return copied<std::uint8_t>(m.int32s, dtype, m.dims, count);
    case DType::Bool: return copied<bool>(m.int32s, dtype, m.dims, count);
    // The bits of 16-bit floats stand in int32_data, too.
    case DType::UInt16:
    case DType::Float16:
    case DType::BFloat16: return copied<std::uint16_t>(m.int32s, dtype, m.dims, count);
  }
  return input("has no element type");
}

Result<Tensor> tensor_over(const support::MappedFile& data, const TensorMessage& m, DType dtype) {
  Tensor tensor{.dtype = dtype, .swapped = std::endian::native == std::endian::big};
  tensor.shape = m.dims;
  tensor.strides = c_strides(m.dims);
  tensor.data = data.data;
  return tensor;
}

Result<Tensor> tensor_of(const TensorMessage& m, const OnnxModel& model) {
  const auto dtype = onnx_dtype(m.data_type);
  const std::string_view type_name = onnx_dtype_name(m.data_type);
  if (!dtype && type_name.empty()) {
    return input(fmt::format("element type {} is none of ONNX's", m.data_type));
  }
  if (!dtype || m.is_segment) {
    return Error{.code = ErrorCode::Unsupported,
                 .what = m.is_segment ? "is stored in segments, which tconv does not read"
                                      : fmt::format("is {}, which tconv does not read", type_name)};
  }
  const auto count = element_count(m.dims, *dtype);
  if (!count) return count.error();
  const std::int64_t needed_bytes = *count * size_bytes(*dtype);
  const bool typed = !m.floats.empty() || !m.int32s.empty() || !m.int64s.empty() ||
                     !m.doubles.empty() || !m.uint64s.empty();
  if (m.is_external) {
    auto data = map_external(m, model.folder, needed_bytes);
    if (!data) return data.error();
    return tensor_over(*data, m, *dtype);
  }
  if (!m.raw) return typed_tensor(m, *dtype, *count);
  if (typed) return input("says its data twice: as bytes and as numbers");
  if (static_cast<std::int64_t>(m.raw->size()) != needed_bytes) {
    return input(fmt::format("shape {} of {} takes {} bytes, its data have {}", shape_text(m.dims),
                             type_name, needed_bytes, m.raw->size()));
  }
  const auto* const bytes = reinterpret_cast<const std::byte*>(m.raw->data());
  return tensor_over({.data = {model.file.data, bytes}, .size_bytes = m.raw->size()}, m, *dtype);
}

Result<TensorMessage> message_of(const OnnxModel& model, std::string_view name) {
  const OnnxStored stored = onnx_stored(model, name);
  if (stored.name.empty()) return no_onnx_tensor(model, name);
  const OnnxSource& source = model.sources.at(stored.name);
  if (source.kind == OnnxSource::Kind::Sparse) {
    return Error{.code = ErrorCode::Unsupported,
                 .what = "is a sparse tensor, which tconv does not read",
                 .hint = "numpy.save(\"w.npy\", ...) of the dense one"};
  }
  return source.kind == OnnxSource::Kind::Attribute ? parse_constant_attribute(source.message)
                                                    : parse_tensor_message(source.message);
}

Error located(Error error, const OnnxModel& model, std::string_view name) {
  if (error.where.empty()) error.where = fmt::format("{}:{}", model.name, name);
  return error;
}

}  // namespace

Result<OnnxTensorHeader> read_onnx_header(const OnnxModel& model, std::string_view name) {
  const auto message = message_of(model, name);
  if (!message) return located(message.error(), model, name);
  OnnxTensorHeader header{.dtype = onnx_dtype_name(message->data_type), .shape = message->dims};
  if (const auto dtype = onnx_dtype(message->data_type)) {
    const auto count = element_count(message->dims, *dtype);
    if (!count) return located(count.error(), model, name);
    header.count = *count;
    header.bytes = *count * size_bytes(*dtype);
  }
  return header;
}

Result<Tensor> read_onnx_tensor(const OnnxModel& model, std::string_view name) {
  const auto message = message_of(model, name);
  if (!message) return located(message.error(), model, name);
  auto tensor = tensor_of(*message, model);
  if (!tensor) return located(tensor.error(), model, name);
  tensor->name = fmt::format("{}:{}", model.name, name);
  return tensor;
}

}  // namespace tconv::io
