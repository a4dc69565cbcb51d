#include "cli/bench_machine.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "cli/seconds_since.hpp"
#include "kernels/fma_peak.hpp"

namespace tconv::cli {
namespace {

// Of one try: well above what a start costs, and short enough that some try of a busy machine is
// left in peace.
constexpr double kShortestSeconds = 0.008;
constexpr int kTries = 15;
constexpr std::int64_t kReadBytes = std::int64_t{128} << 20;  // several times any last-level cache

// Seconds from the first thread's start of `work(thread)` to the last one's end.
double time_threads(int threads, const std::function<void(int)>& work) {
  struct Span {
    Clock::time_point begin{}, end{};
  };
  std::vector<Span> spans(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::vector<std::thread> others;
  for (int t = 0; t < threads; ++t) {
    others.emplace_back([&, t] {
      start.arrive_and_wait();
      Span& span = spans[static_cast<std::size_t>(t)];
      span.begin = Clock::now();
      work(t);
      span.end = Clock::now();
    });
  }
  for (std::thread& other : others) other.join();
  Span all = spans[0];
  for (const Span& span : spans) {
    all = {.begin = std::min(all.begin, span.begin), .end = std::max(all.end, span.end)};
  }
  return std::chrono::duration<double>(all.end - all.begin).count();
}

double measure_flops(DType dtype, int threads) {
  const auto rounds_of =
      dtype == DType::Float64 ? kernels::fma_rounds_f64 : kernels::fma_rounds_f32;
  std::int64_t rounds = 1024;
  for (double seconds = 0; seconds < kShortestSeconds; rounds *= 2) {
    const auto begin = Clock::now();
    rounds_of(rounds);
    seconds = seconds_since(begin);
  }
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    std::int64_t operations = 0;  // of one thread; all do the same
    const double seconds = time_threads(threads, [&](int t) {
      const std::int64_t done = rounds_of(rounds);
      if (t == 0) operations = done;
    });
    best = std::max(best, double(operations) * threads / seconds);
  }
  return best;
}

// Eight sums, so that the additions do not wait for each other.
std::uint64_t sum_of(const std::uint64_t* data, std::size_t count) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + 8 <= count; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) sums[j] += data[i + j];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

double measure_bytes(int threads) {
  const std::size_t part = std::size_t(kReadBytes) / sizeof(std::uint64_t) / std::size_t(threads);
  const std::vector<std::uint64_t> data(part * std::size_t(threads), 1);
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const double seconds = time_threads(threads, [&](int t) {
      volatile std::uint64_t read = sum_of(data.data() + std::size_t(t) * part, part);
      static_cast<void>(read);
    });
    best = std::max(best, double(data.size() * sizeof(std::uint64_t)) / seconds);
  }
  return best;
}

}  // namespace

MachineLimits measure_limits(DType dtype, int threads) {
  return {.target = std::string(kernels::fma_target()),
          .flops = measure_flops(dtype, threads),
          .bytes = measure_bytes(threads)};
}

}  // namespace tconv::cli
