#include "cli/bench_data.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "support/half.hpp"

namespace tconv::cli {
namespace {

template <typename T>
void put(std::byte* to, std::int64_t index, T value) {
  std::memcpy(to + index * std::int64_t(sizeof value), &value, sizeof value);
}

// splitmix64: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

float next_value(std::uint64_t& state) {
  const std::uint64_t bits = next_random(state);
  const float size = 0.25F + 0.75F * static_cast<float>(bits >> 40) * 0x1p-24F;
  return (bits & 1) == 0 ? size : -size;
}

void fill(Pages& pages, DType dtype, std::int64_t bytes, std::uint64_t seed) {
  std::byte* const to = pages.data();
  const std::int64_t count = bytes / size_bytes(dtype);
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = next_value(seed);
    switch (dtype) {
      case DType::Float64: put(to, i, double{value}); break;
      case DType::Float16: put(to, i, support::half_from_float(value)); break;
      case DType::BFloat16: put(to, i, support::bfloat16_from_float(value)); break;
      default: put(to, i, value);
    }
  }
}

Cost known_cost(const Problem& problem) {
  const auto cost = cost_of(problem);
  return cost ? *cost : Cost{};
}

std::int64_t bias_bytes(const Problem& problem) {
  return problem.has_bias ? problem.out_channels * size_bytes(problem.dtype) : 0;
}

}  // namespace

Pages::Pages(std::int64_t bytes) : size_(static_cast<std::size_t>(bytes > 0 ? bytes : 1)) {
  void* const pages =
      mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(pages);
}

Pages::~Pages() { munmap(data_, size_); }

BenchData::BenchData(const Problem& problem)
    : x_(known_cost(problem).x_bytes),
      w_(known_cost(problem).w_bytes),
      bias_(bias_bytes(problem)),
      y_(known_cost(problem).y_bytes),
      has_bias_(problem.has_bias) {
  const Cost cost = known_cost(problem);
  fill(x_, problem.dtype, cost.x_bytes, 1);
  fill(w_, problem.dtype, cost.w_bytes, 2);
  fill(bias_, problem.dtype, bias_bytes(problem), 3);
  std::memset(y_.data(), 0, static_cast<std::size_t>(cost.y_bytes));
}

Operands BenchData::operands() {
  return {
      .x = x_.data(), .w = w_.data(), .bias = has_bias_ ? bias_.data() : nullptr, .y = y_.data()};
}

}  // namespace tconv::cli
