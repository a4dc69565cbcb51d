// How far a batch is, while it runs: a bar on a terminal, a line every few seconds elsewhere.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "batch/run_batch.hpp"

namespace tconv::cli {

// Rates since the start: "412 files/s, 1.9 GB/s, 122 GFLOP/s".
std::string rates_text(const batch::Progress& progress, double seconds);

// "1 h 02 min", "3 min 20 s", "12 s"
std::string duration_text(double seconds);

// 3211264 -> "3.2 MB"
std::string bytes_text(std::int64_t bytes);

enum class ProgressStyle { None, Bar, Lines };

// Shows it on stderr from a thread of its own, until it is destroyed.
class BatchProgress {
 public:
  BatchProgress(const batch::Progress& progress, std::int64_t items, ProgressStyle style);
  BatchProgress(const BatchProgress&) = delete;
  BatchProgress& operator=(const BatchProgress&) = delete;
  ~BatchProgress();

 private:
  void serve();

  const batch::Progress& progress_;
  std::int64_t items_;
  ProgressStyle style_;
  std::mutex ending_{};
  std::condition_variable ended_{};
  bool end_ = false;
  std::thread thread_{};
};

}  // namespace tconv::cli
