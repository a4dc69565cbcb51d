// tconv bench: the forms of its answer, and what it refuses. How fast anything is, is not tested.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../support/temporary_folder.hpp"
#include "cli/bench_layers.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace bench_test {

using nlohmann::json;

const std::string kHeader =
    "name,kind,dims,n,ci,co,groups,input,kernel,stride,pad,dilation,output_padding,gflop\n";
const std::string kForward = "down,forward,2,1,2,4,2,6x7,3x3,2x1,1x0,1x2,0x0,0\n";
const std::string kTransposed = "up,transposed,1,3,2,5,1,4,3,2,1,1,1,0\n";
const std::string kQuick = " --min-time 0 --threads 1 --no-limits ";

json bench_json(const std::string& line, const std::string& folder = {}) {
  return json::parse(output_of({.line = "bench " + line + kQuick + "--json", .folder = folder}));
}

TEST_CASE("bench: a row a layer with its median, rate, workspace and algorithm") {
  const TemporaryFolder folder;
  put_file(folder / "layers.csv", kHeader + kForward + '\n' + kTransposed);
  const std::string text =
      output_of({.line = "bench --layers layers.csv" + kQuick, .folder = folder.path().string()});
  CHECK(
      text.starts_with("layer  mode             ms                q1..q3   GFLOP/s  peak memory"
                       "  workspace  algorithm\n"
                       "down   packed   "));
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.find("\nup     packed   ") != std::string::npos);
  CHECK(output_of({.line = "bench --layers layers.csv --filter up -q" + kQuick,
                   .folder = folder.path().string()})
            .starts_with("up  "));
}

TEST_CASE("bench: what this machine can do stands above, and each row's share of it") {
  const std::string line = "bench 'nn.Conv2d(2, 2, 3)' --input-shape 1,2,5,5 --min-time 0 ";
  const std::string text = output_of({.line = line + "--threads 2"});
  CHECK(text.starts_with("# 2 threads, "));
  CHECK(text.find(" GFLOP/s of float32 multiply-adds, ") != std::string::npos);
  const json object = json::parse(output_of({.line = line + "--threads 1 --dtype float64 --json"}));
  const json machine = object["machine"], row = object["measurements"][0];
  CHECK(machine["fma_gflops"] > 0);
  CHECK(machine["memory_gbytes"] > 0);
  CHECK(row["fma_share"].get<double>() ==
        doctest::Approx(row["gflops"].get<double>() / machine["fma_gflops"].get<double>()));
  CHECK(row["memory_share"].get<double>() ==
        doctest::Approx(row["gbytes"].get<double>() / machine["memory_gbytes"].get<double>()));
}

TEST_CASE("bench: --json has every number") {
  const TemporaryFolder folder;
  put_file(folder / "layers.csv", kHeader + kForward + kTransposed);
  const json object =
      bench_json("--layers layers.csv --mode all --layout channels-last --dtype bfloat16",
                 folder.path().string());
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "bench");
  CHECK(object["dtype"] == "bfloat16");
  CHECK(object["layout"] == "channels-last");
  CHECK(object["threads"] == 1);
  CHECK(object["machine"].is_null());
  const json rows = object["measurements"];
  REQUIRE(rows.size() == 6);
  CHECK(rows[0]["mode"] == "packed");
  CHECK(rows[1]["mode"] == "unpacked");
  CHECK(rows[2]["mode"] == "cold");
  CHECK(rows[3]["layer"] == "up");
  // Every tap counts, in padding and in what is cropped: 2*4*(2/2)*9*(3*3) and 2*3*2*5*3*4.
  CHECK(rows[0]["gflop"].get<double>() == doctest::Approx(2e-9 * 4 * 1 * 9 * 3 * 3));
  CHECK(rows[3]["gflop"].get<double>() == doctest::Approx(2e-9 * 3 * 2 * 5 * 3 * 4));
  for (const json& row : rows) {
    CHECK(row["runs"] >= 15);
    const json ms = row["ms"];
    CHECK(ms["min"] <= ms["q1"]);
    CHECK(ms["q1"] <= ms["median"]);
    CHECK(ms["median"] <= ms["q3"]);
    CHECK(ms["q3"] <= ms["max"]);
    CHECK(row["fma_share"].is_null());
    CHECK(row["workspace_bytes_per_thread"] >= 0);
  }
}

