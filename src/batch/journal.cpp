// Journals as files.
#include "batch/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "support/file.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

constexpr mode_t kNewFileMode = 0666;  // less the umask

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
  if (contents.whole_bytes == 0) return std::optional<JournalContents>();
  return std::optional(std::move(contents));
}

Result<Journal> Journal::open(const std::string& path, std::int64_t keep_bytes) {
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
  if (ftruncate(opened, keep_bytes) != 0) return cannot_write(path, errno);
  return journal;
}

Result<Journal> Journal::begin(const std::string& path, const JournalHeader& header) {
  auto journal = open(path, 0);
  if (!journal) return journal;
  std::string line;
  append_line(line, header);
  if (auto written = journal->write(line); !written) return written.error();
  return journal;
}

Result<Journal> Journal::go_on(const std::string& path, std::int64_t keep_bytes) {
  return open(path, keep_bytes);
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Journal::~Journal() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<void> Journal::add(const JournalEntry& entry) {
  const std::lock_guard guard(adding_);
  line_.clear();
  append_line(line_, entry);
  return write(line_);
}

Result<void> Journal::write(std::string_view line) {
  return support::write_all(descriptor_, line, path_);
}

Result<void> Journal::sync() {
  if (fdatasync(descriptor_) != 0 && errno != EINVAL) return cannot_write(path_, errno);
  return {};
}

}  // namespace tconv::batch
