// Large results are written while they are computed: the same bytes, nothing held, all or nothing.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "../support/sanitized.hpp"
#include "../support/temporary_folder.hpp"
#include "io/write.hpp"
#include "program.hpp"

extern char** environ;

namespace tconv::tests {
namespace stream_test {

struct Row {
  std::string name;
  std::string line;  // more than 4 MiB of y
};

const Row kRows[] = {
    {"few channels",
     "'nn.Conv2d(3,4,3,padding=1,bias=False)' -x random:1,3,700,600:1 -w random:4,3,3,3:2"},
    {"bias, and an activation",
     R"('Conv1D(20,5,activation="gelu",padding="same")' -x random:1,90000,6:1 -w random:5,6,20:2 )"
     "-b random:20:3"},
    {"channels last, strided up",
     "'Conv2DTranspose(24,4,strides=3,use_bias=False)' -x random:1,90,80,9:1 -w random:4,4,24,9:2"},
    {"groups and images",
     "'nn.ConvTranspose2d(12,96,4,stride=2,groups=3,bias=False)' -x random:3,12,50,40:1 "
     "-w random:12,32,4,4:2"},
    {"many channels",
     "'nn.Conv2d(40,700,3,bias=False)' -x random:1,40,50,50:1 -w random:700,40,3,3:2"},
    {"three axes",
     "'nn.Conv3d(2,33,3,padding=1,dilation=2,bias=False)' -x random:1,2,40,36,40:1 "
     "-w random:33,2,3,3,3:2"},
    {"reflected rows, which hold on to each other",
     R"('nn.Conv2d(3,40,3,padding=1,padding_mode="reflect",bias=False)' -x random:2,3,200,150:1 )"
     "-w random:40,3,3,3:2"},
    {"half precision",
     "'nn.Conv2d(3,64,3,bias=False)' --dtype float16 -x random:1,3,300,210:1 -w random:64,3,3,3:2"},
    {"a chain",
     "'Sequential((0): Conv2d(2, 8, 3, bias=False) (1): ConvTranspose2d(8, 30, 2, stride=2, "
     "bias=False))' "
     "-x random:1,2,120,130:1 -w random:8,2,3,3:2 -w random:8,30,2,2:3"},
};

TEST_CASE("stream: a streamed file has the bytes of a held one, for every number of threads") {
  const TemporaryFolder folder;
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const std::string held = output_of({.line = "run " + row.line + " --threads 1 -o -"});
    CHECK(held.size() > std::size_t{4} << 20);
    for (const int threads : {1, 2, 5}) {
      if (kSanitized && threads != 2) continue;
      const std::string file = folder / "y.npy";
      const std::string line = fmt::format("run {} --threads {} -o {} -q", row.line, threads, file);
      CHECK(output_of({.line = line}).empty());
      CHECK((file_bytes(file) == held));
    }
  }
}

TEST_CASE("stream: standard output that is a file is streamed to, from where it stands") {
  const TemporaryFolder folder;
  const std::string held = output_of({.line = "run " + kRows[4].line + " -o -"});
  for (const std::string redirection : {">", ">>"}) {
    CAPTURE(redirection);
    const std::string file = folder / "out";
    const std::string run = fmt::format("{} run {} -o -", TCONV_BINARY, kRows[4].line);
    const std::string command =
        fmt::format("{{ printf before; {}; printf after; }} {}{}", run, redirection, file);
    CHECK(std::system(command.c_str()) == 0);  // NOLINT: the shell's redirection is the test
    CHECK((file_bytes(file) == "before" + held + "after"));
    std::filesystem::remove(file);
  }
}

TEST_CASE("stream: --json says where the milliseconds went") {
  const TemporaryFolder folder;
  const std::string text =
      output_of({.line = fmt::format("run {} -o {} --json", kRows[4].line, folder / "y.npy")});
  const auto times = nlohmann::json::parse(text).at("milliseconds");
  double sum = 0;
  for (const char* part : {"start", "read", "plan", "pack", "compute", "write"}) {
    CAPTURE(std::string(part));
    CHECK(times.at(part).get<double>() > 0);
    sum += times.at(part).get<double>();
  }
  CHECK(sum < 60'000);
}

TEST_CASE("stream: a file that cannot take all bytes is not left behind") {
  const TemporaryFolder folder;
  // The limit counts blocks of 512 bytes in some shells and 1024 in others: 2 or 4 MiB.
  const std::string command =
      fmt::format("trap '' XFSZ; ulimit -f 4096; {} run {} -o {} 2>{}", TCONV_BINARY, kRows[4].line,
                  folder / "y.npy", folder / "errors");
  const int status = std::system(command.c_str());  // NOLINT: the shell's limits are the test
  CHECK(WEXITSTATUS(status) == 4);
  CHECK(file_bytes(folder / "errors").find("y.npy: cannot be written") != std::string::npos);
  CHECK(folder.entries() == 1);
}

// Sanitizers keep memory of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// A pipe that is full: who writes to it waits.
class FullPipe {
 public:
  FullPipe() {
    REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string bytes(4096, ' ');
    while (write(ends_[1], bytes.data(), bytes.size()) > 0) continue;
    while (write(ends_[1], bytes.data(), 1) > 0) continue;
    fcntl(ends_[1], F_SETFL, 0);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  ~FullPipe() {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }
  int writing() const { return ends_[1]; }
  void drain() {
    close(ends_[1]);
    ends_[1] = -1;
    char bytes[4096];
    while (read(ends_[0], bytes, sizeof bytes) > 0) continue;
  }

 private:
  int ends_[2] = {-1, -1};
};

std::int64_t peak_kib(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6);
  }
  return -1;
}

// Peak resident memory of a run that writes `file`: read while it waits to tell that it is done,
// since what wait4 says of a child counts the memory of this program, too.
std::int64_t peak_of(const std::string& line, const std::string& file) {
  std::vector<std::string> words = words_of(line);
  words.insert(words.begin(), TCONV_BINARY);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  FullPipe output;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.writing(), STDOUT_FILENO);
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, TCONV_BINARY, &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  for (int i = 0; i < 6000 && !std::filesystem::exists(file); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::int64_t peak = peak_kib(child);
  output.drain();
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return peak;
}

TEST_CASE("stream: memory is input, weights and 16 MiB, whatever the size of the result") {
  const TemporaryFolder folder;
  constexpr std::int64_t kMiB = 1 << 20, kSlackKib = 16 << 10;
  struct Case {
    std::string name, spec;
    Shape x, w;
    std::int64_t y_bytes;
  };
  const Case cases[] = {
      {"few channels become many",
       "nn.Conv2d(3,64,3,padding=1,bias=False)",
       {1, 3, 700, 700},
       {64, 3, 3, 3},
       64 * 700 * 700 * 4},
      {"channels last",
       "Conv2DTranspose(32,2,strides=2,use_bias=False)",
       {1, 400, 500, 4},
       {2, 2, 32, 4},
       32 * 800 * 1000 * 4},
      {"large weights",
       "nn.ConvTranspose2d(128,256,8,stride=8,bias=False)",
       {1, 128, 40, 40},
       {128, 256, 8, 8},
       256 * 320 * 320 * 4},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CHECK(each.y_bytes > 90 * kMiB);
    const std::string file = folder / "y.npy";
    const auto zeros = [&](std::string_view name, const Shape& shape) {
      const std::int64_t bytes = 4 * *io::element_count(shape, DType::Float32);
      put_file(folder / name, io::npy_header(DType::Float32, shape) +
                                  std::string(static_cast<std::size_t>(bytes), '\0'));
      return bytes >> 10;
    };
    const std::int64_t given_kib = zeros("x.npy", each.x) + zeros("w.npy", each.w);
    const std::int64_t peak = peak_of(fmt::format("run {} --threads 2 -x {} -w {} -o {}", each.spec,
                                                  folder / "x.npy", folder / "w.npy", file),
                                      file);
    CAPTURE(peak);
    CHECK(peak > given_kib);
    CHECK(peak <= given_kib + kSlackKib);
    CHECK(std::filesystem::file_size(file) == static_cast<std::size_t>(each.y_bytes) + 128);
    std::filesystem::remove(file);
  }
}

#endif

}  // namespace stream_test
}  // namespace tconv::tests
