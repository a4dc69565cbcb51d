// One algorithm, made ready for one problem: what a plan holds and runs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tconv/convolve.hpp"

namespace tconv::kernels {

class Executor {
 public:
  virtual ~Executor() = default;

  virtual std::string_view target() const { return {}; }
  virtual std::int64_t packed_bytes() const { return 0; }
  // Allocated for one thread while it runs, beside a few KiB of its stack.
  virtual std::int64_t workspace_bytes() const { return 0; }

  // Fills packed_bytes() bytes, aligned to 64.
  virtual void pack(const std::byte*, std::byte*) const {}

  // Fills y. packed is what pack() wrote, and null where packed_bytes() is 0.
  virtual void run(const Operands& operands, const std::byte* packed) const = 0;

 protected:
  Executor() = default;
  Executor(const Executor&) = default;
  Executor& operator=(const Executor&) = default;
};

}  // namespace tconv::kernels
