// Running a problem once, in bands: each thread packs the weights of a block into memory it keeps,
// computes one band after the other and, where y goes to a file, writes it there while its bytes
// are still cached. Neither y nor the packed weights need to fit in memory.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "plan/bands.hpp"
#include "tconv/plan.hpp"

namespace tconv::plan {

// Milliseconds a run took. Where threads pack, compute and write side by side, its time is divided
// in the proportion of theirs.
struct Times {
  double pack = 0, compute = 0, write = 0;
  double all() const { return pack + compute + write; }
  void add(const Times& other) {
    pack += other.pack;
    compute += other.compute;
    write += other.write;
  }
};

class Banded {
 public:
  enum class Goal { InPlace, Streamed };

  // `whole` is the plan of the problem with these options. Nothing where bands would not do, or not
  // with the same bits.
  static std::optional<Banded> make(const Problem& problem, const Plan& whole,
                                    const PlanOptions& options, Goal goal);

  std::int64_t workspace_bytes() const;  // of all threads, weights and bands included

  // Goal::InPlace: fills operands.y.
  Times run(const Operands& operands) const;

  // Goal::Streamed: operands.y is not looked at. write(bytes, size, at) puts bytes at a place of y;
  // several threads call it at once. Stops at its first error, and returns it.
  using WriteAt =
      std::function<Result<void>(const std::byte* bytes, std::int64_t size, std::int64_t at)>;
  Result<Times> run(const Operands& operands, const WriteAt& write) const;

 private:
  struct Workspace;
  class Workspaces;
  Banded() = default;
  void compute(const Band& band, const Operands& operands, std::byte* y, Workspace& own) const;

  std::int64_t element_bytes_ = 0;
  int threads_ = 1;
  Bands bands_{};
  std::vector<Plan> plans_{};  // one for each of the bands' problems, on one thread
};

}  // namespace tconv::plan
