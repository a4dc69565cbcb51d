// Threads. The only room that knows oneTBB.
#pragma once
#include <cstdint>
#include <functional>

namespace tconv::support {

// As many threads as the machine runs at once; at least 1.
int machine_threads();

// Calls work(item) once for every item in [0, count), on up to `threads` threads; items are handed
// out in order. Returns when all are done. work must not throw.
void parallel_for(int threads, std::int64_t count, const std::function<void(std::int64_t)>& work);

}  // namespace tconv::support
