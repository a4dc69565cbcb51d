// Putting the journals of shards together: what is missing, what is double, what does not belong.
#include "batch/merge_journals.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "batch/shard.hpp"

namespace tconv::batch {
namespace {

constexpr std::int64_t kItems = 10;

JournalEntry item(const std::string& input) {
  return {
      .input = input, .size = 16, .output = "out/" + input, .shape = {2, 2}, .dtype = "float32"};
}

// "x0.npy" to "x9.npy", shared out to three.
std::vector<NamedJournal> three() {
  std::vector<NamedJournal> journals;
  for (std::int64_t index = 1; index <= 3; ++index) {
    const Shard shard{.index = index, .count = 3};
    NamedJournal journal{.name = "s" + std::to_string(index) + ".jsonl"};
    journal.contents.header = {
        .tconv = "0.1.0", .job = "abc", .items = kItems, .shard = shard_text(shard)};
    for (std::int64_t i = kItems; i-- > 0;) {  // in any order, as threads finish
      if (shard.has(i)) journal.contents.entries.push_back(item("x" + std::to_string(i) + ".npy"));
    }
    journals.push_back(std::move(journal));
  }
  return journals;
}

std::vector<std::string> problems_of(const std::vector<NamedJournal>& journals) {
  const auto merged = merge_journals(journals);
  REQUIRE(merged);
  return merged->problems;
}

using Problems = std::vector<std::string>;

TEST_CASE("merge_journals: all items, once each and in order") {
  auto journals = three();
  std::swap(journals[0], journals[2]);
  const auto merged = merge_journals(journals);
  REQUIRE(merged);
  CHECK(merged->problems == Problems{});
  CHECK(merged->header ==
        JournalHeader{.tconv = "0.1.0", .job = "abc", .items = kItems, .shard = "1/1"});
  REQUIRE(merged->entries.size() == kItems);
  for (std::size_t i = 0; i < kItems; ++i) {
    CHECK(merged->entries[i] == item("x" + std::to_string(i) + ".npy"));
  }
}

TEST_CASE("merge_journals: a later line takes the place of an earlier one") {
  auto journals = three();
  JournalEntry failed = journals[1].contents.entries[0];
  failed.status = ItemStatus::Failed;
  failed.output.clear();
  auto& entries = journals[1].contents.entries;
  entries.insert(entries.begin(), failed);
  const auto merged = merge_journals(journals);
  REQUIRE(merged);
  CHECK(merged->problems == Problems{});
  for (const JournalEntry& entry : merged->entries) CHECK(entry.status == ItemStatus::Done);
  entries.push_back(failed);
  const auto again = merge_journals(journals);
  CHECK(again->problems == Problems{});
  CHECK(again->entries[7].status == ItemStatus::Failed);
}

TEST_CASE("merge_journals: what is missing") {
  auto journals = three();
  journals[1].contents.entries.pop_back();
  CHECK(problems_of(journals) ==
        Problems{"shard 2/3 (s2.jsonl): 2 of 3 items; --resume finishes it"});
  journals = three();
  journals.erase(journals.begin() + 1);
  CHECK(problems_of(journals) == Problems{"shard 2/3: no journal"});
  journals.erase(journals.begin() + 1);
  CHECK(problems_of(journals) == Problems{"shards 2/3 to 3/3: no journal"});
  journals = three();
  journals.erase(journals.begin(), journals.begin() + 2);
  CHECK(problems_of(journals) == Problems{"shards 1/3 to 2/3: no journal"});
}

TEST_CASE("merge_journals: what is double") {
  auto journals = three();
  journals[1].contents.entries[0].input = "x0.npy";
  CHECK(problems_of(journals) == Problems{"x0.npy: in both s1.jsonl and s2.jsonl"});

  journals = three();
  journals[1].contents.entries[0].output = "out/x0.npy";
  CHECK(problems_of(journals) == Problems{"out/x0.npy: of both x0.npy and x7.npy"});

  journals = three();
  journals.push_back(journals[0]);
  journals.back().name = "again.jsonl";
  const auto twice = problems_of(journals);
  REQUIRE(twice.size() == 5);  // and its four items
  CHECK(twice[0] == "shard 1/3: two journals, s1.jsonl and again.jsonl");
  CHECK(twice[1] == "x0.npy: in both s1.jsonl and again.jsonl");
}

TEST_CASE("merge_journals: shards that saw other inputs") {
  auto journals = three();
  journals[0].contents.entries[0].input = "a.npy";  // was x9.npy: every item moves by one place
  CHECK(problems_of(journals) ==
        Problems{"x0.npy: item 1 of all, yet in s1.jsonl of shard 1/3: the shards did not see the "
                 "same inputs"});
  journals = three();
  journals[0].contents.entries.push_back(item("x99.npy"));
  CHECK(problems_of(journals) == Problems{"shard 1/3 (s1.jsonl): 5 of 4 items"});
}

TEST_CASE("merge_journals: journals of another batch are no request") {
  const auto refusal = [](const std::vector<NamedJournal>& journals) {
    const auto merged = merge_journals(journals);
    REQUIRE_FALSE(merged);
    return merged.error();
  };
  CHECK(refusal({}).what == "no journals are given");
  auto journals = three();
  journals[2].contents.header.job = "def";
  CHECK(refusal(journals).where == "s3.jsonl");
  CHECK(refusal(journals).what == "is of another batch than s1.jsonl: job def, not abc");
  CHECK(refusal(journals).code == ErrorCode::Usage);
  journals = three();
  journals[1].contents.header.items = 11;
  CHECK(refusal(journals).what == "is of another batch than s1.jsonl: items 11, not 10");
  journals = three();
  journals[1].contents.header.shard = "2/4";
  CHECK(refusal(journals).what == "is of another batch than s1.jsonl: shards 4, not 3");
  for (const std::string shard : {"", "auto", "0/3", "4/3", "1/0"}) {
    journals[1].contents.header.shard = shard;
    CHECK(refusal(journals).code == ErrorCode::Input);
    CHECK(refusal(journals).what == "its shard \"" + shard + "\" is not I/N");
  }
}

TEST_CASE("merge_journals: a long list of problems is cut") {
  NamedJournal journal{.name = "s.jsonl"};
  journal.contents.header = {.items = 100, .shard = "1/1"};
  for (int i = 0; i < 100; ++i) {
    JournalEntry entry = item("x" + std::to_string(100 + i) + ".npy");
    entry.output = "out/same.npy";
    journal.contents.entries.push_back(entry);
  }
  const auto problems = problems_of({journal});
  REQUIRE(problems.size() == 21);
  CHECK(problems.back() == "and 79 more");
}

TEST_CASE("merge_journal_files: from files to a file that reads back") {
  const tests::TemporaryFolder folder;
  std::vector<std::string> paths;
  for (const NamedJournal& journal : three()) {
    std::string lines;
    append_line(lines, journal.contents.header);
    for (const JournalEntry& entry : journal.contents.entries) append_line(lines, entry);
    paths.push_back(folder / journal.name);
    tests::put_file(paths.back(), lines + "{\"torn");
  }
  const auto merged = merge_journal_files(paths);
  REQUIRE(merged);
  CHECK(merged->problems == Problems{});
  REQUIRE(write_journal(*merged, folder / "all.jsonl"));
  const auto back = read_journal(folder / "all.jsonl");
  REQUIRE(back);
  REQUIRE(*back);
  CHECK((*back)->header == merged->header);
  CHECK((*back)->entries == merged->entries);

  paths.push_back(folder / "nowhere.jsonl");
  CHECK(merge_journal_files(paths).error().where == paths.back());
  CHECK(merge_journal_files(paths).error().code == ErrorCode::Input);
  CHECK(write_journal(*merged, folder / "nowhere/all.jsonl").error().code == ErrorCode::Output);
}

}  // namespace
}  // namespace tconv::batch
