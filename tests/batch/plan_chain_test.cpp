// Planning a chain: an algorithm a stage, and memory that counts all of it.
#include <doctest/doctest.h>

#include <algorithm>

#include "batch/chain.hpp"
#include "io/read.hpp"

namespace tconv::batch {
namespace {

Chain chain_of(const ChainRequest& request) {
  auto chain = read_chain(request);
  REQUIRE_MESSAGE(chain, chain.error().what);
  return *chain;
}

io::Tensor tensor_of(const std::string& argument) {
  auto tensor = io::read_tensor(argument);
  REQUIRE_MESSAGE(tensor, tensor.error().what);
  return *tensor;
}

TEST_CASE("plan_chain: a plan for every stage of every layer") {
  const Chain chain =
      chain_of({.spec = "SeparableConv2D(3, 2)", .weights = {"ones:2,2,4,1", "ones:1,1,4,3"}});
  const auto lowerings = describe_chain(chain, tensor_of("ones:1,5,5,4"));
  REQUIRE(lowerings);
  const auto plans = plan_chain(chain, *lowerings, {.algorithm = "reference", .threads = 2});
  REQUIRE(plans);
  REQUIRE(plans->size() == 1);
  CHECK(plans->front().size() == 2);
  CHECK(plans->front()[1].threads() == 2);
}

TEST_CASE("plan_chain: an algorithm that is unknown is the request's fault, at its layer") {
  const Chain chain = chain_of({.spec = "Sequential((0): Conv1d(1, 1, 1) (1): Conv1d(1, 1, 1))"});
  const auto lowerings = describe_chain(chain, tensor_of("[1, 2]"));
  REQUIRE(lowerings);
  const auto plans = plan_chain(chain, *lowerings, {.algorithm = "referense"});
  REQUIRE_FALSE(plans);
  CHECK(plans.error().code == ErrorCode::Usage);
  CHECK(plans.error().where == "layer 0");
  CHECK(plans.error().what == "there is no algorithm 'referense' (did you mean \"reference\"?)");
}

TEST_CASE("chain_bytes: weights of all layers, and of the widest stage x, y and what it plans") {
  const Chain chain =
      chain_of({.spec = R"json({"layers": [{"spec": "nn.Conv2d(64, 64, 3, padding=1, bias=False)"},
                                  {"spec": "nn.Conv2d(64, 32, 1, bias=False)"}]})json",
                .weights = {"ones:64,64,3,3", "ones:32,64,1,1"}});
  const io::Tensor x = tensor_of("ones:1,64,20,20");
  const auto lowerings = describe_chain(chain, x);
  REQUIRE(lowerings);
  for (const int threads : {1, 4}) {
    CAPTURE(threads);
    const auto plans = plan_chain(chain, *lowerings, {.threads = threads});
    REQUIRE(plans);
    const auto stage = [&](std::size_t layer, std::int64_t channels) {
      const Plan& plan = (*plans)[layer][0];
      return 4 * 400 * channels + plan.packed_bytes() + threads * plan.workspace_bytes();
    };
    const std::int64_t weights = 4 * (64 * 64 * 9 + 32 * 64);
    const auto stages = stage_bytes(chain, *lowerings, *plans);
    REQUIRE(stages);
    const auto bytes = chain_bytes(*stages);
    REQUIRE(bytes);
    CHECK(*bytes == weights + std::max(stage(0, 128), stage(1, 96)));
    CHECK(run_chain(chain, x, {.plan = {.threads = threads}, .max_bytes = *bytes}));
    CHECK_FALSE(run_chain(chain, x, {.plan = {.threads = threads}, .max_bytes = *bytes - 1}));
  }
}

}  // namespace
}  // namespace tconv::batch
