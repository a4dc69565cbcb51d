// What a run does to files: an input is never overwritten, an output appears whole or not at all.
#include <doctest/doctest.h>

#include <filesystem>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace files_test {

struct Row {
  std::string name;
  std::string line;
  std::string expected;
};

std::string npy_2x2() { return npy_file(npy_dict("<f4", "(2, 2)"), raw<float>({0, 1, 2, 3})); }

TEST_CASE("files: no input is overwritten, whatever it is called") {
  const TemporaryFolder folder;
  const std::string chain = R"({"layers": [{"layer": "Conv2d", "weights": "x.npy"}]})";
  put_file(folder / "x.npy", npy_2x2());
  put_file(folder / "layer.json", R"({"layer": "Conv2d"})");
  put_file(folder / "chain.json", chain);
  std::filesystem::create_symlink("x.npy", folder.path() / "link.npy");
  std::filesystem::create_hard_link(folder / "x.npy", folder.path() / "hard.npy");
  const Row rows[] = {
      {"-x", "Conv2d -x x.npy -w [[1]] -o x.npy", "x.npy is also an input (x.npy)"},
      {"-w", "Conv2d -x [[1,2],[3,4]] -w x.npy -o x.npy", "x.npy is also an input (x.npy)"},
      {"-b", "Conv2d -x [[1]] -w [[1]] -b x.npy -o x.npy", "x.npy is also an input (x.npy)"},
      {"--expect", "Conv2d -x [[1]] -w [[1]] --expect x.npy -o x.npy",
       "x.npy is also an input (x.npy)"},
      {"the SPEC", "layer.json -x [[1]] -w [[1]] -o layer.json",
       "layer.json is also an input (layer.json)"},
      {"a path to it", "Conv2d -x x.npy -w [[1]] -o ./x.npy", "./x.npy is also an input (x.npy)"},
      {"a symbolic link", "Conv2d -x x.npy -w [[1]] -o link.npy",
       "link.npy is also an input (x.npy)"},
      {"a hard link", "Conv2d -x x.npy -w [[1]] -o hard.npy", "hard.npy is also an input (x.npy)"},
      {"what the SPEC names", "chain.json -x ones:2,2 -o x.npy", "x.npy is also an input (x.npy)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(refusal_of({.line = "run " + row.line, .folder = folder.path()}) ==
          "exit 2: tconv: error: -o " + row.expected + "\n  hint: an input is never overwritten\n");
  }
  CHECK(file_bytes(folder / "x.npy") == npy_2x2());
  CHECK(file_bytes(folder / "chain.json") == chain);
  CHECK(folder.entries() == 5);
}

TEST_CASE("files: a run that fails leaves nothing, and an older output as it was") {
  const TemporaryFolder folder;
  put_file(folder / "old.npy", "old");
  for (const std::string wrong :
       {"-x nowhere.npy -w [[1]] -o new.npy", "-x ones:2,2 -w ones:3,3 -o new.npy",
        "-x [[1]] -w [[1]] --expect nowhere.npy -o new.npy",
        "-x ones:64,64 -w [[1]] --max-memory 1K -o old.npy", "-x [[1]] -w [[1,2]] -o old.npy"}) {
    CAPTURE(wrong);
    const Ending ending = run_tconv({.line = "run Conv2d " + wrong, .folder = folder.path()});
    CHECK(ending.exit_code > 1);
    CHECK(ending.output == "");
  }
  CHECK(file_bytes(folder / "old.npy") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("exit 4: an output that cannot be written is known before the work") {
  const TemporaryFolder folder;
  put_file(folder / "file", "");
  const std::string run = "run Conv2d -x ones:9,9 -w [[1]] --format npy -o ";
  const Row rows[] = {
      {"a folder that is not there", "nowhere/y.npy",
       "nowhere/y.npy: cannot be created in folder nowhere: No such file or directory"},
      {"a file in place of a folder", "file/y.npy",
       "file/y.npy: cannot be written: Not a directory"},
      {"a folder", ".", ".: cannot be written: Is a directory"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(refusal_of({.line = run + row.line, .folder = folder.path()}) ==
          "exit 4: tconv: error: " + row.expected + '\n');
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("exit 4: a full disk under stdout or -o is said") {
  const std::string full = "cannot be written: No space left on device\n";
  for (const std::string line : {"run Conv2d -x [[1]] -w [[1]]", "--version",
                                 "run Conv2d -x ones:512,512 -w [[1]] --format npy",
                                 "shape 'Conv2d(1, 1, 3)' --input-shape 9,9"}) {
    CAPTURE(line);
    CHECK(refusal_of({.line = line, .output_file = "/dev/full"}) ==
          "exit 4: tconv: error: standard output: " + full);
  }
  CHECK(refusal_of({.line = "run Conv2d -x [[1]] -w [[1]] -o /dev/full --format npy"}) ==
        "exit 4: tconv: error: /dev/full: " + full);
}

TEST_CASE("files: a permission of the file that is replaced stays, and a link is followed") {
  const TemporaryFolder folder;
  put_file(folder / "y.npy", "old");
  std::filesystem::permissions(folder / "y.npy", std::filesystem::perms(0640));
  std::filesystem::create_symlink("y.npy", folder.path() / "link.npy");
  CHECK(output_of({.line = "run Conv2d -x [[0,1],[2,3]] -w [[1]] -o link.npy -q",
                   .folder = folder.path()}) == "");
  CHECK(std::filesystem::is_symlink(folder / "link.npy"));
  CHECK(std::filesystem::status(folder / "y.npy").permissions() == std::filesystem::perms(0640));
  CHECK(file_bytes(folder / "y.npy").size() == 128 + 16);
}

}  // namespace files_test
}  // namespace tconv::tests
