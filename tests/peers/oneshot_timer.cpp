// Runs a command and prints the milliseconds from its start to its end and its peak resident MiB. A
// program of its own, since the kernel counts the memory of who starts a process as that process's.
//
//   oneshot_timer COMMAND ARGUMENT...
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (posix_spawn(&child, argv[1], nullptr, nullptr, argv + 1, environ) != 0) return 2;
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) return 2;
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  std::printf("%.6f %.6f\n", wall.count(), static_cast<double>(usage.ru_maxrss) / 1024);
  return status == 0 ? 0 : 1;
}
