// run --expect: is the result what it should be? Exit 0 or 1, and the difference.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace expect_test {

using nlohmann::json;

struct Row {
  std::string name;
  std::string flags;
  std::string expected;
};

const std::string kRun = "run ConvTranspose2d -x [[0,1],[2,3]] -w [[0,1],[2,3]] --expect ";
const std::string kSame = "[[0,0,1],[0,4,6],[4,12,9]]";
const std::string kOther = "[[0,0,1],[0,4,6],[4,12,9.5]]";
const std::string kDiffer =
    "differ: 1 of 9 elements, largest difference 0.5; worst at (2, 2): 9 here, 9.5 in " + kOther +
    '\n';

const Row kVerdicts[] = {
    {"equal", kSame, "equal: 9 elements, largest difference 0\n"},
    {"different", kOther, "exit 1\n" + kDiffer},
    {"quiet", kOther + " -q", "exit 1\n"},
    {"quiet and equal", kSame + " -q", ""},
    {"within --rtol", kOther + " --rtol 0.06", "equal: 9 elements, largest difference 0.5\n"},
    {"beyond --rtol", kOther + " --rtol 0.05", "exit 1\n" + kDiffer},
    {"within --atol", kOther + " --rtol 0 --atol 0.5",
     "equal: 9 elements, largest difference 0.5\n"},
    {"beyond --atol", kOther + " --rtol 0 --atol 0.4", "exit 1\n" + kDiffer},
    {"another shape", "[[0,0,1],[0,4,6]]",
     "exit 1\ndiffer: shape (3, 3) here, (2, 3) in [[0,0,1],[0,4,6]]\n"},
};

TEST_CASE("--expect: the verdict is the answer") {
  for (const Row& row : kVerdicts) {
    CAPTURE(row.name);
    CHECK(output_of({.line = kRun + row.flags}) == row.expected);
  }
}

TEST_CASE("--expect: the tolerance is that of the dtype, as in torch.testing") {
  const std::string run = "run Conv2d -x [[1]] -w [[1]] --expect [[1.00001]] -q --dtype ";
  CHECK(output_of({.line = run + "float32"}) == "");
  CHECK(output_of({.line = run + "float64"}) == "exit 1\n");
}

TEST_CASE("--expect: NaN equals NaN only with --equal-nan") {
  const std::string run = R"(run Conv2d -x '[["NaN", 2]]' -w [[1]] --expect '[["NaN", 2]]')";
  CHECK(output_of({.line = run}).starts_with("exit 1\ndiffer: 1 of 2 elements"));
  CHECK(output_of({.line = run + " --equal-nan"}) == "equal: 2 elements, largest difference 0\n");
}

TEST_CASE("--expect: the tensor is printed if asked for, and the verdict then is a message") {
  const std::string object =
      R"({"shape": [3, 3], "dtype": "float32", "data": [[0.0, 0.0, 1.0], [0.0, 4.0, 6.0], )"
      "[4.0, 12.0, 9.0]]}\n";
  const Ending ending = run_tconv({.line = kRun + kOther + " --format json"});
  CHECK(ending.exit_code == 1);
  CHECK(ending.output == object);
  CHECK(ending.errors == kDiffer);
}

TEST_CASE("--expect: a file is compared with, and -o keeps the result all the same") {
  const TemporaryFolder folder;
  put_file(folder / "golden.json", kOther);
  CHECK(output_of({.line = kRun + "golden.json -o y.txt", .folder = folder.path()}) ==
        "exit 1\ny.txt: shape (3, 3) float32\n"
        "differ: 1 of 9 elements, largest difference 0.5; worst at (2, 2): 9 here, 9.5 in "
        "golden.json\n");
  CHECK(file_bytes(folder / "y.txt") == "[[ 0.  0.  1.]\n [ 0.  4.  6.]\n [ 4. 12.  9.]]\n");
  CHECK(output_of({.line = kRun + "-", .input = kSame}) ==
        "equal: 9 elements, largest difference 0\n");
}

TEST_CASE("--expect: --json carries the verdict") {
  const Ending differ = run_tconv({.line = kRun + kOther + " --json"});
  CHECK(differ.exit_code == 1);
  CHECK(differ.errors == "");
  const json verdict = json::parse(differ.output)["expect"];
  CHECK(verdict["equal"] == false);
  CHECK(verdict["differing"] == 1);
  CHECK(verdict["elements"] == 9);
  CHECK(verdict["largest_difference"] == 0.5);
  CHECK(verdict["worst_index"] == json({2, 2}));
  const json shape = json::parse(run_tconv({.line = kRun + "[1] --json"}).output)["expect"];
  CHECK(shape["same_shape"] == false);
  CHECK(shape["expected_shape"] == json::array({1}));
}

TEST_CASE("--expect: what makes no comparison is refused, not taken for equal") {
  const Row rows[] = {
      {"a missing file", kRun + "golden.npy",
       "exit 3: tconv: error: golden.npy: cannot be opened: No such file or directory"},
      {"a negative tolerance", kRun + kSame + " --rtol -1",
       "exit 2: tconv: error: --rtol -1 must be a number of at least 0"},
      {"a tolerance that is no number", kRun + kSame + " --atol nan",
       "exit 2: tconv: error: --atol nan must be a number of at least 0"},
      {"a tolerance and nothing to compare with", "run Conv2d -x [[1]] -w [[1]] --rtol 1",
       "exit 2: tconv: error: run: --rtol requires --expect"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = row.flags})) == row.expected);
  }
}

}  // namespace expect_test
}  // namespace tconv::tests
