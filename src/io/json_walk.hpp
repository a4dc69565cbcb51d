// Walks the JSON text of a tensor: the frame around the data is understood here, the data itself
// goes to whoever asks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

// One element of the data. Which members hold it says `kind`.
struct JsonScalar {
  enum class Kind { Signed, Unsigned, Real, Bool, Text, Null };
  Kind kind = Kind::Null;
  std::int64_t signed_integer = 0;
  std::uint64_t unsigned_integer = 0;
  double real = 0;
  bool boolean = false;
  std::string_view text{};  // Real: its digits as written; Text: the string
};

// The scalar as the text has it.
std::string scalar_text(const JsonScalar& scalar);

// Receives the data in the order of the text. A function that returns false ends the walk and
// leaves the reason in `error`.
class JsonData {
 public:
  JsonData() = default;
  JsonData(const JsonData&) = delete;
  JsonData& operator=(const JsonData&) = delete;
  virtual ~JsonData() = default;
  virtual bool begin_row() = 0;
  virtual bool end_row() = 0;
  virtual bool scalar(const JsonScalar& scalar) = 0;

  std::optional<Error> error{};
};

// What stands beside the data.
struct JsonFrame {
  std::optional<Shape> shape{};
  std::optional<DType> dtype{};
};

// Fails with Input, or with the error of `data`; `where` stays empty.
Result<JsonFrame> walk_json(std::string_view text, JsonData& data);

}  // namespace tconv::io
