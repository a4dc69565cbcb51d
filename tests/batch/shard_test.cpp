// --shard: what is typed, and what schedulers put into the environment.
#include "batch/shard.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace tconv::batch {
namespace {

using Variables = std::map<std::string, std::string>;

// "2/8 by --shard", or the error.
std::string answer(std::string_view text, const Variables& variables = {}) {
  const auto shard = parse_shard(text, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
  if (shard) return shard_text(*shard) + " by " + shard->source;
  CHECK(shard.error().code == ErrorCode::Usage);
  return shard.error().what;
}

Variables array(const std::string& id, const std::string& count, const std::string& least,
                const std::string& most, const std::string& step = "1") {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_MIN", least},
          {"SLURM_ARRAY_TASK_MAX", most},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

Variables with(Variables variables, const Variables& more) {
  variables.insert(more.begin(), more.end());
  return variables;
}

const Variables kOpenMpi{{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}};
const Variables kPmi{{"PMI_RANK", "2"}, {"PMI_SIZE", "4"}};
const Variables kTasks{{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "4"}, {"SLURM_STEP_ID", "0"}};
const Variables kOneTask{{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}, {"SLURM_STEP_ID", "0"}};
// As Slurm 22.05 leaves it to a batch script of four tasks.
const Variables kBatchScript{{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}};
const Variables kPod{{"JOB_COMPLETION_INDEX", "2"}};

TEST_CASE("parse_shard: I/N counts from 1") {
  CHECK(answer("1/1") == "1/1 by --shard");
  CHECK(answer("8/8") == "8/8 by --shard");
  CHECK(answer("1/1000000000") == "1/1000000000 by --shard");
  CHECK(answer("0/8") == "--shard 0/8: 0 is not 1 to 8");
  CHECK(answer("9/8") == "--shard 9/8: 9 is not 1 to 8");
  CHECK(answer("0/0") == "--shard 0/0: 0 is not 1 to 0");
  for (const std::string text : {"",
                                 "/",
                                 "1",
                                 "1/",
                                 "/1",
                                 "1/2/3",
                                 "a/b",
                                 "1.0/2",
                                 "-1/2",
                                 "+1/2",
                                 " 1/2",
                                 "1/2 ",
                                 "0x1/2",
                                 "1/99999999999999999999",
                                 "1/1000000001",
                                 "auto/",
                                 "auto/0",
                                 "auto/x",
                                 "automatic",
                                 "Auto"}) {
    CAPTURE(text);
    CHECK(answer(text, kOpenMpi) ==
          "--shard " + text + " must be I/N, such as 1/8 to 8/8, or auto");
  }
  CHECK(answer("3/4", kOpenMpi) == "3/4 by --shard");
  CHECK(answer("1/4", kTasks) == "1/4 by --shard");  // what is typed is not doubted
}

TEST_CASE("parse_shard: auto asks each scheduler") {
  CHECK(answer("auto", array("1", "4", "1", "4")) == "1/4 by the Slurm array");
  CHECK(answer("auto", array("0", "10", "0", "9")) == "1/10 by the Slurm array");
  CHECK(answer("auto", array("9", "10", "0", "9")) == "10/10 by the Slurm array");
  CHECK(answer("auto", array("15", "4", "5", "20", "5")) == "3/4 by the Slurm array");  // 5-20:5
  CHECK(answer("auto", array("7", "1", "7", "7")) == "1/1 by the Slurm array");
  CHECK(answer("auto", kOpenMpi) == "3/4 by Open MPI");
  CHECK(answer("auto", kPmi) == "3/4 by PMI");
  CHECK(answer("auto", kTasks) == "2/4 by srun");
  CHECK(answer("auto/3", kPod) == "3/3 by the Kubernetes Job");
  CHECK(answer("auto/4", kOpenMpi) == "3/4 by Open MPI");
  CHECK(answer("auto/8", kOpenMpi) == "--shard auto/8: Open MPI says 3/4");
}

TEST_CASE("parse_shard: auto without an answer") {
  CHECK(answer("auto").starts_with("--shard auto: no scheduler says which part this is: none of "));
  CHECK(answer("auto/4").starts_with("--shard auto: no scheduler says"));
  CHECK(answer("auto", {{"SLURM_PROCID", "0"}, {"SLURM_STEP_ID", "0"}})
            .starts_with("--shard auto: no scheduler says"));
  CHECK(answer("auto", kPod) ==
        "--shard auto: JOB_COMPLETION_INDEX = 2, and nothing says of how many");
  CHECK(answer("auto/2", kPod) ==
        "--shard auto/2: JOB_COMPLETION_INDEX = 2 counts from 0, and is not below 2");
  CHECK(answer("auto", {{"SLURM_ARRAY_TASK_ID", "3"}}) ==
        "--shard auto: SLURM_ARRAY_TASK_ID is set, SLURM_ARRAY_TASK_COUNT is not");
  CHECK(answer("auto", {{"OMPI_COMM_WORLD_RANK", "two"}, {"OMPI_COMM_WORLD_SIZE", "4"}}) ==
        "--shard auto: OMPI_COMM_WORLD_RANK = \"two\" is no number");
  CHECK(answer("auto", {{"PMI_RANK", "4"}, {"PMI_SIZE", "4"}}) ==
        "--shard auto: PMI_RANK = 4 is not below PMI_SIZE = 4");
  CHECK(answer("auto", {{"PMI_RANK", ""}, {"PMI_SIZE", "4"}}) ==
        "--shard auto: PMI_RANK = \"\" is no number");
}

// The list itself is nowhere in the environment. What Slurm 22.05 sets for each of these, by
// running it: the step is 1 for every list, even for one of equal steps.
TEST_CASE("parse_shard: a Slurm array that is a list is refused, by each of its tasks") {
  CHECK(answer("auto", array("3", "3", "1", "7")) ==
        "--shard auto: task 3 is one of 3 from 1 to 7 of a Slurm array that is no range of step 1: "
        "its place among them is not known");
  for (const Variables& list :
       {array("1", "3", "1", "7"), array("7", "3", "1", "7"), array("4", "3", "1", "7"),
        array("3", "2", "3", "7"), array("2", "4", "2", "8"), array("8", "3", "1", "3"),
        array("0", "3", "1", "3"), array("2", "3", "1", "5", "2"), array("1", "0", "1", "7"),
        array("1", "1", "1", "7"), array("1", "3", "7", "1"), array("1", "3", "1", "1", "0"),
        array("1", "1000000000", "1", "1", "1000000000")}) {
    CAPTURE(list.at("SLURM_ARRAY_TASK_ID"));
    CHECK(answer("auto", list).find("its place among them is not known") != std::string::npos);
  }
}

TEST_CASE("parse_shard: schedulers that disagree are an error, those of one part are not asked") {
  CHECK(answer("auto", with(array("3", "10", "1", "10"), kTasks)) ==
        "--shard auto: the Slurm array says 3/10, srun says 2/4");
  CHECK(answer("auto", with(array("3", "10", "1", "10"), kOpenMpi)) ==
        "--shard auto: the Slurm array says 3/10, Open MPI says 3/4");
  CHECK(answer("auto", with(kOpenMpi, {{"PMI_RANK", "1"}, {"PMI_SIZE", "4"}})) ==
        "--shard auto: Open MPI says 3/4, PMI says 2/4");
  CHECK(answer("auto/4", with(kOpenMpi, {{"JOB_COMPLETION_INDEX", "0"}})) ==
        "--shard auto: the Kubernetes Job says 1/4, Open MPI says 3/4");
  CHECK(answer("auto", with(kOpenMpi, kPmi)) == "3/4 by Open MPI");
  CHECK(answer("auto", with(array("3", "10", "1", "10"), kOneTask)) == "3/10 by the Slurm array");
  CHECK(answer("auto", with(array("7", "1", "7", "7"), kOpenMpi)) == "3/4 by Open MPI");
  CHECK(answer("auto", kOneTask) == "1/1 by srun");
  // mpirun in a Slurm job: every rank inherits the place of the shell that called it.
  CHECK(answer("auto", with(kOpenMpi, kBatchScript)) == "3/4 by Open MPI");
  CHECK(answer("auto", with(kOpenMpi, kTasks)) == "3/4 by Open MPI");
  CHECK(answer("auto", with(array("3", "10", "1", "10"), kBatchScript)) ==
        "3/10 by the Slurm array");
  CHECK(answer("auto", kBatchScript).starts_with("--shard auto: no scheduler says"));
}

TEST_CASE("Shard: every item is in exactly one part, and the parts are level") {
  for (const std::int64_t count : {1, 2, 3, 7, 40}) {
    for (const std::int64_t all : {0, 1, 6, 7, 8, 39}) {
      std::vector<int> owners(static_cast<std::size_t>(all), 0);
      for (std::int64_t index = 1; index <= count; ++index) {
        const Shard shard{.index = index, .count = count};
        std::int64_t own = 0;
        for (std::int64_t item = 0; item < all; ++item) {
          if (!shard.has(item)) continue;
          ++owners[static_cast<std::size_t>(item)];
          ++own;
        }
        CHECK(own == shard.share_of(all));
        CHECK(own >= all / count);
        CHECK(own <= all / count + 1);
      }
      for (const int owner : owners) CHECK(owner == 1);
    }
  }
}

}  // namespace
}  // namespace tconv::batch
