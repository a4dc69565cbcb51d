// tconv diff through the binary: verdict, tolerance, where, why, picture, and what is refused.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace diff_test {

using nlohmann::json;

struct Row {
  std::string name;
  std::string line;
  std::string expected;
};

TEST_CASE("diff: says whether, and exits 1 where they differ") {
  const Row rows[] = {
      {"equal", "[1,2] [1,2]", "equal: 2 elements, largest difference 0\n"},
      {"within the default", "[100] [100.0001]", "equal: 1 elements, largest difference 0.0001\n"},
      {"beyond it", "[1] [1.1] -q", "exit 1\n"},
      {"--rtol", "[1] [1.1] --rtol 0.1", "equal: 1 elements, largest difference 0.1\n"},
      {"--atol", "[1] [1.1] --rtol 0 --atol 0.11", "equal: 1 elements, largest difference 0.1\n"},
      {"NaN", R"('["NaN"]' '["NaN"]' -q)", "exit 1\n"},
      {"--equal-nan", R"('["NaN"]' '["NaN"]' --equal-nan)",
       "equal: 1 elements, largest difference 0\n"},
      {"--metric mean", "[1,2,3,4] [1,2,3,6] --metric mean --atol 0.5 --rtol 0",
       "equal: mean difference 0.5, 0.5 allowed; 4 elements, largest difference 2\n"},
      {"--metric cosine", "[1,2] [2,4] --metric cosine",
       "equal: 1 - cosine 0, 1.13e-05 allowed; 2 elements, largest difference 2\n"},
      {"--metric ulp", "[1] [1.0000002] --metric ulp",
       "exit 1\n"
       "differ: units in the last place 9.01e+08, 4 allowed; 1 of 1 elements (100 %)\n"
       "  shape       (1,) float32\n"
       "  rule        units in the last place <= 4\n"
       "  largest     2e-07, worst at (0,): 1 in [1], 1.0000002 in [1.0000002]\n"
       "  mean        2e-07\n"},
      {"another shape", "[1,2] [[1,2],[3,4]]",
       "exit 1\ndiffer: shape (2,) in [1,2], (2, 2) in [[1,2],[3,4]]\n"},
      {"no elements", "ones:0,3 ones:0,3", "equal: 0 elements, largest difference 0\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "diff " + row.line}) == row.expected);
  }
}

TEST_CASE("diff: says how far, and where") {
  CHECK(output_of({.line = "diff [[1,2,3],[4,5,6]] [[1,2,3],[4,5.5,7]] --atol 0 --rtol 0"}) ==
        "exit 1\n"
        "differ: 2 of 6 elements (33.3 %)\n"
        "  shape       (2, 3) float32\n"
        "  rule        |a - b| <= 0 + 0*|b|\n"
        "  largest     1, worst at (1, 2): 6 in [[1,2,3],[4,5,6]], 7 in [[1,2,3],[4,5.5,7]]\n"
        "  mean        0.25\n"
        "  where       only index 1 of axis 0 (0 to 1)\n");
}

// [[1, 2], [3, 4]] in every way a file can hold it.
TEST_CASE("diff: any dtype, byte order and order of axes, and standard input") {
  const TemporaryFolder folder;
  const auto put = [&](const std::string& name, const std::string& descr, const std::string& data,
                       const std::string& fortran = "False") {
    put_file(folder / name, npy_file(npy_dict(descr, "(2, 2)", fortran), data));
  };
  put("f4.npy", "<f4", raw<float>({1, 2, 3, 4}));
  put("fortran.npy", "<f8", raw<double>({1, 3, 2, 4}), "True");
  put("big.npy", ">i4", raw<std::uint32_t>({1U << 24U, 2U << 24U, 3U << 24U, 4U << 24U}));
  put("u1.npy", "|u1", raw<std::uint8_t>({1, 2, 3, 4}));
  put("bf16.npy", "<V2", raw<std::uint16_t>({0x3f80, 0x4000, 0x4040, 0x4080}));
  const std::string names[] = {"f4.npy", "fortran.npy", "big.npy",
                               "u1.npy", "bf16.npy",    "[[1,2],[3,4]]"};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(output_of({.line = "diff " + a + ' ' + b + " -q", .folder = folder.path()}) == "");
    }
  }
  const std::string npy = npy_file(npy_dict("<f4", "(2, 2)"), raw<float>({1, 2, 3, 4}));
  CHECK(output_of({.line = "diff - f4.npy -q", .input = npy, .folder = folder.path()}) == "");
  CHECK(output_of(
            {.line = "diff f4.npy - -q", .input = "[[1, 2], [3, 5]]", .folder = folder.path()}) ==
        "exit 1\n");
}

