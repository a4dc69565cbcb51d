// Tensors of a safetensors file, in place.
#include "io/safetensors.hpp"

#include <fmt/format.h>

#include <bit>

#include "io/safetensors_header.hpp"

namespace tconv::io {
namespace {

Result<SafetensorsHeader> header_of(const support::MappedFile& file, const std::string& name) {
  auto header =
      parse_safetensors_header({reinterpret_cast<const char*>(file.data.get()), file.size_bytes});
  if (!header) header.error().where = name;
  return header;
}

std::string unread(std::string_view dtype) {
  return fmt::format("elements of {} are none that tconv reads", dtype);
}

}  // namespace

Result<Tensor> read_safetensors(const support::MappedFile& file, const std::string& name,
                                std::string_view member) {
  const auto header = header_of(file, name);
  if (!header) return header.error();
  std::vector<std::string_view> names;
  for (const SafetensorsEntry& entry : header->entries) names.emplace_back(entry.name);
  const auto index = find_member(names, member, name);
  if (!index) return index.error();
  const SafetensorsEntry& entry = header->entries[*index];

  Tensor tensor{.swapped = std::endian::native == std::endian::big};
  tensor.mapped = file.mapped;
  tensor.name = fmt::format("{}:{}", name, entry.name);
  const auto dtype = safetensors_dtype(entry.dtype);
  if (!dtype) {
    return Error{.code = ErrorCode::DTypeMismatch,
                 .where = tensor.name,
                 .what = unread(entry.dtype),
                 .hint = "save it as F32"};
  }
  tensor.dtype = *dtype;
  tensor.shape = entry.shape;
  tensor.strides = c_strides(entry.shape);
  tensor.data = {file.data, file.data.get() + header->data_offset_bytes + entry.begin};
  return tensor;
}

Result<std::vector<Member>> safetensors_members(const support::MappedFile& file,
                                                const std::string& name) {
  const auto header = header_of(file, name);
  if (!header) return header.error();
  std::vector<Member> members;
  for (const SafetensorsEntry& entry : header->entries) {
    const auto dtype = safetensors_dtype(entry.dtype);
    members.push_back({.name = entry.name,
                       .dtype = dtype ? std::string(tconv::name(*dtype)) : entry.dtype,
                       .shape = entry.shape,
                       .bytes = entry.end - entry.begin,
                       .problem = dtype ? std::string() : unread(entry.dtype)});
  }
  return members;
}

}  // namespace tconv::io
