#include "cli/batch_progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "cli/seconds_since.hpp"
#include "support/file.hpp"

namespace tconv::cli {
namespace {

constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::seconds kLineInterval{5};
constexpr int kBarWidth = 24;
constexpr int kNarrowTerminal = 80;

void write_stderr(const std::string& text) {
  static_cast<void>(support::write_all(STDERR_FILENO, text, "stderr"));
}

int terminal_width() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kNarrowTerminal;
}

std::string bar_text(std::int64_t part, std::int64_t whole) {
  const auto filled = static_cast<std::size_t>(whole == 0 ? 0 : kBarWidth * part / whole);
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(kBarWidth - filled, '.'));
}

}  // namespace

std::string bytes_text(std::int64_t bytes) {
  constexpr std::array kUnits{"bytes", "KB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string rates_text(const batch::Progress& progress, double seconds) {
  const double time = std::max(seconds, 1e-9);
  const auto files = static_cast<double>(progress.done + progress.failed) / time;
  const auto bytes = static_cast<double>(progress.bytes_in + progress.bytes_out) / time;
  const auto flops = 2 * static_cast<double>(progress.macs) / time;
  return fmt::format("{:.{}f} files/s, {}/s, {:.1f} GFLOP/s", files, files < 10 ? 1 : 0,
                     bytes_text(static_cast<std::int64_t>(bytes)), flops / 1e9);
}

BatchProgress::BatchProgress(const batch::Progress& progress, std::int64_t items,
                             ProgressStyle style)
    : progress_(progress), items_(items), style_(style) {
  if (style != ProgressStyle::None) thread_ = std::thread([this] { serve(); });
}

BatchProgress::~BatchProgress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(ending_);
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
  if (style_ == ProgressStyle::Bar) write_stderr("\r\x1b[K");
}

void BatchProgress::serve() {
  const auto start = Clock::now();
  const auto interval =
      style_ == ProgressStyle::Bar ? Clock::duration(kBarInterval) : Clock::duration(kLineInterval);
  std::unique_lock guard(ending_);
  while (!ended_.wait_for(guard, interval, [this] { return end_; })) {
    const double seconds = seconds_since(start);
    const std::int64_t computed = progress_.done + progress_.failed;
    const std::int64_t through = computed + progress_.skipped + progress_.done_before;
    std::string text = fmt::format("{}/{}  {}", through, items_, rates_text(progress_, seconds));
    if (computed > 0) {
      const double left = seconds * static_cast<double>(items_ - through) / double(computed);
      text += fmt::format(", {} left", duration_text(left));
    }
    if (progress_.failed > 0) text += fmt::format(", {} failed", progress_.failed.load());
    if (style_ == ProgressStyle::Lines) {
      write_stderr("tconv: " + text + '\n');
    } else {
      text = fmt::format("{} {}", bar_text(through, items_), text);
      text.resize(std::min(text.size(), static_cast<std::size_t>(terminal_width() - 1)));
      write_stderr("\r" + text + "\x1b[K");
    }
  }
}

}  // namespace tconv::cli
