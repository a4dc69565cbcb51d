// Layers whose every output has one tap, as one matrix product: pixels are copied into panels that
// stay in the cache, and every weight meets them there.
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Why the kernel does not take a plain problem; empty where it does.
std::string refuse_panels(const Problem& problem);

// The problem is plain (kernels/plain.hpp) and not refused.
std::shared_ptr<const Executor> make_panels(const Problem& problem, int threads);

}  // namespace tconv::kernels
