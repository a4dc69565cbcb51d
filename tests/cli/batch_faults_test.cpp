// What goes wrong in the middle of a batch: the message, the exit code, and that other items are
// unharmed.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "batch/folders.hpp"
#include "batch/journal.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace batch_faults_test {

namespace fs = std::filesystem;

const std::string kBatch = "batch 'Conv2d(1, 1, 1, bias=False)' -w [[2]] --out-dir out in ";
constexpr int kFiles = 9;

// Nine files of 40,000 bytes, and what becomes of them.
struct Batch {
  TemporaryFolder folder{};
  std::map<std::string, std::string> expected{};

  Batch() {
    fs::create_directory(folder.path() / "in");
    for (int i = 0; i < kFiles; ++i) {
      put_file(folder / fmt::format("in/x{}.npy", i), random_npy("100,100", i));
    }
    REQUIRE(run("-q").exit_code == 0);
    expected = results_below(folder.path() / "out");
    REQUIRE(expected.size() == kFiles);
    fs::remove_all(folder.path() / "out");
  }
  Ending run(const std::string& rest) const {
    return run_tconv({.line = kBatch + rest, .folder = folder.path()});
  }
  // Whether every result there is is one that should be; returns how many there are.
  std::size_t check_results() const {
    const auto results = results_below(folder.path() / "out");
    for (const auto& [name, bytes] : results) {
      CAPTURE(name);
      REQUIRE(expected.contains(name));
      CHECK(expected.at(name) == bytes);
    }
    return results.size();
  }
};

