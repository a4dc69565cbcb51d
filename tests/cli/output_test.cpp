// Every form in which a result can leave the program.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace output_test {

using nlohmann::json;

const std::string kRun = "run ConvTranspose2d -x [[0,1],[2,3]] -w [[0,1],[2,3]]";
const std::string kRows = "[[ 0.  0.  1.]\n [ 0.  4.  6.]\n [ 4. 12.  9.]]\n";
const std::string kObject =
    R"({"shape": [3, 3], "dtype": "float32", "data": [[0.0, 0.0, 1.0], [0.0, 4.0, 6.0], )"
    "[4.0, 12.0, 9.0]]}\n";

// Byte for byte what numpy.save writes.
std::string npy_bytes() {
  std::string dict = npy_dict("<f4", "(3, 3)");
  dict.resize(128 - 10 - 1, ' ');
  return npy_file(dict + '\n', raw<float>({0, 0, 1, 0, 4, 6, 4, 12, 9}));
}

struct Row {
  std::string name;
  std::string flags;
  std::string expected;
};

TEST_CASE("output: on stdout, text with its shape, or the format asked for") {
  const Row rows[] = {
      {"no flags", "", kRows + "shape: (3, 3)\n"},
      {"text", "--format text", kRows + "shape: (3, 3)\n"},
      {"quiet text", "--quiet", kRows},
      {"JSON", "--format json", kObject},
      {"npy", "--format npy", npy_bytes()},
      {"a stream is npy", "-o -", npy_bytes()},
      {"a stream of JSON", "-o - --format json", kObject},
      {"a stream of text has no shape line", "-o - --format text", kRows},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(output_of({.line = kRun + ' ' + row.flags}) == row.expected);
  }
}

// What numpy.array2string gives.
TEST_CASE("output: four axes, and none") {
  const std::string four = "run 'signal.convolve()' -x ones:1,2,1,2 -w ones:2,1,1,2 ";
  CHECK(output_of({.line = four}) ==
        "[[[[1. 2. 1.]]\n\n  [[1. 2. 1.]]]\n\n\n [[[1. 2. 1.]]\n\n  [[1. 2. 1.]]]]\n"
        "shape: (2, 2, 1, 3)\n");
  CHECK(output_of({.line = four + "--format json"}) ==
        R"({"shape": [2, 2, 1, 3], "dtype": "float32", "data": )"
        "[[[[1.0, 2.0, 1.0]], [[1.0, 2.0, 1.0]]], [[[1.0, 2.0, 1.0]], [[1.0, 2.0, 1.0]]]]}\n");
  const std::string none = "run 'signal.convolve()' -x 3 -w 4 ";
  CHECK(output_of({.line = none}) == "12.\nshape: ()\n");
  CHECK(output_of({.line = none + "--format json"}) ==
        R"({"shape": [], "dtype": "float32", "data": 12.0})"
        "\n");
}

TEST_CASE("output: --precision is the digits after the point") {
  const std::string run = "run Conv2d -x [[0.123456789,1]] -w [[1]] -q ";
  CHECK(output_of({.line = run}) == "[[0.12345679 1.        ]]\n");
  CHECK(output_of({.line = run + "--precision 2"}) == "[[0.12 1.  ]]\n");
  CHECK(output_of({.line = run + "--precision 0"}) == "[[0. 1.]]\n");
  CHECK(refusal_of({.line = run + "--precision 18"}) ==
        "exit 2: tconv: error: --precision 18 must be 0 to 17\n");
}

TEST_CASE("output: long tensors are summarised as text, and never in JSON") {
  CHECK(output_of({.line = "run Conv2d -x arange:1,1001 -w [[1]]"}) ==
        "[[   0.    1.    2. ...  998.  999. 1000.]]\n"
        "shape: (1, 1001)\n");
  const std::string output = output_of({.line = "run Conv2d -x arange:1,1001 -w [[1]] --json"});
  CHECK(json::parse(output)["data"][0].size() == 1001);
}

