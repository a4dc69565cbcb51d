// The shape of nested JSON arrays, and where they are ragged.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "io/json_walk.hpp"

namespace tconv::io {

// Listens to the data for its shape alone: shape() is that of the rows once the walk has ended.
class JsonShape : public JsonData {
 public:
  bool begin_row() override;
  bool end_row() override;
  bool scalar(const JsonScalar& scalar) override;

  const Shape& shape() const { return extents_; }
  std::int64_t count() const { return count_; }

 private:
  bool fail(std::string what);

  Shape extents_{};                     // of each level of nesting, kUnknown until a row closes
  std::vector<std::int64_t> counts_{};  // elements so far of each open row: the way to here
  std::optional<std::size_t> leaf_depth_{};  // rows around each number, once one was seen
  std::int64_t count_ = 0;                   // numbers
};

// "[1][2]", the place of an element by its index on each level.
std::string json_path(const std::vector<std::int64_t>& index);

}  // namespace tconv::io