TEST_CASE("diff: --diagnose says what makes them equal") {
  const std::string x = "[[1,2,4],[9,16,31],[64,125,257]]";
  const Row rows[] = {
      {"a flip", "[[64,125,257],[9,16,31],[1,2,4]]", "equal after flipping B along axis 0"},
      {"transposed", "[[1,9,64],[2,16,125],[4,31,257]]",
       "equal after B.transpose(1, 0) (transposed)"},
      {"a factor", "[[2,4,8],[18,32,62],[128,250,514]]", "equal after multiplying B by 0.5"},
      {"another factor", "[[255,510,1020],[2295,4080,7905],[16320,31875,65535]]",
       "equal after multiplying B by 0.00392157 (1/255)"},
      {"a sign", "[[-1,-2,-4],[-9,-16,-31],[-64,-125,-257]]", "equal after negating B"},
      {"a constant", "[[2,3,5],[10,17,32],[65,126,258]]", "equal after adding -1 to B"},
      {"a shift", "[[16,31,3],[125,257,5],[6,7,9]]",
       "equal after shifting B by (1, 1); this compares the overlap, 4 of 9 elements"},
      {"other shape", "[1,2,4,9,16,31,64,125,257]", "equal after reshaping B to (3, 3)"},
      {"a larger shape", "[[0,1,2,4],[0,9,16,31],[0,64,125,257]]",
       "equal after cutting B to [0:3, 1:4]"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string text = output_of({.line = "diff " + x + ' ' + row.line + " --diagnose"});
    CHECK(text.starts_with("exit 1\ndiffer: "));
    CHECK(text.find("\n  cause       " + row.expected + '\n') != std::string::npos);
  }
  const std::string none = output_of({.line = "diff " + x + " random:3,3:1 --diagnose"});
  CHECK(none.find("\n  cause       none found, of ") != std::string::npos);
}

TEST_CASE("diff: --json") {
  const json differ = json::parse(
      run_tconv({.line = "diff [[1,2],[3,4],[5,7]] [[5,7],[3,4],[1,2]] --diagnose --json"}).output);
  CHECK(differ["schema"] == 1);
  CHECK(differ["command"] == "diff");
  CHECK(differ["equal"] == false);
  CHECK(differ["same_shape"] == true);
  CHECK(differ["a"] ==
        json{{"name", "[[1,2],[3,4],[5,7]]"}, {"shape", {3, 2}}, {"dtype", "float32"}});
  CHECK(differ["metric"] == "max");
  CHECK(differ["atol"] == 1e-5);
  CHECK(differ["elements"] == 6);
  CHECK(differ["differing"] == 4);
  CHECK(differ["share"] == 4.0 / 6);
  CHECK(differ["largest_difference"] == 5);
  CHECK(differ["worst"]["index"] == json({0, 1}));
  CHECK(differ["worst"]["a"] == 2);
  CHECK(differ["diagnosis"]["explained"] == true);
  CHECK(differ["diagnosis"]["steps"] ==
        json::parse(R"([{"kind": "flip", "of": "B", "axes": [0]}])"));

  const json special =
      json::parse(run_tconv({.line = R"(diff '["NaN"]' [1] --metric mean --json)"}).output);
  CHECK(special["measured"] == "Infinity");
  CHECK(special["worst"]["a"] == "NaN");
  const json shape = json::parse(run_tconv({.line = "diff [1] [[1]] --json"}).output);
  CHECK(shape["same_shape"] == false);
  CHECK_FALSE(shape.contains("differing"));
  CHECK(json::parse(output_of({.line = "diff [1] [1] --json"}))["equal"] == true);
}

TEST_CASE("diff: --heatmap draws a file, whatever the verdict") {
  const TemporaryFolder folder;
  const Ending ending = run_tconv(
      {.line = "diff [[1,2],[3,4]] [[1,2],[3,5]] --heatmap map.svg", .folder = folder.path()});
  CHECK(ending.exit_code == 1);
  CHECK(ending.output.find("\n  heatmap     map.svg\n") != std::string::npos);
  const std::string svg = file_bytes(folder / "map.svg");
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(output_of({.line = "diff [1] [1] --heatmap same.svg", .folder = folder.path()}) ==
        "equal: 1 elements, largest difference 0\n  heatmap     same.svg\n");
  run_tconv({.line = "diff ones:2,3,4 zeros:2,3,4 --heatmap axes.svg --heatmap-axes 2,0",
             .folder = folder.path()});
  CHECK(file_bytes(folder / "axes.svg").find(">axis 0</text>") != std::string::npos);
}

TEST_CASE("diff: what is refused") {
  const TemporaryFolder folder;
  put_file(folder / "a.json", "[1]");
  const Row rows[] = {
      {"one tensor", "[1]", "exit 2: tconv: error: two tensors are needed, A and B"},
      {"two streams", "- -",
       "exit 2: tconv: error: 2 arguments are -, and standard input can be read once"},
      {"a negative tolerance", "[1] [1] --atol -1",
       "exit 2: tconv: error: --atol -1 must be a number of at least 0"},
      {"a metric", "[1] [1] --metric median",
       "exit 2: tconv: error: --metric median must be max, mean, cosine or ulp"},
      {"--rtol of units", "[1] [1] --metric ulp --rtol 1",
       "exit 2: tconv: error: --rtol has no meaning with --metric ulp, which counts units in the "
       "last place"},
      {"no file", "[1] nowhere.npy",
       "exit 3: tconv: error: nowhere.npy: cannot be opened: No such file or directory"},
      {"a picture over an input", "a.json a.json --heatmap a.json",
       "exit 2: tconv: error: --heatmap a.json is also an input (a.json)"},
      {"a picture nowhere", "[1] [2] --heatmap no/map.svg",
       "exit 4: tconv: error: no/map.svg: cannot be created in folder no: No such file or "
       "directory"},
      {"axes it has not", "[1] [2] --heatmap map.svg --heatmap-axes 0,1",
       "exit 2: tconv: error: --heatmap-axes 0,1 must be two axes of shape (1,)"},
      {"axes without a picture", "[1] [2] --heatmap-axes 0,1",
       "exit 2: tconv: error: diff: --heatmap-axes requires --heatmap"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = "diff " + row.line, .folder = folder.path()})) ==
          row.expected);
  }
  CHECK(file_bytes(folder / "a.json") == "[1]");
  CHECK(folder.entries() == 1);
}

}  // namespace diff_test
}  // namespace tconv::tests
