#include "batch/run_batch.hpp"

#include <doctest/doctest.h>

#include "batch/discover.hpp"
#include "batch/folders.hpp"
#include "batch/survey.hpp"

namespace tconv::batch {
namespace {

using tests::put_file;
using tests::random_npy;
using tests::TemporaryFolder;

TEST_CASE("run_batch: an input that has vanished since it was found is that item's failure") {
  const TemporaryFolder folder;
  for (const char* name : {"a.npy", "b.npy", "c.npy"}) {
    put_file(folder / name, random_npy("4,4", name[0]));
  }
  const auto chain = read_chain({.spec = "Conv2d(1, 1, 1, bias=False)", .weights = {"[[2]]"}});
  REQUIRE(chain);
  const auto inputs = discover({.arguments = {folder.path()}});
  REQUIRE(inputs);
  const std::string out = folder / "out";
  const auto items = name_outputs(*inputs, {.folder = out, .name_template = "{stem}.npy"});
  REQUIRE(items);
  REQUIRE(make_output_folders(*items, out));
  std::filesystem::remove(folder / "b.npy");

  auto journal = Journal::begin(out + "/j", {.items = 3});
  REQUIRE(journal);
  const std::vector<Fate> fates(3, Fate::Compute);
  Progress progress;
  const std::atomic<bool> stop{false};
  const auto outcome = run_batch({.chain = *chain,
                                  .items = *items,
                                  .fates = fates,
                                  .schedule = {.jobs = 2, .in_flight = 3},
                                  .max_bytes = 1 << 20,
                                  .continue_on_error = true},
                                 *journal, progress, stop);
  REQUIRE(outcome);
  REQUIRE(outcome->failures.size() == 1);
  CHECK(outcome->failures[0].item == 1);
  CHECK(outcome->failures[0].error.code == ErrorCode::Input);
  CHECK(outcome->failures[0].error.what == "cannot be opened: No such file or directory");
  CHECK(progress.done == 2);
  CHECK(std::filesystem::exists(out + "/a.npy"));
  CHECK_FALSE(std::filesystem::exists(out + "/b.npy"));
  CHECK(std::filesystem::exists(out + "/c.npy"));
}

}  // namespace
}  // namespace tconv::batch