// A file system of its own at a folder, where we may mount one.
class SmallDisk {
 public:
  SmallDisk(const fs::path& folder, const std::string& options) : folder_(folder) {
    fs::create_directory(folder);
    mounted_ = mount("tconv-test", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  explicit operator bool() const { return mounted_; }
  void remount(unsigned long flags, const std::string& options) {
    REQUIRE(mount("tconv-test", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) ==
            0);
  }

 private:
  fs::path folder_;
  bool mounted_ = false;
};

TEST_CASE("batch: a full disk ends it with exit 4; room and --resume finish it") {
  const Batch batch;
  SmallDisk disk(batch.folder.path() / "out", "size=200k");
  if (!disk) {
    MESSAGE("not tested: mounting a tmpfs is not permitted");
    return;
  }
  const Ending full = batch.run("");
  CHECK(full.exit_code == 4);
  CHECK(full.errors.ends_with("cannot be written: No space left on device\n"));
  CHECK(full.errors.starts_with("tconv: error: out/x"));
  const std::size_t before = batch.check_results();
  CHECK(before >= 1);
  CHECK(before < kFiles);
  CHECK(batch.run("--resume").exit_code == 4);  // still full
  CHECK(batch.check_results() == before);
  disk.remount(0, "size=2m");
  const Ending resumed = batch.run("--resume");
  CHECK(resumed.exit_code == 0);
  CHECK(resumed.output.find(fmt::format("{} of them before", before)) != std::string::npos);
  CHECK(batch.check_results() == kFiles);
}

TEST_CASE("batch: a file size limit is an output that cannot be written") {
  const Batch batch;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 10000;
  setrlimit(RLIMIT_FSIZE, &small);
  const Ending ending = batch.run("--continue-on-error");
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(ending.exit_code == 1);
  CHECK(ending.errors.find("exit 4  out/x0.npy: cannot be written: File too large") !=
        std::string::npos);
  CHECK(batch.check_results() == 0);
  CHECK(batch.run("--resume").exit_code == 0);
  CHECK(batch.check_results() == kFiles);
}

TEST_CASE("batch: a folder that cannot be written to is known before any work") {
  const Batch batch;
  const fs::path out = batch.folder.path() / "out";
  std::optional<SmallDisk> disk;
  std::string why;
  if (geteuid() == 0) {  // whom permissions do not stop
    disk.emplace(out, "size=1m");
    if (!*disk) {
      MESSAGE("not tested: root, and mounting a tmpfs is not permitted");
      return;
    }
    disk->remount(MS_RDONLY, "size=1m");
    why = "Read-only file system";
  } else {
    fs::create_directory(out);
    fs::permissions(out, fs::perms(0555));
    why = "Permission denied";
  }
  CHECK(refusal_of({.line = kBatch, .folder = batch.folder.path()}) ==
        "exit 4: tconv: error: out: cannot be created in folder out: " + why + '\n');
  CHECK(batch.check_results() == 0);
  std::error_code ignored;  // of a file system that is read-only
  fs::permissions(out, fs::perms(0755), ignored);
}

TEST_CASE("batch: a corrupt file in the middle stops it, or is listed in the end") {
  const Batch batch;
  const std::string bad = batch.folder / "in/x4.npy";
  const std::string whole = file_bytes(bad);
  put_file(bad, whole.substr(0, 5000));
  const std::string why = "expected 40000 data bytes for shape (100, 100) of '<f4', found 4872";

  const Ending stopped = batch.run("--jobs 1");
  CHECK(stopped.exit_code == 3);
  CHECK(stopped.errors == "tconv: error: in/x4.npy: " + why + '\n');
  CHECK(batch.check_results() >= 4);  // all that came before it

  const Ending all = batch.run("--resume --continue-on-error");
  CHECK(all.exit_code == 1);
  CHECK(all.errors == "tconv: 1 of 9 files failed\n  in/x4.npy  exit 3  " + why + '\n');
  CHECK(batch.check_results() == kFiles - 1);
  const auto journal = batch::read_journal(batch.folder / "out/tconv-batch.jsonl");
  REQUIRE(journal);
  std::size_t failed = 0;
  for (const batch::JournalEntry& entry : (*journal)->entries) {
    if (entry.status != batch::ItemStatus::Failed) continue;
    ++failed;
    CHECK(entry.input == "in/x4.npy");
    REQUIRE(entry.error);
    CHECK(entry.error->code == "input");
    CHECK(entry.error->message == why);
  }
  CHECK(failed == 2);

  put_file(bad, whole);
  CHECK(batch.run("--resume").exit_code == 0);
  CHECK(batch.check_results() == kFiles);
}

TEST_CASE("batch: after a corrupt file no other is begun") {
  const Batch batch;
  put_file(batch.folder / "in/x4.npy", "no tensor");
  // Other files go on until the failure is known, and its thread may wait for a core meanwhile: so
  // many that they cannot all end before.
  constexpr int kMore = 2000;
  for (int i = 0; i < kMore; ++i) {
    fs::create_hard_link(batch.folder / "in/x5.npy", batch.folder / fmt::format("in/y{}.npy", i));
  }
  for (const std::string jobs : {"--jobs 1", "--jobs 2"}) {
    CAPTURE(jobs);
    CHECK(batch.run(jobs).exit_code == 3);
    CHECK(results_below(batch.folder.path() / "out").size() < kMore);
    fs::remove_all(batch.folder.path() / "out");
  }
}

TEST_CASE("batch: a shape that does not fit is that item's failure") {
  const Batch batch;
  put_file(batch.folder / "in/x5.npy", random_npy("2,100,100,3", 5));
  const Ending all = batch.run("--continue-on-error");
  CHECK(all.exit_code == 1);
  CHECK(all.errors.find("in/x5.npy  exit 3  ") != std::string::npos);
  CHECK(batch.check_results() == kFiles - 1);
}

TEST_CASE("batch: a name that is not UTF-8 works, resumes, and is shown without its bytes") {
  const Batch batch;
  const std::string name = "x\xff\n.npy";
  put_file(batch.folder / ("in/" + name), random_npy("100,100", 0));
  CHECK(batch.run("-q").exit_code == 0);
  CHECK(file_bytes(batch.folder / ("out/" + name)) == batch.expected.at("x0.npy"));
  CHECK(batch.run("--resume").output.starts_with("out: 10 of 10 files, 10 of them before"));

  put_file(batch.folder / ("in/" + name), "no tensor");
  const Ending failed = batch.run("--resume --continue-on-error");
  CHECK(failed.exit_code == 1);
  CHECK(failed.errors ==
        "tconv: 1 of 10 files failed\n  in/x\xEF\xBF\xBD\\n.npy  exit 3  not an .npy file: it does "
        "not begin with \\x93NUMPY and a version\n");
}

}  // namespace batch_faults_test
}  // namespace tconv::tests
