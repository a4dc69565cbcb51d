// Problems that are not plain, or whose input lies badly for a cache, in bands: the input of a few
// output rows is copied into a thread's small slab as the sums need it (slab.hpp), and a plain
// kernel computes the band from there.
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Why the problem is not taken; empty where it is.
std::string refuse_gathered(const Problem& problem);

// Makes the executor of a band: a plain problem of one image and group, run by one thread. Its x
// elements are those sums are kept in, whatever its dtype.
using MakeBand = std::shared_ptr<const Executor> (*)(const Problem& band);

// Chooses for the longest band what then computes all of them, since they share packed weights.
using ChooseBand = MakeBand (*)(const Problem& band);

// The problem is one it does not refuse.
std::shared_ptr<const Executor> make_gathered(const Problem& problem, int threads,
                                              ChooseBand choose_band);

}  // namespace tconv::kernels
