// Files that appear whole or not at all: what stands at the path, and what is left in the folder,
// after success, failure, and death.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "support/file.hpp"
#include "temporary_folder.hpp"

namespace tconv::support {
namespace {

using tests::file_bytes;
using tests::put_file;
using tests::TemporaryFolder;

void write_whole(const std::string& path, std::string_view bytes) {
  auto file = AtomicFile::open(path);
  REQUIRE(file);
  REQUIRE(file->write(bytes));
  REQUIRE(file->commit());
}

mode_t permissions(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

Error refusal(const std::string& path) {
  auto file = AtomicFile::open(path);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::Output);
  CHECK(file.error().where == path);
  return file.error();
}

TEST_CASE("AtomicFile: nothing is to be seen before commit, everything after") {
  const TemporaryFolder folder;
  const std::string path = folder / "y.npy";
  auto file = AtomicFile::open(path);
  REQUIRE(file);
  REQUIRE(file->write("first "));
  REQUIRE(file->write("second"));
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(file->commit());
  CHECK(file_bytes(path) == "first second");
  CHECK(folder.entries() == 1);
}

TEST_CASE("AtomicFile: without commit the old file stays and nothing else is left") {
  const TemporaryFolder folder;
  const std::string path = folder / "y.npy";
  put_file(path, "old");
  {
    auto file = AtomicFile::open(path);
    REQUIRE(file);
    REQUIRE(file->write("half of the n"));
    const AtomicFile moved = *std::move(file);  // moving must not leave two owners
  }
  CHECK(file_bytes(path) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("AtomicFile: a new file gets 0666 less the umask, a replaced one keeps its permissions") {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  write_whole(folder / "new", "x");
  umask(before);
  CHECK(permissions(folder / "new") == 0640);

  put_file(folder / "old", "x");
  REQUIRE(chmod((folder / "old").c_str(), 0604) == 0);
  write_whole(folder / "old", "y");
  CHECK(permissions(folder / "old") == 0604);
  CHECK(file_bytes(folder / "old") == "y");
}

TEST_CASE("AtomicFile: symbolic links are followed and stay links") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  put_file(folder / "elsewhere/real", "old");
  std::filesystem::create_symlink("elsewhere/real", folder / "second");
  std::filesystem::create_symlink(folder / "second", folder / "first");
  write_whole(folder / "first", "new");
  CHECK(std::filesystem::is_symlink(folder / "first"));
  CHECK(std::filesystem::is_symlink(folder / "second"));
  CHECK(file_bytes(folder / "elsewhere/real") == "new");

  std::filesystem::create_symlink("elsewhere/later", folder / "dangling");
  write_whole(folder / "dangling", "made");
  CHECK(file_bytes(folder / "elsewhere/later") == "made");

  std::filesystem::create_symlink("circle", folder / "circle");
  CHECK(refusal(folder / "circle").what == "cannot be written: Too many levels of symbolic links");
}

TEST_CASE("AtomicFile: targets that cannot be written are refused before any work") {
  const TemporaryFolder folder;
  CHECK(refusal(folder.path().string()).what == "cannot be written: Is a directory");
  CHECK(refusal(folder / "new/").what == "cannot be written: Is a directory");
  CHECK(refusal("").what == "cannot be written: No such file or directory");
  CHECK(refusal(folder / "none/y.npy").what ==
        "cannot be created in folder " + (folder / "none") + ": No such file or directory");
  put_file(folder / "file", "");
  CHECK(refusal(folder / "file/y.npy").what == "cannot be written: Not a directory");
  if (geteuid() == 0) return;  // root may write everywhere
  REQUIRE(chmod((folder / "file").c_str(), 0444) == 0);
  CHECK(refusal(folder / "file").what == "cannot be written: Permission denied");
  std::filesystem::create_directory(folder / "locked");
  REQUIRE(chmod((folder / "locked").c_str(), 0555) == 0);
  CHECK(refusal(folder / "locked/y.npy").what ==
        "cannot be created in folder " + (folder / "locked") + ": Permission denied");
}

TEST_CASE("AtomicFile: pipes and devices are written directly and stay what they are") {
  const TemporaryFolder folder;
  const std::string path = folder / "fifo";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = file_bytes(path); });
  write_whole(path, "through");
  reader.join();
  CHECK(got == "through");
  CHECK(std::filesystem::is_fifo(path));
  write_whole("/dev/null", "away");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

// `{ echo a; tconv -o /dev/stdout; } > file` must not lose the a.
TEST_CASE("AtomicFile: /dev/fd/N is the open descriptor, not the file behind it") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  const int log = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  REQUIRE(log >= 0);
  REQUIRE(write_all(log, "a", "log"));
  write_whole("/dev/fd/" + std::to_string(log), "b");
  REQUIRE(write_all(log, "c", "log"));
  close(log);
  CHECK(file_bytes(path) == "abc");
  CHECK(refusal("/dev/fd/9999").what == "cannot be written: Bad file descriptor");
}

TEST_CASE("AtomicFile: after a failed write nothing is left and commit fails") {
  const TemporaryFolder folder;
  // A limit on file sizes stands in for a full disk; the signal that comes with it is ignored.
  const auto before = signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{.rlim_cur = 4096, .rlim_max = limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto file = AtomicFile::open(folder / "y.npy");
  const bool opened = static_cast<bool>(file);
  const auto written = opened ? file->write(std::string(5000, 'x')) : Result<void>();
  const auto committed = opened ? file->commit() : Result<void>();
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, before);
  REQUIRE(opened);
  REQUIRE_FALSE(written);
  CHECK(written.error().what == "cannot be written: File too large");
  CHECK_FALSE(committed);
  CHECK(folder.entries() == 0);
}

// Holds where the file system has O_TMPFILE, as the usual ones of Linux have.
TEST_CASE("AtomicFile: a process killed halfway leaves nothing") {
  const TemporaryFolder folder;
  const int probe = open(folder.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (probe < 0) return;
  close(probe);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto file = AtomicFile::open(folder / "y.npy");
    if (file && file->write("half")) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(folder.entries() == 0);
}

}  // namespace
}  // namespace tconv::support
