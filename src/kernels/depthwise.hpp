// Depthwise convolution of rows that lie side by side in memory: bands of a channel's rows are
// copied between zeros and then met by every tap, without a mask.
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Why the kernel does not take a plain problem; empty where it does.
std::string refuse_depthwise(const Problem& problem);

// The problem is plain (kernels/plain.hpp) and not refused.
std::shared_ptr<const Executor> make_depthwise(const Problem& problem, int threads);

}  // namespace tconv::kernels