TEST_CASE("bench: --csv has as many fields in every line") {
  const std::string text =
      output_of({.line = "bench 'SeparableConv2D(8, 3)' --input-shape 1,9,9,4 --csv" + kQuick});
  std::size_t lines = 0, fields = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1, ++lines) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    const auto count = std::size_t(std::count(line.begin(), line.end(), ',')) + 1;
    if (lines == 0) fields = count;
    CHECK(count == fields);
  }
  CHECK(lines == 3);
  CHECK(text.starts_with("layer,mode,dtype,layout,threads,algorithm,"));
}

TEST_CASE("bench: a SPEC's layers are its stages, in its own layout and the weights' dtype") {
  const json object = bench_json("'SeparableConv2D(8, 3)' --input-shape 1,9,9,4");
  CHECK(object["layout"].is_null());
  CHECK(object["measurements"].size() == 2);
  CHECK(object["measurements"][1]["layer"] == "SeparableConv2D(8, 3) (keras) stage 1");
  const std::string chain =
      R"('{"layers": [{"spec": "Conv1d", "weights": [1, 1]}, {"spec": "Conv1d", "weights": [2]}]}')";
  CHECK(bench_json(chain + " --input-shape 1,1,9")["measurements"].size() == 2);
}

TEST_CASE("bench: every layer of the sample set can be read") {
  const std::string line = "bench --layers '" TCONV_SOURCE_DIR "/samples/layers.csv' --filter nope";
  const std::string refusal = refusal_of({.line = line});
  CHECK(first_line(refusal) == "exit 2: tconv: error: --filter nope is in no layer's name");
  CHECK(refusal.find("hint: there are resnet50_conv1_stem, ") != std::string::npos);
  CHECK(refusal.find(", x_lenet_conv1_tiny\n") != std::string::npos);
}

struct Row {
  std::string name;
  std::string content;
  std::string expected;
};

const Row kBadFiles[] = {
    {"nothing", "", "3: tconv: error: l.csv: there is no column 'name'"},
    {"no layers", kHeader, "2: tconv: error: l.csv has no layers"},
    {"a column misspelt", "nmae,kind\n",
     "3: tconv: error: l.csv: there is no column 'name' (did you mean \"nmae\"?)"},
    {"a field too few", kHeader + "a,forward,2\n",
     "3: tconv: error: l.csv:2: has 3 fields, the first line names 14 columns"},
    {"another kind", kHeader + kForward + "a,sideways,2,1,2,4,2,6x7,3x3,2x1,1x0,1x2,0x0,0\n",
     "3: tconv: error: l.csv:3: kind 'sideways' must be forward or transposed"},
    {"too many axes", kHeader + "a,forward,65,1,1,1,1,1x1x1x1,1,1,0,1,0,0\n",
     "3: tconv: error: l.csv:2: dims '65' must be 1 to 64"},
    {"a word for a number", kHeader + "\n\na,forward,2,one,2,4,2,6x7,3x3,2x1,1x0,1x2,0x0,0\n",
     "3: tconv: error: l.csv:4: n 'one' must be a number of at least 0"},
    {"an extent too few", kHeader + "a,forward,2,1,2,4,2,6x7,3,2x1,1x0,1x2,0x0,0\n",
     "3: tconv: error: l.csv:2: kernel '3' must be 2 numbers of at least 0, joined by x"},
    {"a negative pad", kHeader + "a,forward,1,1,2,4,2,6,3,2,-1,1,0,0\n",
     "3: tconv: error: l.csv:2: pad '-1' must be 1 number of at least 0"},
    {"a number of 20 digits", kHeader + "a,forward,1,99999999999999999999,2,4,2,6,3,2,1,1,0,0\n",
     "3: tconv: error: l.csv:2: n '99999999999999999999' must be a number of at least 0"},
    {"an output padding of a forward layer", kHeader + "a,forward,1,1,2,4,2,6,3,2,1,1,1,0\n",
     "3: tconv: error: l.csv:2: output_padding '1' must be 0 in a forward layer"},
    {"groups that do not divide", kHeader + "a,forward,1,1,3,4,2,6,3,2,1,1,0,0\n",
     "3: tconv: error: l.csv:2: groups 2 does not divide 3 input channels"},
    {"sizes that overflow", kHeader + "a,forward,1,9000000000,1,9000000000,1,6,3,2,1,1,0,0\n",
     "3: tconv: error: l.csv:2: the size of y does not fit in 63 bits"},
    {"more than there is memory", kHeader + "a,forward,1,1,1,1,1,9000000000000,1,1,0,1,0,0\n",
     "5: tconv: error: a: timing it takes 1080000000000"},
};

