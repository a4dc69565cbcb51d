// Threads that share one loop.
#pragma once
#include <cstdint>
#include <functional>

namespace tconv::support {

// As many threads as this process may run at once; at least 1.
int machine_threads();

// Calls work(item) once for every item in [0, count), on up to `threads` threads, the caller's
// among them. Each has items that lie side by side, in their order, and those of others when it is
// through with them. Returns when all are done. work must not throw; a parallel_for inside of work
// runs on its caller's thread alone.
//
// The other threads start with the first call that needs them and stay with the calling thread
// until that ends. Between calls they look out for the next one for a while and then sleep.
void parallel_for(int threads, std::int64_t count, const std::function<void(std::int64_t)>& work);

}  // namespace tconv::support
