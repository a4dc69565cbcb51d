// tconv batch --stack: files larger than memory, a few samples at a time.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "batch/folders.hpp"
#include "io/tensors.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace batch_stack_test {

namespace fs = std::filesystem;

TEST_CASE("batch --stack: the bytes that tconv run gives for the whole stack") {
  const TemporaryFolder folder;
  put_file(folder / "w.npy", random_npy("4,3,3,3", 1));
  // Two thousand samples of 12 KiB in and 14 KiB out: some of them at a time, the last cut short.
  put_file(folder / "big.npy", random_npy("2000,3,32,32", 2));
  put_file(folder / "one.npy", random_npy("1,3,9,9", 3));
  put_file(folder / "half.npy", random_npy("300,3,32,32", 4, DType::Float16));
  const std::string spec = " 'Conv2d(3, 4, 3, bias=False)' -w w.npy --dtype float32 -q ";
  for (const char* name : {"big.npy", "one.npy", "half.npy"}) {
    CAPTURE(name);
    REQUIRE(output_of({.line = fmt::format("run{}-x {} -o y.npy", spec, name),
                       .folder = folder.path()}) == "");
    for (const char* how : {"--jobs 1", "--jobs 3 --threads 2"}) {
      REQUIRE(output_of({.line = fmt::format("batch{}--stack --out-dir out {} {} --overwrite "
                                             "always",
                                             spec, how, name),
                         .folder = folder.path()}) == "");
      const bool equal = file_bytes(folder / "y.npy") == file_bytes(folder / "out/" + name);
      CHECK(equal);
    }
  }
  CHECK(run_tconv({.line = "batch" + spec + "--stack --out-dir all big.npy half.npy one.npy",
                   .folder = folder.path()})
            .exit_code == 0);
  CHECK(
      run_tconv({.line = "batch" + spec + "--stack --out-dir all big.npy half.npy one.npy --resume",
                 .folder = folder.path()})
          .exit_code == 0);
  // 49 MB go through less.
  CHECK(output_of(
            {.line = "batch" + spec + "--stack --out-dir small big.npy --jobs 1 --max-memory 30M",
             .folder = folder.path()}) == "");
  CHECK(refusal_of({.line = "batch" + spec + "--stack --out-dir small2 big.npy --max-memory 1M",
                    .folder = folder.path()})
            .starts_with("exit 5: tconv: error: one file at a time takes "));
}

TEST_CASE("batch --stack: what is no stack is refused, and leaves nothing") {
  const TemporaryFolder folder;
  put_file(folder / "fortran.npy",
           npy_file(npy_dict("<f4", "(4, 1, 3, 3)", "True"), std::string(144, '\0')));
  put_file(folder / "short.npy", random_npy("4,1,3,3", 1).substr(0, 200));
  put_file(folder / "unbatched.npy", random_npy("1,3,3", 1));
  put_file(folder / "x.json", "[1]");
  const struct {
    std::string input, expected;
  } rows[] = {
      {"fortran.npy",
       "exit 3: tconv: error: fortran.npy: its samples are not one after the other: it is in "
       "Fortran order\n  hint: numpy.ascontiguousarray before numpy.save\n"},
      {"short.npy",
       "exit 3: tconv: error: short.npy: expected 144 data bytes for shape (4, 1, 3, 3) of '<f4', "
       "found 72\n"},
      {"unbatched.npy",
       "exit 3: tconv: error: unbatched.npy: Conv2d(1, 1, 2, bias=False) (pytorch) reads (1, 3, 3) "
       "as (C, H, W), whose first axis is not the batch\n  hint: --stack is for inputs of which "
       "any "
       "part along the first axis gives that part of the result\n"},
      {"x.json",
       "exit 3: tconv: error: x.json: not an .npy file: it does not begin with \\x93NUMPY and a "
       "version\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.input);
    CHECK(refusal_of({.line = "batch 'Conv2d(1, 1, 2, bias=False)' -w [[1,2],[3,4]] --stack -q "
                              "--overwrite always --out-dir out " +
                              row.input,
                      .folder = folder.path()}) == row.expected);
    CHECK(results_below(folder.path() / "out").empty());
  }
}

}  // namespace batch_stack_test
}  // namespace tconv::tests
