#include "io/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "io/elements.hpp"
#include "io/numbers.hpp"
#include "support/file.hpp"

namespace tconv::io {
namespace {

constexpr std::int64_t kBlock = 1024;                       // elements read at once
constexpr std::int64_t kDropBytes = std::int64_t{4} << 20;  // of a mapped file, then given back

// Mean and squared deviations of some elements.
// Source: Chan, Golub & LeVeque, "Algorithms for Computing the Sample Variance", The American
// Statistician 37(3), 1983.
template <typename Number>
struct Moments {
  Number count = 0, mean = 0, squares = 0;

  void add(const Moments& other) {
    if (other.count == 0) return;
    const Number sum = count + other.count;
    const Number delta = other.mean - mean;
    mean += delta * (other.count / sum);
    squares += other.squares + delta * delta * (count * (other.count / sum));
    count = sum;
  }
};

// Elements without their places, as the order of axes does not matter here.
template <typename Number>
class Gatherer {
 public:
  void add(std::span<Number> values) {
    result_.elements += static_cast<std::int64_t>(values.size());
    // What is finite moves to the front.
    std::size_t finite = 0;
    for (const Number value : values) {
      if (std::isfinite(value)) {
        values[finite++] = value;
        result_.zeros += value == 0;
      } else {
        result_.nan += std::isnan(value);
        result_.positive_infinite += value > 0;
        result_.negative_infinite += value < 0;
      }
    }
    if (finite > 0) add_finite(values.first(finite));
  }

  Statistics result() const {
    Statistics result = result_;
    result.min = static_cast<long double>(min_);
    result.max = static_cast<long double>(max_);
    result.mean = static_cast<double>(moments_.mean);
    if (moments_.count > 0) {
      result.standard_deviation = static_cast<double>(std::sqrt(moments_.squares / moments_.count));
    }
    return result;
  }

 private:
  void add_finite(std::span<const Number> values) {
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    min_ = result_.finite > 0 ? std::min(min_, *least) : *least;
    max_ = result_.finite > 0 ? std::max(max_, *greatest) : *greatest;
    result_.finite += static_cast<std::int64_t>(values.size());
    Moments<Number> block{.count = static_cast<Number>(values.size())};
    block.mean = std::accumulate(values.begin(), values.end(), Number{0}) / block.count;
    for (const Number value : values) {
      block.squares += (value - block.mean) * (value - block.mean);
    }
    moments_.add(block);
  }

  Statistics result_{};
  Number min_ = 0, max_ = 0;
  Moments<Number> moments_{};
};

// A run of elements that lie one after the other, in the machine's byte order.
template <typename Number>
void add_run(Gatherer<Number>& gatherer, const Tensor& tensor, const std::byte* begin,
             std::int64_t count) {
  const std::int64_t width = size_bytes(tensor.dtype);
  std::array<Number, kBlock> values{};
  std::array<std::byte, kBlock * 8> native{};
  Tensor run = tensor;
  for (std::int64_t at = 0; at < count; at += kBlock) {
    const std::int64_t size = std::min(kBlock, count - at);
    const std::byte* from = begin + at * width;
    if (tensor.swapped) {
      std::copy_n(from, size * width, native.begin());
      for (std::int64_t i = 0; i < size; ++i) {
        std::reverse(native.begin() + i * width, native.begin() + (i + 1) * width);
      }
      from = native.data();
    }
    run.data = std::shared_ptr<const std::byte>(std::shared_ptr<void>(), from);
    const std::span<Number> block = std::span(values).first(static_cast<std::size_t>(size));
    read_numbers(run, 0, block);
    gatherer.add(block);
  }
}

// Whether the elements fill a stretch of memory, in whichever order of axes.
bool is_dense(const Tensor& tensor) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    if (tensor.shape[axis] != 1) axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end(),
            [&](std::size_t x, std::size_t y) { return tensor.strides[x] < tensor.strides[y]; });
  std::int64_t stride = 1;
  for (const std::size_t axis : axes) {
    if (tensor.strides[axis] != stride) return false;
    stride *= tensor.shape[axis];
  }
  return true;
}

template <typename Number>
Statistics gathered_statistics(const Tensor& tensor, std::int64_t count) {
  Gatherer<Number> gatherer;
  const std::int64_t width = size_bytes(tensor.dtype);
  if (!is_dense(tensor)) {
    const Shape strides = c_strides(tensor.shape);
    for (std::int64_t i = 0; i < count; ++i) {
      const Shape index = index_of(i, tensor.shape);
      std::int64_t at = 0;
      for (std::size_t axis = 0; axis < index.size(); ++axis) {
        at += index[axis] * tensor.strides[axis];
      }
      add_run(gatherer, tensor, tensor.data.get() + at * width, 1);
    }
    return gatherer.result();
  }
  const std::int64_t step = kDropBytes / width;
  for (std::int64_t at = 0; at < count; at += step) {
    const std::int64_t size = std::min(step, count - at);
    const std::byte* const begin = tensor.data.get() + at * width;
    add_run(gatherer, tensor, begin, size);
    if (tensor.mapped) support::drop_pages(begin, static_cast<std::size_t>(size * width));
  }
  return gatherer.result();
}

}  // namespace

Statistics statistics(const Tensor& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t extent : tensor.shape) count *= extent;
  // Doubles hold what is narrower, and its squares, with room to spare.
  const bool wide = size_bytes(tensor.dtype) == 8;
  return wide ? gathered_statistics<long double>(tensor, count)
              : gathered_statistics<double>(tensor, count);
}

std::string element_text(DType dtype, long double value) {
  if (!is_floating(dtype)) return fmt::format("{:.0f}", value);
  return number_text(static_cast<double>(value), dtype);
}

}  // namespace tconv::io
