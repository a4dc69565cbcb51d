#include "cli/run_times.hpp"

#include <fmt/format.h>

#include <ctime>

namespace tconv::cli {

double milliseconds_since_start() {
  timespec spent{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) != 0) return 0;
  constexpr double kPerSecond = 1e3, kPerNanosecond = 1e-6;
  return static_cast<double>(spent.tv_sec) * kPerSecond +
         static_cast<double>(spent.tv_nsec) * kPerNanosecond;
}

std::string times_json(const RunTimes& times) {
  return fmt::format(
      R"({{"start": {:.3f}, "read": {:.3f}, "plan": {:.3f}, "pack": {:.3f}, "compute": {:.3f}, )"
      R"("write": {:.3f}}})",
      times.start, times.read, times.plan, times.pack, times.compute, times.write);
}

}  // namespace tconv::cli
