// A batch that is killed: nothing torn, nothing lost, nothing done for nothing twice in a row.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "batch/folders.hpp"
#include "batch/journal.hpp"
#include "program.hpp"

extern char** environ;

namespace tconv::tests {
namespace batch_kill_test {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kFiles = 800;
const std::string kLine =
    "batch 'Conv2d(8, 8, 3, padding=1, bias=False)' -w w.npy in -r --quiet --out-dir ";

struct Child {
  std::string errors_file{};
  pid_t process = 0;

  Child(const std::string& line, const fs::path& folder) : errors_file(folder / "errors") {
    std::vector<std::string> words = words_of(line);
    words.insert(words.begin(), TCONV_BINARY);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors_file.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(posix_spawn(&process, TCONV_BINARY, &actions, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  // The exit code, or the signal's number, negative.
  int wait() const {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
};

struct Folder : TemporaryFolder {
  Folder() {
    for (const char* sub : {"in/a", "in/b"}) fs::create_directories(path() / sub);
    for (int i = 0; i < kFiles; ++i) {
      put_file(*this / fmt::format("in/{}/x{}.npy", i % 2 == 0 ? "a" : "b", i),
               random_npy("1,8,24,24", i));
    }
    put_file(*this / "w.npy", random_npy("8,8,3,3", 1000));
  }
};

// What a kill has left, checked on the way.
struct State {
  std::set<std::string> journaled{};      // outputs
  std::map<std::string, ino_t> unsaid{};  // outputs that are there and not in the journal
};

State state_of(const fs::path& out, const std::map<std::string, std::string>& expected) {
  State state;
  std::map<std::string, std::string> files;
  if (fs::exists(out)) files = results_below(out);
  const auto journal = batch::read_journal(out / "tconv-batch.jsonl");
  REQUIRE(journal);
  if (*journal) {
    for (const batch::JournalEntry& entry : (*journal)->entries) {
      REQUIRE(entry.status == batch::ItemStatus::Done);
      // Each is done once: a line about it keeps every later run from it.
      REQUIRE(state.journaled.insert(fs::path(entry.output).lexically_relative("out")).second);
    }
  }
  for (const std::string& name : state.journaled) REQUIRE(files.contains(name));
  for (const auto& [name, bytes] : files) {
    if (fs::path(name).filename().string().starts_with('.')) continue;  // a temporary file
    REQUIRE(expected.contains(name));
    REQUIRE(expected.at(name) == bytes);
    if (state.journaled.contains(name)) continue;
    struct stat status {};
    REQUIRE(stat((out / name).c_str(), &status) == 0);
    state.unsaid[name] = status.st_ino;
  }
  return state;
}

TEST_CASE("batch: killed 20 times at random moments and resumed, it ends as if undisturbed") {
  const Folder folder;
  const auto start = Clock::now();
  REQUIRE(Child(kLine + "whole", folder.path()).wait() == 0);
  const double whole_seconds = Seconds(Clock::now() - start).count();
  const auto expected = results_below(folder.path() / "whole");
  REQUIRE(expected.size() == kFiles);

  const fs::path out = folder.path() / "out";
  std::mt19937 random(20261123);
  // Any moment of it: where starting takes most of the time, an earlier end would see no file.
  std::uniform_real_distribution<double> moment(0, whole_seconds);
  State before;
  std::size_t most_journaled = 0;
  int redone = 0;  // twice in a row
  for (int kills = 0; kills < 20;) {
    const Child child(kLine + "out --resume", folder.path());
    std::this_thread::sleep_for(Seconds(moment(random)));
    kill(child.process, SIGKILL);
    const int ending = child.wait();
    CAPTURE(kills);
    CAPTURE(file_bytes(child.errors_file));
    const State now = state_of(out, expected);
    most_journaled = std::max(most_journaled, now.journaled.size());
    if (ending == 0) {  // it was faster: begin again
      fs::remove_all(out);
      before = {};
      continue;
    }
    REQUIRE(ending == -SIGKILL);
    ++kills;
    CHECK(now.journaled.size() >= before.journaled.size());
    for (const auto& [name, inode] : now.unsaid) {
      redone += before.unsaid.contains(name) && before.unsaid.at(name) != inode;
    }
    before = now;
  }
  // A file whose line the kill forestalled is done again, and a second kill may meet it at the same
  // moment. Lines that were kept back would make that the rule.
  CHECK(redone <= 2);
  CHECK(most_journaled > 0);  // how far they come depends on what else the machine does
  REQUIRE(Child(kLine + "out --resume", folder.path()).wait() == 0);
  CHECK(results_below(out) == expected);  // hidden files would be in it
  CHECK(state_of(out, expected).journaled.size() == kFiles);
}

TEST_CASE("batch: SIGINT and SIGTERM finish what is in flight and say how to go on") {
  const Folder folder;
  REQUIRE(Child(kLine + "whole", folder.path()).wait() == 0);
  const auto expected = results_below(folder.path() / "whole");
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const fs::path out = folder.path() / "out";
    std::string line = kLine + "out";
    line.erase(line.find(" --quiet"), 8);
    int ending = 0;
    std::string errors;
    for (int tries = 0; ending == 0 && tries < 20; ++tries) {  // again where it was faster
      fs::remove_all(out);
      const Child child(line, folder.path());
      while (!fs::exists(out / "b") || fs::is_empty(out / "a")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      kill(child.process, signal);
      ending = child.wait();
      errors = file_bytes(child.errors_file);
    }
    REQUIRE(ending == 128 + signal);
    const State state = state_of(out, expected);
    CHECK(state.unsaid.empty());
    CHECK(state.journaled.size() < kFiles);
    CHECK(errors == fmt::format("tconv: {}: {} of {} files are done; go on with\n  {} batch "
                                "'Conv2d(8, 8, 3, padding=1, bias=False)' -w w.npy in -r --out-dir "
                                "out --resume\n",
                                signal == SIGINT ? "interrupted" : "terminated",
                                state.journaled.size(), kFiles, TCONV_BINARY));
    REQUIRE(Child(kLine + "out --resume", folder.path()).wait() == 0);
    CHECK(results_below(out) == expected);
  }
}

}  // namespace batch_kill_test
}  // namespace tconv::tests
