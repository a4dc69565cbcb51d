// Reading files, pipes and devices; writing to descriptors that fill up, close or break.
#include "support/file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>

#include "temporary_folder.hpp"

namespace tconv::support {
namespace {

using tests::put_file;
using tests::TemporaryFolder;

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.data.get()), file.size_bytes};
}

struct Pipe {
  Pipe() { REQUIRE(pipe(ends) == 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int i) {
    if (ends[i] >= 0) close(ends[i]);
    ends[i] = -1;
  }
  int ends[2] = {-1, -1};
};

TEST_CASE("map_file: the bytes of a regular file, also after it is gone") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.bin";
  const std::string bytes("ab\0c", 4);
  put_file(path, bytes);
  const auto file = map_file(path);
  REQUIRE(file);
  unlink(path.c_str());
  CHECK(text_of(*file) == bytes);
}

TEST_CASE("map_file: an empty file is null and of size zero") {
  const TemporaryFolder folder;
  put_file(folder / "empty", "");
  const auto file = map_file(folder / "empty");
  REQUIRE(file);
  CHECK(file->data == nullptr);
  CHECK(file->size_bytes == 0);
  REQUIRE(map_file("/dev/null"));
}

TEST_CASE("map_file: files that claim no size are read to their end") {
  const auto file = map_file("/proc/self/status");
  REQUIRE(file);
  CHECK(text_of(*file).starts_with("Name:"));
}

TEST_CASE("map_file: a named pipe is read to its end") {
  const TemporaryFolder folder;
  const std::string path = folder / "fifo";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const std::string bytes(300000, 'q');  // more than a pipe holds and than one chunk
  std::thread writer([&] { put_file(path, bytes); });
  const auto file = map_file(path);
  writer.join();
  REQUIRE(file);
  CHECK(text_of(*file) == bytes);
}

TEST_CASE("map_file: failures name the file and the system's reason") {
  const TemporaryFolder folder;
  const auto missing = map_file(folder / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::Input);
  CHECK(missing.error().where == folder / "none");
  CHECK(missing.error().what == "cannot be opened: No such file or directory");
  const auto directory = map_file(folder.path().string());
  REQUIRE_FALSE(directory);
  CHECK(directory.error().what == "cannot be read: Is a directory");
}

TEST_CASE("read_all: everything that comes through a pipe, in whatever pieces") {
  for (const std::size_t size : {0UL, 1UL, 65536UL, 65537UL, 1000000UL}) {
    CAPTURE(size);
    Pipe pipe_ends;
    const std::string bytes(size, 'z');
    std::thread writer([&] {
      REQUIRE(write_all(pipe_ends.ends[1], bytes, "pipe"));
      pipe_ends.close_end(1);
    });
    const auto file = read_all(pipe_ends.ends[0], "standard input");
    writer.join();
    REQUIRE(file);
    CHECK(text_of(*file) == bytes);
  }
}

TEST_CASE("read_all: waits on a descriptor that another program made non-blocking") {
  Pipe pipe_ends;
  REQUIRE(fcntl(pipe_ends.ends[0], F_SETFL, O_NONBLOCK) == 0);
  std::thread writer([&] {
    usleep(20000);
    REQUIRE(write_all(pipe_ends.ends[1], "late", "pipe"));
    pipe_ends.close_end(1);
  });
  const auto file = read_all(pipe_ends.ends[0], "standard input");
  writer.join();
  REQUIRE(file);
  CHECK(text_of(*file) == "late");
}

TEST_CASE("read_all: a descriptor that is not open is an input error") {
  const auto file = read_all(-1, "standard input");
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::Input);
  CHECK(file.error().what == "cannot be read: Bad file descriptor");
}

TEST_CASE("write_all: a reader that has gone is a normal end") {
  const auto before = signal(SIGPIPE, SIG_IGN);
  Pipe pipe_ends;
  pipe_ends.close_end(0);
  CHECK(write_all(pipe_ends.ends[1], "x", "standard output"));
  signal(SIGPIPE, before);
}

TEST_CASE("write_all: a full device is an output error") {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  const auto written = write_all(full, "x", "standard output");
  close(full);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::Output);
  CHECK(written.error().where == "standard output");
  CHECK(written.error().what == "cannot be written: No space left on device");
}

}  // namespace
}  // namespace tconv::support
