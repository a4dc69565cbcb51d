// Every level of nesting has one extent, and numbers lie on one level.
#include "io/json_shape.hpp"

#include <fmt/format.h>

#include <utility>

namespace tconv::io {
namespace {

constexpr std::int64_t kUnknown = -1;
constexpr std::size_t kDeepest = 64;  // as NumPy 2

std::string elements_text(std::int64_t count) {
  return fmt::format("{} element{}", count, count == 1 ? "" : "s");
}

}  // namespace

std::string json_path(const std::vector<std::int64_t>& index) {
  std::string path;
  for (const std::int64_t i : index) path += fmt::format("[{}]", i);
  return path;
}

bool JsonShape::fail(std::string what) {
  error = {.code = ErrorCode::ShapeMismatch, .what = std::move(what)};
  return false;
}

bool JsonShape::begin_row() {
  if (leaf_depth_ == counts_.size()) {
    return fail(json_path(counts_) + " is a row, the elements before it are numbers");
  }
  if (counts_.size() == kDeepest) {
    return fail(fmt::format("rows are nested more than {} deep", kDeepest));
  }
  counts_.push_back(0);
  if (extents_.size() < counts_.size()) extents_.push_back(kUnknown);
  return true;
}

bool JsonShape::end_row() {
  const std::int64_t count = counts_.back();
  counts_.pop_back();
  std::int64_t& extent = extents_[counts_.size()];
  if (extent == kUnknown) extent = count;
  if (extent != count) {
    return fail(fmt::format("row {} has {}, the rows before it have {}", json_path(counts_),
                            elements_text(count), extent));
  }
  if (!counts_.empty()) ++counts_.back();
  return true;
}

bool JsonShape::scalar(const JsonScalar&) {
  const bool rows_before = !leaf_depth_ && extents_.size() > counts_.size();
  if (rows_before || (leaf_depth_ && leaf_depth_ != counts_.size())) {
    return fail(json_path(counts_) + " is a number, the elements before it are rows");
  }
  leaf_depth_ = counts_.size();
  ++count_;
  if (!counts_.empty()) ++counts_.back();
  return true;
}

}  // namespace tconv::io
