#include "batch/merge_journals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

#include "batch/shard.hpp"
#include "support/file.hpp"

namespace tconv::batch {
namespace {

// A journal, which part it is of, and the line that counts for each input.
struct Part {
  const NamedJournal* journal = nullptr;
  Shard shard{};
  std::vector<const JournalEntry*> entries{};
};

Error usage(const std::string& where, std::string what, std::string hint = {}) {
  return {
      .code = ErrorCode::Usage, .where = where, .what = std::move(what), .hint = std::move(hint)};
}

Result<Shard> shard_of(const NamedJournal& journal) {
  auto shard = parse_shard(journal.contents.header.shard,
                           [](const char*) { return std::optional<std::string>(); });
  if (shard) return shard;
  return Error{.code = ErrorCode::Input,
               .where = journal.name,
               .what = fmt::format("its shard \"{}\" is not I/N", journal.contents.header.shard)};
}

std::vector<const JournalEntry*> last_lines(const std::vector<JournalEntry>& entries) {
  std::unordered_map<std::string_view, const JournalEntry*> last;
  for (const JournalEntry& entry : entries) last[entry.input] = &entry;
  std::vector<const JournalEntry*> lines;
  for (const auto& [input, entry] : last) lines.push_back(entry);
  return lines;
}

Result<void> check_one_batch(const Part& first, const Part& other) {
  const JournalHeader& a = first.journal->contents.header;
  const JournalHeader& b = other.journal->contents.header;
  const auto differs = [&](std::string_view of, const auto& here, const auto& there) {
    return usage(other.journal->name,
                 fmt::format("is of another batch than {}: {} {}, not {}", first.journal->name, of,
                             there, here),
                 "every part takes the same SPEC, weights, options and inputs");
  };
  if (a.job != b.job) return differs("job", a.job, b.job);
  if (a.items != b.items) return differs("items", a.items, b.items);
  if (first.shard.count != other.shard.count) {
    return differs("shards", first.shard.count, other.shard.count);
  }
  return {};
}

Result<std::vector<Part>> parts_of(const std::vector<NamedJournal>& journals) {
  std::vector<Part> parts;
  for (const NamedJournal& journal : journals) {
    const auto shard = shard_of(journal);
    if (!shard) return shard.error();
    parts.push_back(
        {.journal = &journal, .shard = *shard, .entries = last_lines(journal.contents.entries)});
    if (auto same = check_one_batch(parts[0], parts.back()); !same) return same.error();
  }
  return parts;
}

// A list for people: the first of them, and how many more there are.
class Problems {
 public:
  explicit Problems(std::vector<std::string>& list) : list_(list) {}
  ~Problems() {
    if (more_ > 0) list_.push_back(fmt::format("and {} more", more_));
  }
  Problems(const Problems&) = delete;
  Problems& operator=(const Problems&) = delete;

  void add(std::string problem) {
    constexpr std::size_t kMostShown = 20;
    if (list_.size() < kMostShown) {
      list_.push_back(std::move(problem));
    } else {
      ++more_;
    }
  }

