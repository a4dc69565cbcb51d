// One machine's part of a batch: which of N equal parts it is, and which items are in it.
//
// Parts are counted from 1, as GNU parallel's {#} and Jest's and Playwright's --shard count. Item k
// (from 0) of the sorted list is in part k % N + 1: neighbours by name tend to be alike, so the
// parts are alike in size, and every machine that sees the same list agrees without talking.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tconv/result.hpp"

namespace tconv::batch {

struct Shard {
  std::int64_t index = 1;  // 1 to count
  std::int64_t count = 1;
  std::string source{};  // who says so: "--shard", "the Slurm array"

  bool has(std::int64_t item) const { return item % count == index - 1; }
  std::int64_t share_of(std::int64_t all) const { return (all + count - index) / count; }
};

std::string shard_text(const Shard& shard);  // "2/8"

// The items of a sorted list that are in the shard.
template <typename Item>
std::vector<Item> items_of(const Shard& shard, std::vector<Item> all) {
  if (shard.count == 1) return all;
  std::vector<Item> own;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (shard.has(static_cast<std::int64_t>(i))) own.push_back(std::move(all[i]));
  }
  return own;
}

// A variable of the environment; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

// `I/N`, `auto`, or `auto/N`, which also says how many there must be. auto asks, in this order
//   SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX, _STEP   a Slurm array
//   JOB_COMPLETION_INDEX                             a Kubernetes indexed Job, with auto/N only
//   OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE       Open MPI
//   PMI_RANK, PMI_SIZE                               MPICH, Intel MPI
//   SLURM_PROCID, SLURM_NTASKS                       what srun starts (SLURM_STEP_ID), except
//   mpirun
// A job of one part says nothing about parts; two others that disagree are an error. Fails with
// Usage, also where a Slurm array is a list (1,3,7): its variables do not tell a task's place in
// it.
Result<Shard> parse_shard(std::string_view text, const Environment& environment);

}  // namespace tconv::batch
