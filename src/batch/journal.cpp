// Journals as files.
#include "batch/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "support/file.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

constexpr mode_t kNewFileMode = 0666;  // less the umask
constexpr std::string_view kHeaderBegin = R"({"journal": )";

Error cannot_write(const std::string& path, int number) {
  return support::system_error(ErrorCode::Output, path, "cannot be written", number);
}

Error at_line(Error error, const std::string& path, std::size_t line) {
  error.where = fmt::format("{}: line {}", path, line);
  return error;
}

}  // namespace

Result<std::optional<JournalContents>> read_journal(const std::string& path) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) return std::optional<JournalContents>();
  const auto file = support::map_file(path);
  if (!file) return file.error();
  std::string_view rest(reinterpret_cast<const char*>(file->data.get()), file->size_bytes);
  JournalContents contents;
  for (std::size_t number = 1;; ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // torn, or the end
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    contents.whole_bytes += static_cast<std::int64_t>(end + 1);
    if (number == 1) {
      auto header = parse_journal_header(line);
      if (!header) return at_line(header.error(), path, number);
      contents.header = *std::move(header);
    } else {
      auto entry = parse_journal_entry(line);
      if (!entry) return at_line(entry.error(), path, number);
      contents.entries.push_back(*std::move(entry));
    }
  }
  if (contents.whole_bytes == 0) {
    const std::size_t common = std::min(rest.size(), kHeaderBegin.size());
    if (rest.substr(0, common) == kHeaderBegin.substr(0, common)) {
      return std::optional<JournalContents>();  // a torn header
    }
    return at_line(parse_journal_header("").error(), path, 1);
  }
  return std::optional(std::move(contents));
}

Result<Journal> Journal::open(const std::string& path) {
  const int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kNewFileMode);
  if (opened < 0) return cannot_write(path, errno);
  Journal journal(path, opened);
  // Some network file systems have no locks; going on without is all that can be done there.
  if (flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Error{.code = ErrorCode::Output,
                 .where = path,
                 .what = "another process is writing this journal",
                 .hint = "wait for it to end, or give another --journal FILE and --out-dir"};
  }
  return journal;
}

Result<Journal> Journal::begin(const std::string& path, const JournalHeader& header,
                               std::span<const JournalEntry> entries) {
  auto journal = open(path);
  if (!journal) return journal;
  std::string lines;
  append_line(lines, header);
  for (const JournalEntry& entry : entries) append_line(lines, entry);
  // In this order a process that dies in between leaves a torn line, and not an old entry behind a
  // new header.
  if (auto cleared = journal->shorten(0); !cleared) return cleared.error();
  if (auto written = journal->write(lines); !written) return written.error();
  return journal;
}

Result<Journal> Journal::go_on(const std::string& path, std::int64_t keep_bytes) {
  auto journal = open(path);
  if (!journal) return journal;
  if (auto cut = journal->shorten(keep_bytes); !cut) return cut.error();
  return journal;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      whole_bytes_(other.whole_bytes_) {}

Journal::~Journal() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<void> Journal::add(const JournalEntry& entry) {
  const std::lock_guard guard(adding_);
  line_.clear();
  append_line(line_, entry);
  return write(line_);
}

Result<void> Journal::shorten(std::int64_t bytes) {
  if (ftruncate(descriptor_, bytes) != 0) return cannot_write(path_, errno);
  whole_bytes_ = bytes;
  return {};
}

Result<void> Journal::write(std::string_view lines) {
  auto written = support::write_all(descriptor_, lines, path_);
  if (written) {
    whole_bytes_ += static_cast<std::int64_t>(lines.size());
  } else {
    // The disk was full in the middle of a line: there may be room again for the next one.
    static_cast<void>(shorten(whole_bytes_));
  }
  return written;
}

Result<void> Journal::sync() {
  if (fdatasync(descriptor_) != 0 && errno != EINVAL) return cannot_write(path_, errno);
  return {};
}

}  // namespace tconv::batch
