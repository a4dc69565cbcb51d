// Shards of a batch, and their journals put together, as users run them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "batch/folders.hpp"
#include "io/tensors.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace shard_test {

namespace fs = std::filesystem;

const std::string kBatch = "batch 'Conv2d(1, 1, 1, bias=False)' -w [[2]] in --out-dir ";

struct Seven {
  TemporaryFolder folder{};
  Seven() {
    fs::create_directory(folder.path() / "in");
    for (int i = 0; i < 7; ++i) {
      put_file(folder / fmt::format("in/x{}.npy", i),
               npy_file(npy_dict("<f4", "(2, 2)"), raw<float>({float(i), 1, 2, 3})));
    }
  }
  Ending run(const std::string& line) const {
    return run_tconv({.line = line, .folder = folder.path()});
  }
  void run_shard(const std::string& out, int index, int count) const {
    const Ending ending = run(fmt::format("{}{} --shard {}/{}", kBatch, out, index, count));
    CHECK(ending.errors == "");
    CHECK(ending.exit_code == 0);
  }
};

TEST_CASE("--shard: the parts together are the whole, byte for byte, for every number of them") {
  const Seven seven;
  CHECK(seven.run(kBatch + "one").exit_code == 0);
  const auto whole = results_below(seven.folder.path() / "one");
  CHECK(whole.size() == 7);
  for (const int count : {2, 3, 9}) {  // more parts than files, too
    CAPTURE(count);
    const std::string out = fmt::format("out{}", count);
    std::string journals;
    std::size_t before = 0;
    for (int index = 1; index <= count; ++index) {
      seven.run_shard(out, index, count);
      const std::size_t now = results_below(seven.folder.path() / out).size();
      CHECK(now - before == std::size_t((7 + count - index) / count));
      before = now;
      journals += fmt::format(" {}/tconv-batch.{}-of-{}.jsonl", out, index, count);
    }
    CHECK(results_below(seven.folder.path() / out) == whole);
    CHECK(output_of({.line = "batch --merge-journals all.jsonl" + journals,
                     .folder = seven.folder.path()}) == "all.jsonl: 7 files, 7 done\n");
    // The joint journal is one that a single process goes on with.
    const Ending resumed = seven.run(kBatch + out + " --resume --json --journal all.jsonl");
    CHECK(resumed.exit_code == 0);
    CHECK(nlohmann::json::parse(resumed.output)["done"] == 0);
  }
}

TEST_CASE("--merge-journals: a shard that is not through, and what is wrong with a request") {
  const Seven seven;
  const fs::path in = seven.folder.path();
  seven.run_shard("out", 1, 3);
  seven.run_shard("out", 3, 3);
  const std::string merge =
      "batch --merge-journals all.jsonl out/tconv-batch.1-of-3.jsonl out/tconv-batch.3-of-3.jsonl";
  CHECK(refusal_of({.line = merge, .folder = in}) ==
        "exit 1: tconv: the shards are not complete; no journal is written\n"
        "  shard 2/3: no journal\n");
  CHECK_FALSE(fs::exists(in / "all.jsonl"));
  const Ending json = seven.run(merge + " --json");
  CHECK(json.exit_code == 1);
  CHECK(nlohmann::json::parse(json.output)["problems"] ==
        nlohmann::json::array({"shard 2/3: no journal"}));

  CHECK(first_line(refusal_of({.line = "batch --merge-journals all.jsonl", .folder = in})) ==
        "exit 2: tconv: error: no journals are given");
  CHECK(first_line(refusal_of({.line = "batch --merge-journals all.jsonl in/x0.npy", .folder = in}))
            .starts_with("exit 3: tconv: error: in/x0.npy"));
  CHECK(first_line(refusal_of({.line = "batch --merge-journals out/tconv-batch.1-of-3.jsonl "
                                       "out/tconv-batch.1-of-3.jsonl",
                               .folder = in})) ==
        "exit 2: tconv: error: --merge-journals out/tconv-batch.1-of-3.jsonl is also an input "
        "(out/tconv-batch.1-of-3.jsonl)");
  CHECK(first_line(refusal_of({.line = merge + " --out-dir out", .folder = in})) ==
        "exit 2: tconv: error: --merge-journals takes journals, and computes nothing");
}

TEST_CASE("--shard: a journal is gone on with by its own shard only") {
  const Seven seven;
  const fs::path in = seven.folder.path();
  const std::string journal = " --journal j.jsonl";
  CHECK(seven.run(kBatch + "out --shard 1/2" + journal).exit_code == 0);
  CHECK(first_line(
            refusal_of({.line = kBatch + "out --shard 2/2 --resume" + journal, .folder = in})) ==
        "exit 2: tconv: error: j.jsonl is the journal of shard 1/2, this is 2/2");
  CHECK(seven.run(kBatch + "out --shard 1/2 --resume" + journal).exit_code == 0);
}

TEST_CASE("--shard: refused before anything is read") {
  const Seven seven;
  const fs::path in = seven.folder.path();
  CHECK(first_line(refusal_of({.line = kBatch + "out --shard 3/2", .folder = in})) ==
        "exit 2: tconv: error: --shard 3/2: 3 is not 1 to 2");
  CHECK(first_line(refusal_of({.line = kBatch + "out --shard two", .folder = in})) ==
        "exit 2: tconv: error: --shard two must be I/N, such as 1/8 to 8/8, or auto");
  CHECK_FALSE(fs::exists(in / "out"));
}

}  // namespace shard_test
}  // namespace tconv::tests