TEST_CASE("bench: a layer's tensors are dense in either layout, its weights PyTorch's") {
  const auto layers =
      cli::read_bench_layers(TCONV_SOURCE_DIR "/samples/layers.csv", DType::Float32);
  REQUIRE(layers);
  constexpr std::size_t H = kMaxAxes - 2, W = kMaxAxes - 1;
  Problem p = layers->front().problem;  // 3 channels of 224x224, 7x7 to 64
  CHECK(p.x.channel == 224 * 224);
  CHECK(p.x.axes[H] == 224);
  CHECK(p.y.axes[H] == 112);
  CHECK(p.w.out == 3 * 49);
  CHECK(p.w.axes[H] == 7);
  cli::lay_out(p, cli::BenchLayout::ChannelsLast);
  CHECK(p.x.channel == 1);
  CHECK(p.x.axes[W] == 3);
  CHECK(p.x.axes[H] == 224 * 3);
  CHECK(p.y.batch == 112 * 112 * 64);
}

TEST_CASE("bench: a file that is wrong is refused with its line and column") {
  for (const Row& row : kBadFiles) {
    CAPTURE(row.name);
    const TemporaryFolder folder;
    put_file(folder / "l.csv", row.content);
    const std::string line = first_line(
        refusal_of({.line = "bench --layers l.csv -q" + kQuick, .folder = folder.path().string()}));
    CHECK(line.substr(0, 5 + row.expected.size()) == "exit " + row.expected);
  }
}

const Row kBadFlags[] = {
    {"no layer", "", "2: tconv: error: give either a SPEC or --layers FILE"},
    {"two sources", "Conv2d --layers l.csv",
     "2: tconv: error: give either a SPEC or --layers FILE"},
    {"no shape", "'nn.Conv2d(1, 1, 1)'",
     "2: tconv: error: give the input's shape as --input-shape"},
    {"no such file", "--layers gone.csv", "3: tconv: error: gone.csv: "},
    {"a flag beside a file", "--layers l.csv --stride 2",
     "2: tconv: error: --layers says all about its layers: no flag of a layer goes with it"},
    {"a fourth mode", "--layers l.csv --mode hot",
     "2: tconv: error: --mode hot must be packed, unpacked, cold or all"},
    {"a third layout", "--layers l.csv --layout blocked",
     "2: tconv: error: --layout blocked must be channels-first or channels-last"},
    {"less than no time", "--layers l.csv --min-time=-1",
     "2: tconv: error: --min-time -1 must be at least 0"},
    {"two forms", "--layers l.csv --csv --json", "2: {\"error\":{\"code\":\"usage\""},
    {"an algorithm that is none", "--layers l.csv --algorithm referenc",
     "2: tconv: error: --algorithm: there is no algorithm 'referenc' (did you mean "
     "\"reference\"?)"},
    {"integers", "--layers l.csv --dtype int8",
     "2: tconv: error: --dtype int8 must be float16, bfloat16, float32 or float64"},
    {"a shape that does not fit", "'nn.Conv2d(3, 1, 1)' --input-shape 1,2,5,5",
     "3: tconv: error: "},
};

TEST_CASE("bench: wrong flags are refused") {
  const TemporaryFolder folder;
  put_file(folder / "l.csv", kHeader + kForward);
  for (const Row& row : kBadFlags) {
    CAPTURE(row.name);
    const std::string line =
        refusal_of({.line = "bench " + row.content, .folder = folder.path().string()});
    CHECK(line.substr(0, 5 + row.expected.size()) == "exit " + row.expected);
  }
}

}  // namespace bench_test
}  // namespace tconv::tests
