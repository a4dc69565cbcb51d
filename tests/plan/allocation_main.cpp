// T4: what plans and runs allocate, counted by standing between this program and malloc. That is
// why it is a program of its own. For glibc; sanitizers stand there themselves.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tconv/plan.hpp"

namespace {

std::atomic<std::int64_t> live{0}, peak{0};

void count(std::int64_t bytes) {
  const std::int64_t now = live += bytes;
  std::int64_t highest = peak;
  while (now > highest && !peak.compare_exchange_weak(highest, now)) continue;
}

void* counted(void* memory) {
  if (memory != nullptr) count(static_cast<std::int64_t>(malloc_usable_size(memory)));
  return memory;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) { return counted(__libc_malloc(size)); }
void* calloc(std::size_t n, std::size_t size) { return counted(__libc_calloc(n, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return counted(__libc_memalign(alignment, size));
}
void free(void* memory) {
  if (memory != nullptr) count(-static_cast<std::int64_t>(malloc_usable_size(memory)));
  __libc_free(memory);
}
void* realloc(void* memory, std::size_t size) {
  void* const moved = malloc(size);
  if (moved == nullptr || memory == nullptr) return moved;
  std::memcpy(moved, memory, std::min(size, malloc_usable_size(memory)));
  free(memory);
  return moved;
}
}

namespace tconv {
namespace {

// The most that work() has allocated at a time.
template <typename Work>
std::int64_t peak_of(const Work& work) {
  const std::int64_t before = live;
  peak = before;
  work();
  return peak - before;
}

void lay_out(TensorStrides& strides, const Extents& extents, std::int64_t channels) {
  std::int64_t step = 1;
  for (std::size_t a = kMaxAxes; a-- > 0; step *= extents[a]) strides.axes[a] = step;
  strides.channel = step;
  strides.batch = step * channels;
}

// Channels first.
void lay_out(Problem& p) {
  Extents inputs{}, kernels{};
  for (std::size_t a = 0; a < kMaxAxes; ++a) {
    inputs[a] = p.axes[a].input;
    kernels[a] = p.axes[a].kernel;
  }
  lay_out(p.x, inputs, p.in_channels);
  lay_out(p.y, *output_extents(p), p.out_channels);
  TensorStrides w;
  lay_out(w, kernels, p.in_channels / p.groups);
  p.w = {.group = w.batch * (p.out_channels / p.groups),
         .out = w.batch,
         .in = w.channel,
         .axes = w.axes};
}

std::vector<std::byte> tensor(std::int64_t elements, DType dtype) {
  return std::vector<std::byte>(static_cast<std::size_t>(elements * size_bytes(dtype)));
}

Problem plane(Direction direction, DType dtype, std::int64_t in, std::int64_t out,
              std::int64_t input, std::int64_t kernel, std::int64_t stride) {
  Problem p{.direction = direction, .dtype = dtype, .in_channels = in, .out_channels = out};
  for (const std::size_t a : {kMaxAxes - 2, kMaxAxes - 1}) {
    p.axes[a] = {.input = input, .kernel = kernel, .stride = stride, .begin = 1, .end = 1};
  }
  return p;
}

// Beside its workspace, a thread lists the taps of a few tiles.
constexpr std::int64_t kBesides = 64 << 10;

TEST_CASE("allocation: a run keeps to its workspace") {
  const auto forward = Direction::Forward, transposed = Direction::Transposed;
  for (Problem p : {plane(forward, DType::Float32, 16, 40, 60, 3, 1),
                    plane(forward, DType::Float32, 3, 8, 200, 7, 2),
                    plane(forward, DType::Float16, 64, 32, 60, 3, 1),
                    plane(forward, DType::BFloat16, 3, 8, 500, 5, 1),
                    plane(transposed, DType::Float32, 16, 3, 50, 4, 2),
                    plane(transposed, DType::Float16, 16, 32, 50, 4, 2),
                    plane(forward, DType::Float64, 4, 4, 80, 15, 1),
                    plane(forward, DType::Float32, 300, 200, 30, 3, 1),
                    plane(forward, DType::Float32, 2200, 40, 20, 3, 1),
                    plane(forward, DType::BFloat16, 1100, 40, 20, 3, 1),
                    plane(transposed, DType::Float64, 20, 70, 30, 3, 1)}) {
    for (const PadMode mode : {PadMode::Zeros, PadMode::Reflect}) {
      if (mode != PadMode::Zeros && p.direction == transposed) continue;
      p.pad_mode = mode;
      lay_out(p);
      const auto x = tensor(p.x.batch, p.dtype), w = tensor(p.w.out * p.out_channels, p.dtype);
      auto y = tensor(p.y.batch, p.dtype);
      for (const std::string_view algorithm : algorithm_names()) {
        if (algorithm == "reference") continue;  // slow, and lists less than the others
        const auto plan =
            Plan::make(p, {.algorithm = std::string(algorithm), .math = Math::Fast, .threads = 1});
        if (!plan) continue;
        const PackedWeights packed = plan->pack(w.data());
        std::int64_t used = 0;
        // A new thread has no slab from the run before.
        std::thread([&] {
          used =
              peak_of([&] { plan->run({.x = x.data(), .w = w.data(), .y = y.data()}, &packed); });
        }).join();
        INFO(std::string(algorithm)
             << ": " << used << " bytes, promised " << plan->workspace_bytes());
        CHECK(used <= plan->workspace_bytes() + kBesides);
      }
    }
  }
}

TEST_CASE("allocation: plans of gigantic problems are quick and small") {
  struct Row {
    std::string what;
    Problem problem;
  };
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  std::vector<Row> rows;
  for (const DType dtype : {DType::Float32, DType::Float16}) {
    for (const auto direction : {Direction::Forward, Direction::Transposed}) {
      Problem p = plane(direction, dtype, 1, 1, std::int64_t{1} << 20, 3, 2);
      rows.push_back({"a plane of 2^40 pixels", p});
      p = plane(direction, dtype, 1 << 15, 1 << 15, 1 << 10, 3, 1);
      rows.push_back({"2^15 channels", p});
      p = {.direction = direction, .dtype = dtype, .rank = 1};
      p.axes.back() = {.input = kHuge, .kernel = 3, .begin = 1, .end = 1};
      rows.push_back({"a row of 2^40", p});
      p.batch = 1 << 20;
      p.axes.back().input = 1 << 20;
      rows.push_back({"a batch of 2^20", p});
      p.batch = 1;
      p.axes.back() = {.input = 1 << 20, .kernel = 2, .stride = 1 << 20};
      rows.push_back({"a stride of 2^20", p});
      p.axes.back() = {.input = 1 << 21, .kernel = 2, .dilation = 1 << 20};
      rows.push_back({"a dilation of 2^20", p});
      p.axes.back() = {.input = 1 << 21, .kernel = 1 << 20};
      rows.push_back({"a kernel of 2^20", p});
    }
  }
  for (Row& row : rows) {
    REQUIRE(output_extents(row.problem));
    lay_out(row.problem);
    for (const std::string_view algorithm : algorithm_names()) {
      INFO(std::string(algorithm) << ": " << std::string(name(row.problem.direction)) << " "
                                  << std::string(name(row.problem.dtype)) << " " << row.what);
      const auto start = std::chrono::steady_clock::now();
      std::int64_t used = 0;
      try {
        used = peak_of([&] {
          static_cast<void>(
              Plan::make(row.problem,
                         {.algorithm = std::string(algorithm), .math = Math::Fast, .threads = 2}));
        });
      } catch (const std::bad_alloc&) {
        FAIL_CHECK("it does not fit into memory");
      }
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      INFO(used << " bytes, " << seconds.count() << " s");
      CHECK(used < 64 << 20);
      CHECK(seconds.count() < 0.5);  // milliseconds, but the machine may be busy
    }
  }
}

}  // namespace
}  // namespace tconv

int main(int argc, char** argv) {
  // A plan that lists what it should count fails here, and does not take the machine down.
  const rlimit two_gib{.rlim_cur = 2UL << 30, .rlim_max = RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &two_gib);
  return doctest::Context(argc, argv).run();
}
