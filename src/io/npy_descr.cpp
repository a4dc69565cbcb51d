// NumPy's element type strings: which are numbers, and what to say of the others.
#include "io/npy_descr.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string>

namespace tconv::io {
namespace {

struct Spelling {
  std::string_view code{};  // without the byte order
  DType dtype = DType::Float32;
  std::string_view native{};  // as we write it; empty for a second spelling
};

constexpr std::array kSpellings{
    Spelling{"b1", DType::Bool, "|b1"},    Spelling{"?", DType::Bool, ""},
    Spelling{"i1", DType::Int8, "|i1"},    Spelling{"i2", DType::Int16, "<i2"},
    Spelling{"i4", DType::Int32, "<i4"},   Spelling{"i8", DType::Int64, "<i8"},
    Spelling{"u1", DType::UInt8, "|u1"},   Spelling{"u2", DType::UInt16, "<u2"},
    Spelling{"u4", DType::UInt32, "<u4"},  Spelling{"u8", DType::UInt64, "<u8"},
    Spelling{"f2", DType::Float16, "<f2"}, Spelling{"V2", DType::BFloat16, "<V2"},
    Spelling{"f4", DType::Float32, "<f4"}, Spelling{"f8", DType::Float64, "<f8"},
};
static_assert(std::endian::native == std::endian::little, "tconv writes little-endian files");

// Kinds of elements that are not taken, by the letter NumPy gives them.
struct Refusal {
  std::string_view letters{};
  std::string_view elements{};
  std::string_view hint{};
};

constexpr std::array kRefusals{
    Refusal{"O", "Python objects", "pickle is never read; save numbers: a.astype(\"float32\")"},
    Refusal{"c", "complex numbers", "save the real and the imaginary part as two files"},
    Refusal{"SUa", "strings", "save numbers: a.astype(\"float32\")"},
    Refusal{"Mm", "dates or time spans", "save numbers: a.astype(\"int64\")"},
    Refusal{"fg", "floating-point numbers of another width",
            "save them as float64: a.astype(\"float64\")"},
    Refusal{"V", "raw bytes", "save numbers, or a view of them: a.view(\"uint8\")"},
};

Error refused(std::string_view descr, std::string_view code) {
  Error error{.code = ErrorCode::DTypeMismatch};
  for (const Refusal& refusal : kRefusals) {
    if (code.empty() || refusal.letters.find(code[0]) == std::string_view::npos) continue;
    error.what = fmt::format("elements of '{}' are {}, not numbers of a type that tconv reads",
                             descr, refusal.elements);
    error.hint = refusal.hint;
    return error;
  }
  error.what = fmt::format("element type '{}' is not known", descr);
  error.hint = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64 are read";
  return error;
}

}  // namespace

Result<NpyElement> parse_npy_descr(std::string_view descr, bool void2_is_bfloat16) {
  if (const auto named = dtype_from_name(descr)) return NpyElement{.dtype = *named};

  constexpr std::string_view kOrders = "<>=|";
  const bool has_order = !descr.empty() && kOrders.find(descr[0]) != std::string_view::npos;
  const bool big_endian = has_order && descr[0] == '>';
  const std::string_view code = descr.substr(has_order ? 1 : 0);
  for (const Spelling& spelling : kSpellings) {
    if (spelling.code != code) continue;
    if (spelling.dtype == DType::BFloat16 && !void2_is_bfloat16) {
      return Error{.code = ErrorCode::DTypeMismatch,
                   .what = fmt::format("elements of '{}' are two raw bytes each", descr),
                   .hint = "if they are bfloat16, which NumPy saves so, say --dtype bfloat16"};
    }
    return NpyElement{.dtype = spelling.dtype,
                      .swapped = big_endian && size_bytes(spelling.dtype) > 1};
  }
  return refused(descr, code);
}

std::string_view npy_descr(DType dtype) {
  for (const Spelling& spelling : kSpellings) {
    if (spelling.dtype == dtype && !spelling.native.empty()) return spelling.native;
  }
  return {};
}

Error structured_elements() {
  return {.code = ErrorCode::DTypeMismatch,
          .what = "elements are records of several fields, a layer takes plain numbers",
          .hint = "save one field: numpy.save(file, a[\"field\"])"};
}

}  // namespace tconv::io
