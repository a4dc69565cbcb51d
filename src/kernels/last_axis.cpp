// Activations that look at a whole row, the tensor's last axis: Keras applies them there whatever
// the data format (keras/src/activations/activations.py: axis=-1).
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <vector>

#include "kernels/element.hpp"
#include "tconv/convolve.hpp"

namespace tconv {
namespace {

template <typename T>
void softmax(std::vector<T>& row) {
  const T peak = *std::max_element(row.begin(), row.end());
  T sum = 0;
  for (T& v : row) sum += v = std::exp(v - peak);
  for (T& v : row) v /= sum;
}

template <typename T>
void log_softmax(std::vector<T>& row) {
  const T peak = *std::max_element(row.begin(), row.end());
  T sum = 0;
  for (const T v : row) sum += std::exp(v - peak);
  for (T& v : row) v = v - peak - std::log(sum);
}

// As Keras computes it. Martins & Astudillo (arXiv:1602.02068, algorithm 1) subtract from each
// value (S - 1)/k, with S the sum of the k values in the support; Keras adds up the running sums
// S_1 + ... + S_k instead. Kept: users compare with Keras.
// Source: keras keras/src/backend/tensorflow/nn.py (sparsemax).
template <typename T>
void sparsemax(std::vector<T>& row) {
  std::vector<T> sorted = row;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  T running = 0, running_total = 0, support = 0;
  for (std::size_t r = 0; r < sorted.size(); ++r) {
    running += sorted[r];
    if (sorted[r] - (running - T{1}) / static_cast<T>(r + 1) > T{0}) {
      running_total += running;
      support += T{1};
    }
  }
  const T threshold = (running_total - T{1}) / support;
  for (T& v : row) v = std::max(v - threshold, T{0});
}

template <typename T>
void glu(std::vector<T>& row) {
  const std::size_t half = row.size() / 2;
  for (std::size_t i = 0; i < half; ++i) row[i] /= T{1} + std::exp(-row[half + i]);
  row.resize(half);
}

template <typename Element>
void activate_rows(LastAxisActivation activation, const Rows& rows) {
  std::vector<typename Element::Accumulator> row;
  const std::byte* from = rows.from;
  std::byte* to = rows.to;
  for (std::int64_t r = 0; r < rows.count; ++r) {
    row.clear();
    for (std::int64_t i = 0; i < rows.length; ++i, from += Element::kBytes) {
      row.push_back(Element::load(from));
    }
    switch (activation) {
      case LastAxisActivation::None: break;
      case LastAxisActivation::Softmax: softmax(row); break;
      case LastAxisActivation::LogSoftmax: log_softmax(row); break;
      case LastAxisActivation::Sparsemax: sparsemax(row); break;
      case LastAxisActivation::Glu: glu(row); break;
    }
    for (const auto value : row) {
      Element::store(value, to);
      to += Element::kBytes;
    }
  }
}

}  // namespace

Result<void> activate_last_axis(LastAxisActivation activation, const Rows& rows) {
  if (auto length = activated_length(activation, rows.length); !length) return length.error();
  if (rows.length == 0) return {};
  switch (rows.dtype) {
    case DType::Float16: activate_rows<kernels::Float16Element>(activation, rows); break;
    case DType::BFloat16: activate_rows<kernels::BFloat16Element>(activation, rows); break;
    case DType::Float32: activate_rows<kernels::Float32Element>(activation, rows); break;
    case DType::Float64: activate_rows<kernels::Float64Element>(activation, rows); break;
    default:
      return Error{
          .code = ErrorCode::DTypeMismatch,
          .what = fmt::format("activations need a floating dtype, got {}", name(rows.dtype))};
  }
  return {};
}

}  // namespace tconv