TEST_CASE("output: what is not finite is a word in JSON") {
  CHECK(output_of({.line = R"(run Conv2d -x '[["NaN", "-Infinity"]]' -w [[1]] --format json)"}) ==
        R"({"shape": [1, 2], "dtype": "float32", "data": [["NaN", "-Infinity"]]})"
        "\n");
}

TEST_CASE("output: a file by its extension, and one line about it") {
  const TemporaryFolder folder;
  const Row rows[] = {
      {"y.npy", "", npy_bytes()},
      {"y.json", "", kObject},
      {"y.txt", "", kRows},
      {"y.dat", " --format json", kObject},
      {"y.npy", " --format text", kRows},  // --format wins, and the file is replaced
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(output_of({.line = kRun + " -o " + row.name + row.flags, .folder = folder.path()}) ==
          row.name + ": shape (3, 3) float32\n");
    CHECK(file_bytes(folder / row.name) == row.expected);
  }
  CHECK(output_of({.line = kRun + " -o quiet.npy -q", .folder = folder.path()}) == "");
  CHECK(file_bytes(folder / "quiet.npy") == npy_bytes());
  CHECK(folder.entries() == 5);  // nothing else was left
}

TEST_CASE("output: a device or pipe named by -o is written directly") {
  CHECK(output_of({.line = kRun + " -o /dev/null --format npy"}) ==
        "/dev/null: shape (3, 3) float32\n");
  CHECK(output_of({.line = kRun + " -o /dev/stdout --format text -q"}) == kRows);
}

TEST_CASE("output: --json is one object that says what was computed") {
  const json object = json::parse(output_of({.line = kRun + " --json --stride 3"}));
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "run");
  CHECK(object["shape"] == json({5, 5}));
  CHECK(object["dtype"] == "float32");
  CHECK(object["data"][4] == json({4, 6, 0, 6, 9}));
  CHECK_FALSE(object.contains("output"));
  const json layer = object["layers"][0];
  CHECK(layer["framework"] == "pytorch");
  CHECK(layer["output_shape"] == json({5, 5}));
  CHECK(layer["stages"][0]["axes"][1]["stride"] == 3);
}

TEST_CASE("output: --json with -o names the file instead of repeating its data") {
  const TemporaryFolder folder;
  const json object =
      json::parse(output_of({.line = kRun + " --json -q -o y.npy", .folder = folder.path()}));
  CHECK(object["output"] == "y.npy");
  CHECK(object["shape"] == json({3, 3}));
  CHECK_FALSE(object.contains("data"));
  CHECK(file_bytes(folder / "y.npy") == npy_bytes());
}

TEST_CASE("output: --json leaves no room for another format on stdout") {
  for (const std::string flags : {"--format npy", "--format text", "-o -"}) {
    CAPTURE(flags);
    CHECK(first_line(refusal_of({.line = kRun + " --json " + flags}))
              .starts_with(R"(exit 2: {"error":{"code":"usage","exit":2,)"));
  }
  CHECK(json::parse(output_of({.line = kRun + " --json --format json"}))["data"][0] ==
        json({0, 0, 1}));
}

TEST_CASE("output: a layer written with its random bias gets a note when there is no -b") {
  const std::string run = "run 'nn.Conv2d(3, 8, 3)' -x ones:1,3,3,3 -w ones:8,3,3,3 --format npy";
  const std::string note =
      "tconv: note: Conv2d(3, 8, 3) (pytorch): has a bias by default and -b gave none; computed "
      "without (say bias=False to silence this)\n";
  const Ending noted = run_tconv({.line = run});
  CHECK(noted.exit_code == 0);
  CHECK(noted.errors == note);
  CHECK(noted.output.size() == 128 + 32);
  for (const std::string flags : {" -q", " -b zeros:8"}) {
    CAPTURE(flags);
    CHECK(output_of({.line = run + flags}) == noted.output);
  }
  CHECK(output_of({.line = "run 'nn.Conv2d(1, 1, 1, bias=False)' -x [[1]] -w [[2]]"}) ==
        "[[2.]]\nshape: (1, 1)\n");
}

}  // namespace output_test
}  // namespace tconv::tests