 private:
  std::vector<std::string>& list_;
  std::size_t more_ = 0;
};

// Each part has one journal, and that has all of the part's items.
void check_parts(const std::vector<Part>& parts, std::int64_t items, Problems& problems) {
  std::map<std::int64_t, const Part*> by_index;
  for (const Part& part : parts) {
    const auto [there, first] = by_index.emplace(part.shard.index, &part);
    if (!first) {
      problems.add(fmt::format("shard {}: two journals, {} and {}", shard_text(part.shard),
                               there->second->journal->name, part.journal->name));
    }
    const std::int64_t own = part.shard.share_of(items);
    const auto found = static_cast<std::int64_t>(part.entries.size());
    if (found == own) continue;
    problems.add(fmt::format("shard {} ({}): {} of {} items{}", shard_text(part.shard),
                             part.journal->name, found, own,
                             found < own ? "; --resume finishes it" : ""));
  }
  std::int64_t expected = 1;
  const std::int64_t count = parts[0].shard.count;
  const auto missing_until = [&](std::int64_t next) {
    if (expected >= next) return;
    const std::string first = shard_text({.index = expected, .count = count});
    const std::string last = shard_text({.index = next - 1, .count = count});
    problems.add(next - expected == 1 ? fmt::format("shard {}: no journal", first)
                                      : fmt::format("shards {} to {}: no journal", first, last));
  };
  for (const auto& [index, part] : by_index) {
    missing_until(index);
    expected = index + 1;
  }
  missing_until(count + 1);
}

struct Owned {
  const JournalEntry* entry = nullptr;
  const Part* part = nullptr;
};

std::vector<Owned> sorted_entries(const std::vector<Part>& parts) {
  std::vector<Owned> all;
  for (const Part& part : parts) {
    for (const JournalEntry* entry : part.entries) all.push_back({entry, &part});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Owned& a, const Owned& b) { return a.entry->input < b.entry->input; });
  return all;
}

// No input in two journals, no output of two inputs, and every item in the part it belongs to.
void check_entries(const std::vector<Owned>& all, std::int64_t items, Problems& problems) {
  std::unordered_map<std::string_view, const JournalEntry*> outputs;
  bool twice = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const JournalEntry& entry = *all[i].entry;
    if (i > 0 && all[i - 1].entry->input == entry.input) {
      twice = true;
      problems.add(fmt::format("{}: in both {} and {}", entry.input, all[i - 1].part->journal->name,
                               all[i].part->journal->name));
      continue;
    }
    if (entry.output.empty()) continue;
    const auto [there, first] = outputs.emplace(entry.output, &entry);
    if (first) continue;
    problems.add(
        fmt::format("{}: of both {} and {}", entry.output, there->second->input, entry.input));
  }
  if (twice || static_cast<std::int64_t>(all.size()) != items) return;  // places mean nothing then
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].part->shard.has(static_cast<std::int64_t>(i))) continue;
    problems.add(fmt::format(
        "{}: item {} of all, yet in {} of shard {}: the shards did not see the "
        "same inputs",
        all[i].entry->input, i, all[i].part->journal->name, shard_text(all[i].part->shard)));
    return;  // those that follow are out of place for the same reason
  }
}

}  // namespace

Result<MergedJournals> merge_journals(const std::vector<NamedJournal>& journals) {
  if (journals.empty()) return usage("", "no journals are given");
  const auto parts = parts_of(journals);
  if (!parts) return parts.error();
  MergedJournals merged{.header = journals[0].contents.header};
  merged.header.shard = shard_text({});
  const std::vector<Owned> all = sorted_entries(*parts);
  {
    Problems problems(merged.problems);
    check_parts(*parts, merged.header.items, problems);
    check_entries(all, merged.header.items, problems);
  }
  for (const Owned& owned : all) {
    const bool again = !merged.entries.empty() && merged.entries.back().input == owned.entry->input;
    if (!again) merged.entries.push_back(*owned.entry);
  }
  return merged;
}

Result<MergedJournals> merge_journal_files(const std::vector<std::string>& paths) {
  std::vector<NamedJournal> journals;
  for (const std::string& path : paths) {
    auto contents = read_journal(path);
    if (!contents) return contents.error();
    if (!*contents) {
      return Error{.code = ErrorCode::Input, .where = path, .what = "no such journal, or empty"};
    }
    journals.push_back({.name = path, .contents = **std::move(contents)});
  }
  return merge_journals(journals);
}

Result<void> write_journal(const MergedJournals& merged, const std::string& path) {
  auto file = support::AtomicFile::open(path);
  if (!file) return file.error();
  std::string lines;
  append_line(lines, merged.header);
  for (const JournalEntry& entry : merged.entries) append_line(lines, entry);
  if (auto written = file->write(lines); !written) return written;
  return file->commit();
}

}  // namespace tconv::batch
