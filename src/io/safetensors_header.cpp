#include "io/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "io/safetensors_json.hpp"
#include "io/tensor.hpp"
#include "io/zip_fields.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // as the safetensors library

Error refused(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

struct Row {
  std::string_view name{};
  DType dtype = DType::Float32;
};

constexpr std::array kRows{
    Row{"BOOL", DType::Bool},   Row{"I8", DType::Int8},       Row{"I16", DType::Int16},
    Row{"I32", DType::Int32},   Row{"I64", DType::Int64},     Row{"U8", DType::UInt8},
    Row{"U16", DType::UInt16},  Row{"U32", DType::UInt32},    Row{"U64", DType::UInt64},
    Row{"F16", DType::Float16}, Row{"BF16", DType::BFloat16}, Row{"F32", DType::Float32},
    Row{"F64", DType::Float64},
};

// Offsets count from the end of the header, `data_bytes` are there.
Result<void> check_sizes(const SafetensorsEntry& entry, std::uint64_t data_bytes) {
  const std::string where = fmt::format("\"{}\"", entry.name);
  if (entry.begin > entry.end || entry.end > data_bytes) {
    return refused(fmt::format("{}: its data are bytes {} to {}, the file has {} after its header",
                               where, entry.begin, entry.end, data_bytes));
  }
  const auto dtype = safetensors_dtype(entry.dtype);
  if (!dtype) return {};
  const auto count = element_count(entry.shape, *dtype);
  if (!count) return refused(where + ": " + count.error().what);
  const auto needed = static_cast<std::uint64_t>(*count * size_bytes(*dtype));
  if (needed == entry.end - entry.begin) return {};
  return refused(fmt::format("{}: shape {} of {} takes {} bytes, its data have {}", where,
                             shape_text(entry.shape), entry.dtype, needed,
                             entry.end - entry.begin));
}

// The format allows no byte to be in two tensors, or in none.
Result<void> check_filled(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::vector<const SafetensorsEntry*> in_order;
  for (const SafetensorsEntry& entry : entries) in_order.push_back(&entry);
  std::sort(in_order.begin(), in_order.end(),
            [](const SafetensorsEntry* a, const SafetensorsEntry* b) {
              return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
            });
  std::uint64_t filled = 0;
  for (const SafetensorsEntry* entry : in_order) {
    if (entry->begin != filled) {
      return refused(fmt::format("\"{}\": its data begin at byte {}, those before it end at {}",
                                 entry->name, entry->begin, filled));
    }
    filled = entry->end;
  }
  if (filled == data_bytes) return {};
  return refused(fmt::format("the tensors take {} bytes, the file has {} after its header", filled,
                             data_bytes));
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view file) {
  if (file.size() < kLengthBytes) {
    return refused(fmt::format("expected {} bytes that tell the header's length, found {}",
                               kLengthBytes, file.size()));
  }
  const std::uint64_t length = zip::u64_at(file, 0);
  if (length > kMostHeaderBytes) {
    return refused(
        fmt::format("is no safetensors file: its header would have {} bytes, more than {}", length,
                    kMostHeaderBytes));
  }
  const std::uint64_t rest = file.size() - kLengthBytes;
  if (length > rest) {
    return refused(fmt::format("expected {} header bytes, found {}", length, rest));
  }
  const std::string_view json = file.substr(kLengthBytes, static_cast<std::size_t>(length));
  if (!json.starts_with('{')) return refused("its header does not begin with {");
  auto entries = parse_safetensors_json(json);
  if (!entries) return entries.error();
  const std::uint64_t data_bytes = rest - length;
  for (const SafetensorsEntry& entry : *entries) {
    if (auto sized = check_sizes(entry, data_bytes); !sized) return sized.error();
  }
  if (auto filled = check_filled(*entries, data_bytes); !filled) return filled.error();
  return SafetensorsHeader{.entries = std::move(*entries),
                           .data_offset_bytes = kLengthBytes + length};
}

std::optional<DType> safetensors_dtype(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace tconv::io
