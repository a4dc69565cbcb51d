// The program in a pipe: large streams both ways, readers that leave early, and terminals.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>  // posix_openpt
#include <unistd.h>

#include <csignal>
#include <memory>

#include "../io/tensors.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace pipes_test {

// A terminal that nobody looks at.
class Terminal {
 public:
  // Null where the system has none to give, as in a chroot without /dev/pts.
  static std::unique_ptr<Terminal> open() {
    const int controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (controller < 0) return nullptr;
    std::unique_ptr<Terminal> terminal(new Terminal(controller));
    if (grantpt(controller) != 0 || unlockpt(controller) != 0) return nullptr;
    const char* const path = ptsname(controller);
    if (path == nullptr || access(path, R_OK | W_OK) != 0) return nullptr;
    terminal->path_ = path;
    return terminal;
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { close(controller_); }
  const std::string& path() const { return path_; }

 private:
  explicit Terminal(int controller) : controller_(controller) {}
  int controller_;
  std::string path_{};
};

TEST_CASE("pipes: more than a pipe holds goes in and out, and comes out as it went in") {
  std::vector<float> values(512 * 512);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  std::string dict = npy_dict("<f4", "(512, 512)");
  dict.resize(128 - 10 - 1, ' ');
  const std::string npy = npy_file(dict + '\n', raw(values));
  const Ending ending = run_tconv({.line = "run Conv2d -x - -w [[1]] -o -", .input = npy});
  CHECK(ending.exit_code == 0);
  CHECK((ending.output == npy));  // in brackets: a megabyte is not to be printed
}

TEST_CASE("pipes: one run feeds the next") {
  const std::string first =
      output_of({.line = "run Conv2D -x [[3,5,2,7],[4,1,3,8],[6,3,8,2],[9,6,1,5]] "
                         "-w [[1,2,1],[2,1,2],[1,1,2]] --format npy"});
  CHECK(output_of({.line = R"(run 'Conv2DTranspose(1, 3, padding="same")' -x - )"
                           "-w [[1,2,1],[2,1,2],[1,1,2]]",
                   .input = first}) == "[[323. 319.]\n [264. 326.]]\nshape: (2, 2)\n");
}

TEST_CASE("pipes: a reader that leaves is a normal end") {
  for (const std::string line : {"run Conv2d -x ones:512,512 -w [[1]] --format npy",
                                 "run Conv2d -x ones:512,512 -w [[1]] --format json",
                                 "run Conv2d -x ones:2,2 -w [[1]] --json",
                                 "shape 'Conv2d(1, 1, 3)' --input-shape 9,9", "help spec"}) {
    CAPTURE(line);
    const Ending ending = run_tconv({.line = line, .reader_gone = true});
    CHECK(ending.exit_code == 0);
    CHECK(ending.signal == 0);
    CHECK(ending.errors == "");
  }
}

TEST_CASE("pipes: a reader that leaves does not change the verdict of --expect") {
  CHECK(run_tconv({.line = "run Conv2d -x [[1]] -w [[1]] --expect [[2]]", .reader_gone = true})
            .exit_code == 1);
}

TEST_CASE("terminals: standard input is not waited for, and bytes are not shown") {
  const auto terminal = Terminal::open();
  if (terminal == nullptr) {
    MESSAGE("no pseudo-terminal to be had: not tested here");
    return;
  }
  CHECK(refusal_of({.line = "run Conv2d -x - -w [[1]]", .input_file = terminal->path()}) ==
        "exit 2: tconv: error: - reads standard input, which is a terminal here\n"
        "  hint: pipe a tensor in, or redirect a file: tconv run ... -x - < x.npy\n");
  CHECK(
      refusal_of({.line = "run Conv2d -x [[1]] -w [[1]] -o -", .output_file = terminal->path()}) ==
      "exit 2: tconv: error: an .npy or .npz stream is not for a terminal\n"
      "  hint: redirect it, or give -o FILE\n");
}

}  // namespace pipes_test
}  // namespace tconv::tests
