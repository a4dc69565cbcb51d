// The journal of a batch: what became of every item, as JSON lines, so that a later run can go on
// where this one ended and so that the journals of several machines can be put together.
//
// The first line is the header, each further line an item that is finished:
//   {"journal": 1, "tconv": "0.1.0", "job": "<hex>", "items": 1000, "shard": "1/1"}
//   {"input": "a/x.npy", "size": 144, "mtime_ns": 1700000000000000000, "output": "out/a/x.npy",
//    "shape": [1, 8, 4, 4], "dtype": "float32", "status": "done", "seconds": 0.0012}
// with "hash" where inputs are hashed and "error": {"code", "message"} where an item failed. Names
// that are not UTF-8 are written with U+FFFD for what cannot be, and once more, whole, as base64 in
// "input_bytes" and "output_bytes". A later line about an input takes the place of an earlier one.
//
// A line is written by one call when its output is in place. What kills the process can tear the
// last line only; a torn line is one without its newline, and counts for nothing.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::batch {

struct JournalHeader {
  std::string tconv{};        // version of the program
  std::string job{};          // digest of all that decides the values of an output, in hex
  std::int64_t items = 0;     // of the whole batch, before it was shared out
  std::string shard = "1/1";  // "I/N", I from 1
  friend bool operator==(const JournalHeader&, const JournalHeader&) = default;
};

enum class ItemStatus { Done, Failed, Skipped };
std::string_view name(ItemStatus status);  // "done", "failed", "skipped"

struct JournalError {
  std::string code{};  // support::error_name
  std::string message{};
  friend bool operator==(const JournalError&, const JournalError&) = default;
};

struct JournalEntry {
  std::string input{};  // path as it was found, any bytes
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::string hash{};  // of the input's bytes, in hex; empty where not asked for
  std::string output{};
  Shape shape{};  // of the output; empty, as dtype, where the item failed or was skipped
  std::string dtype{};
  ItemStatus status = ItemStatus::Done;
  double seconds = 0;
  std::optional<JournalError> error{};
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// One line with its newline, put behind what `text` holds.
void append_line(std::string& text, const JournalHeader& header);
void append_line(std::string& text, const JournalEntry& entry);

// From one line without its newline. Fails with Input, `where` staying empty.
Result<JournalHeader> parse_journal_header(std::string_view line);
Result<JournalEntry> parse_journal_entry(std::string_view line);

struct JournalContents {
  JournalHeader header{};
  std::vector<JournalEntry> entries{};  // in the order of their lines
  std::int64_t whole_bytes = 0;         // up to the end of the last whole line
};

// Empty where there is no such file, or nothing whole in it. Fails with Input where a line other
// than a torn last one is no line of a journal.
Result<std::optional<JournalContents>> read_journal(const std::string& path);

// A journal that is being written. Only one process has it at a time.
class Journal {
 public:
  // Begins a new journal, in place of what `path` held, or goes on after the first `keep_bytes` of
  // it. Both fail with Output, also where another process is writing it.
  static Result<Journal> begin(const std::string& path, const JournalHeader& header,
                               std::span<const JournalEntry> entries = {});
  static Result<Journal> go_on(const std::string& path, std::int64_t keep_bytes);
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  // May be called by several threads at once. Fails with Output.
  Result<void> add(const JournalEntry& entry);
  Result<void> sync();  // to the disk itself

 private:
  Journal(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  static Result<Journal> open(const std::string& path);
  Result<void> shorten(std::int64_t bytes);
  Result<void> write(std::string_view lines);

  std::string path_;
  int descriptor_ = -1;
  std::int64_t whole_bytes_ = 0;
  std::mutex adding_{};
  std::string line_{};  // reused
};

}  // namespace tconv::batch
