#include "batch/journal.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace tconv::batch {
namespace {

using tests::file_bytes;
using tests::put_file;
using tests::TemporaryFolder;

const JournalHeader kHeader{.tconv = "0.1.0", .job = "ab12", .items = 3, .shard = "2/4"};
const std::string kHeaderLine =
    R"({"journal": 1, "tconv": "0.1.0", "job": "ab12", "items": 3, "shard": "2/4"})"
    "\n";

JournalEntry done() {
  return {.input = "a/x.npy",
          .size = 144,
          .mtime_ns = 1700000000000000001,
          .output = "out/x.npy",
          .shape = {1, 8, 4, 4},
          .dtype = "float32",
          .seconds = 0.0012};
}

std::string line_of(const JournalEntry& entry) {
  std::string line;
  append_line(line, entry);
  return line;
}

TEST_CASE("journal: a line reads as the format says") {
  CHECK(line_of(done()) ==
        R"({"input": "a/x.npy", "size": 144, "mtime_ns": 1700000000000000001, )"
        R"("output": "out/x.npy", "shape": [1, 8, 4, 4], "dtype": "float32", "status": "done", )"
        R"("seconds": 0.001200})"
        "\n");
}

TEST_CASE("journal: every entry comes back as it went in") {
  JournalEntry failed = done();
  failed.status = ItemStatus::Failed;
  failed.hash = "00ff";
  failed.error = JournalError{.code = "input", .message = "\"x\": a\nb\\c, \xC3\xA4"};
  JournalEntry strange = done();
  strange.status = ItemStatus::Skipped;
  strange.shape = {};
  // Lengths that leave 1, 2 and 0 bytes in base64's last group.
  for (const std::string name : {"\xff", "a\xff", "ab\xff", "\xff\"\\\n\x01\x7f.npy", "\xC3\xA4"}) {
    strange.input = name;
    strange.output = "out/" + name;
    for (const JournalEntry& entry : {failed, strange}) {
      std::string line = line_of(entry);
      CAPTURE(line);
      CHECK(line.find('\n') == line.size() - 1);
      line.pop_back();
      const auto read = parse_journal_entry(line);
      REQUIRE(read);
      CHECK(*read == entry);
    }
  }
}

TEST_CASE("journal: a torn last line counts for nothing, wherever it is torn") {
  const TemporaryFolder folder;
  const std::string path = folder / "j.jsonl", first = line_of(done()), second = line_of(done());
  for (std::size_t torn = 0; torn < second.size(); ++torn) {
    put_file(path, kHeaderLine + first + second.substr(0, torn));
    const auto read = read_journal(path);
    REQUIRE(read);
    REQUIRE(read->has_value());
    CHECK((*read)->header == kHeader);
    CHECK((*read)->entries == std::vector{done()});
    CHECK((*read)->whole_bytes == std::int64_t(kHeaderLine.size() + first.size()));
  }
  for (const std::string& text : {std::string(), kHeaderLine.substr(0, 20)}) {
    put_file(path, text);
    const auto read = read_journal(path);
    REQUIRE(read);
    CHECK_FALSE(read->has_value());
  }
  CHECK_FALSE(*read_journal(folder / "nothing"));
}

TEST_CASE("journal: what is no journal is refused, with the line") {
  const TemporaryFolder folder;
  const std::string path = folder / "j.jsonl";
  const std::string good = line_of(done());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    return line.replace(line.find(from), from.size(), to);
  };
  const struct {
    std::string text, expected;
  } rows[] = {
      {"hello", "line 1: no journal of tconv batch: its first line is no header"},
      {"hello\n", "line 1: no journal of tconv batch: its first line is no header"},
      {good, "line 1: no journal of tconv batch: its first line is no header"},
      {"{\"journal\": 2}\n", "line 1: a journal of format 2, this program knows 1"},
      {"{\"journal\": 1, \"tconv\": 3}\n", "line 1: \"tconv\" is not a string"},
      {kHeaderLine + "[1]\n" + good, "line 2: no JSON object"},
      {kHeaderLine + good + changed("144", "\"144\""), "line 3: \"size\" is not an integer"},
      {kHeaderLine + changed("[1,", "[1.5,"), "line 2: \"shape\" is not an array of integers"},
      {kHeaderLine + changed("done", "gone"), "line 2: \"status\" is not done, failed or skipped"},
      {kHeaderLine + changed("\"size\"", "\"input_bytes\": \"a=b=\", \"size\""),
       "line 2: \"input_bytes\" is not base64"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    put_file(path, row.text);
    const auto read = read_journal(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().where + ": " + read.error().what == path + ": " + row.expected);
  }
}

TEST_CASE("journal: goes on after what was whole, and belongs to one process") {
  const TemporaryFolder folder;
  const std::string path = folder / "j.jsonl";
  {
    auto journal = Journal::begin(path, kHeader);
    REQUIRE(journal);
    REQUIRE(journal->add(done()));
    const auto second = Journal::go_on(path, 0);
    REQUIRE_FALSE(second);
    CHECK(second.error().what == "another process is writing this journal");
  }
  CHECK(file_bytes(path) == kHeaderLine + line_of(done()));
  const std::string torn = kHeaderLine + line_of(done()) + "{\"inp";
  put_file(path, torn);
  const auto read = read_journal(path);
  REQUIRE(read);
  {
    auto journal = Journal::go_on(path, (*read)->whole_bytes);
    REQUIRE(journal);
    REQUIRE(journal->add(done()));
    REQUIRE(journal->sync());
  }
  CHECK(file_bytes(path) == kHeaderLine + line_of(done()) + line_of(done()));
  CHECK_FALSE(Journal::begin(folder / "no/j.jsonl", kHeader));
}

}  // namespace
}  // namespace tconv::batch
