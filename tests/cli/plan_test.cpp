// --threads, --math, --algorithm and --explain-plan: how a layer is computed, chosen and told.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/caches.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace plan_test {

using nlohmann::json;

const std::string kLayer = "'nn.Conv2d(1, 2, 2, bias=False)' -x arange:1,1,3,3 -w ones:2,1,2,2 ";
const std::string kChain =
    R"('{"layers": [{"spec": "Conv1d", "weights": [1, 1]}, {"spec": "Conv1d", "weights": [2]}]}')";

TEST_CASE("plan: threads, exact math and the reference change no value") {
  const std::string expected = output_of({.line = "run " + kLayer});
  for (const std::string flags :
       {"--threads 1", "--threads 3", "--math exact", "--algorithm reference",
        "--algorithm reference --math fast --threads 2", "--max-memory 1G --threads 1"}) {
    CAPTURE(flags);
    CHECK(output_of({.line = "run " + kLayer + flags}) == expected);
  }
}

TEST_CASE("plan: --math fast takes another algorithm, within its bound; exact math does not") {
  const std::string layer =
      "run 'nn.Conv2d(32, 32, 3, padding=1, bias=False)' -x random:1,32,16,16:1 "
      "-w random:32,32,3,3:2 ";
  const std::string exact = output_of({.line = layer + "--json"});
  CHECK(output_of({.line = layer + "--explain-plan --math fast"}).find("algorithm   winograd-4") !=
        std::string::npos);
  CHECK(output_of({.line = layer + "--explain-plan"})
            .find("winograd-4  not chosen: rounds differently: needs --math fast") !=
        std::string::npos);
  const json sums = json::parse(exact)["data"];
  const json fast = json::parse(output_of({.line = layer + "--json --math fast"}))["data"];
  CHECK(fast != sums);
  double worst = 0;
  const json flat_sums = sums.flatten(), flat = fast.flatten();
  for (const auto& [at, value] : flat.items()) {
    worst = std::max(worst, std::abs(value.get<double>() - flat_sums[at].get<double>()));
  }
  CHECK(worst < 1e-3);
  CHECK(first_line(refusal_of({.line = layer + "--algorithm winograd-2"})) ==
        "exit 2: tconv: error: the algorithm winograd-2 does not take this problem: rounds "
        "differently: needs --math fast");
}

TEST_CASE("plan: the pixels of 1x1 and of upsampling layers lie where a cache serves them best") {
  const auto chosen = [](const std::string& spec) {
    const std::string text = output_of({.line = "shape " + spec + " --explain-plan"});
    const std::size_t at = text.find("algorithm   ") + 12;
    return text.substr(at, text.find(',', at) - at);
  };
  CHECK(chosen("'nn.Conv2d(256, 256, 1)' --input-shape 1,256,64,64") == "pixel-lanes");
  CHECK(chosen("'nn.Conv2d(256, 256, 1)' --input-shape 1,256,56,56") == "channel-lanes");
  CHECK(chosen("'nn.Conv2d(160, 960, 1)' --input-shape 8,160,7,7") == "panels");
  CHECK(chosen("'nn.ConvTranspose2d(256, 128, 2, stride=2)' --input-shape 1,256,64,64") ==
        "panels");
  CHECK(chosen("'nn.ConvTranspose2d(64, 1, 2, stride=2)' --input-shape 1,64,64,64") ==
        "pixel-lanes");
  // The weights of a tile of 1024 channels are beyond a first cache of 32 KiB.
  const bool small_cache = kernels::first_cache_bytes() <= 32 << 10;
  CHECK(chosen("'nn.ConvTranspose2d(1024, 512, 2, stride=2)' --input-shape 1,1024,28,28") ==
        (small_cache ? "channel-lanes" : "panels"));
  CHECK(chosen("'nn.ConvTranspose2d(2048, 512, 2, stride=2)' --input-shape 1,2048,28,28") ==
        "channel-lanes");
  CHECK(chosen("'nn.ConvTranspose2d(256, 128, 4, stride=2, padding=1)' --input-shape "
               "1,256,64,64") == "gathered");
  CHECK(chosen("'nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)' --input-shape 1,64,64,64") ==
        "channel-lanes");
}

TEST_CASE("plan: --explain-plan says which algorithm, why, and its memory, and computes nothing") {
  const std::string text =
      output_of({.line = "run " + kLayer +
                         "--explain-plan --threads 3 --algorithm reference -o no"
                         "/such/folder.npy"});
  CHECK(
      text.starts_with("Conv2d(1, 2, 2, bias=False) (pytorch)\n"
                       "  algorithm   reference\n"
                       "  threads     3\n"
                       "  memory      packed weights 0 bytes, workspace 0 bytes a thread\n"));
  CHECK(text.find("\n  reference   chosen: the formula read off") != std::string::npos);
}

TEST_CASE("plan: --explain-plan --json has an object a layer and a stage") {
  const json object =
      json::parse(output_of({.line = "run " + kChain + " -x [1,2,4] --explain-plan --json"}));
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "run");
  REQUIRE(object["plan"].size() == 2);
  CHECK_FALSE(object.contains("data"));
  int chosen = 0;
  const json stage = object["plan"][1]["stages"][0];
  for (const json& candidate : stage["candidates"]) {
    CHECK(candidate["reason"] != "");
    if (!candidate["chosen"]) continue;
    CHECK(candidate["name"] == stage["algorithm"]);
    ++chosen;
  }
  CHECK(chosen == 1);
  CHECK(stage["threads"] >= 1);
  CHECK(stage["packed_weight_bytes"] >= 0);
  CHECK(stage["workspace_bytes_per_thread"] >= 0);
}

TEST_CASE("plan: shape explains it without data") {
  const std::string shape = "shape 'nn.Conv2d(3, 4, 3)' --input-shape 1,3,9,9 ";
  const std::string plain = output_of({.line = shape});
  const std::string text = output_of({.line = shape + "--explain-plan --algorithm reference"});
  CHECK(text.starts_with(plain));
  CHECK(text.find("\n  algorithm   reference\n") != std::string::npos);
  const json object = json::parse(output_of({.line = shape + "--explain-plan --json"}));
  CHECK(object["plan"][0]["stages"][0].contains("algorithm"));
  CHECK_FALSE(json::parse(output_of({.line = shape + "--json"})).contains("plan"));
}

struct Row {
  std::string name;
  std::string flags;
  std::string expected;
};

const Row kRefused[] = {
    {"no such algorithm", "--algorithm referense",
     "--algorithm: there is no algorithm 'referense' (did you mean \"reference\"?)"},
    {"no threads", "--threads 0", "--threads 0 must be 1 to 1024"},
    {"threads below none", "--threads=-1", "--threads -1 must be 1 to 1024"},
    {"a third kind of arithmetic", "--math loose", "--math loose must be exact or fast"},
};

TEST_CASE("plan: wrong flags exit 2 before anything is read") {
  for (const Row& row : kRefused) {
    CAPTURE(row.name);
    for (const std::string line : {"run Conv2d -x gone.npy -w gone.npy ",
                                   "shape Conv2d --input-shape 1,1,2,2 -w gone.npy "}) {
      CHECK(first_line(refusal_of({.line = line + row.flags})) ==
            "exit 2: tconv: error: " + row.expected);
    }
  }
  CHECK(refusal_of({.line = "run " + kLayer + "--algorithm x"}).find("  hint: there are ") !=
        std::string::npos);
}

}  // namespace plan_test
}  // namespace tconv::tests
