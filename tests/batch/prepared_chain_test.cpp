// Prepared chains: every further run gives what a single one gives, in memory it already has.
#include "batch/prepared_chain.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>

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

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const io::Tensor& tensor) {
  const auto count = io::element_count(tensor.shape, tensor.dtype);
  REQUIRE(count);
  return {tensor.data.get(), tensor.data.get() + *count * size_bytes(tensor.dtype)};
}

Bytes run(const PreparedChain& prepared, const io::Tensor& x, PreparedChain::Buffers& buffers) {
  Bytes y(static_cast<std::size_t>(*io::element_count(prepared.y_shape(), prepared.dtype()) *
                                   size_bytes(prepared.dtype())));
  const auto done = prepared.run(x, y.data(), buffers);
  REQUIRE_MESSAGE(done, done.error().what);
  return y;
}

struct Row {
  const char* name;
  ChainRequest request;
  std::vector<std::string> inputs;  // of one shape and dtype
};

const Row kRows[] = {
    {"one layer",
     {.spec = "nn.ConvTranspose2d(8, 40, 4, stride=2, padding=1, bias=False)",
      .weights = {"random:8,40,4,4:1"}},
     {"random:2,8,9,7:2", "random:2,8,9,7:3", "ones:2,8,9,7"}},
    {"five layers of changing width",
     {.spec = "Sequential((0): Conv1d(2, 64, 3) (1): Conv1d(64, 1, 1) (2): Conv1d(1, 3, 2) "
              "(3): ConvTranspose1d(3, 50, 4) (4): Conv1d(50, 2, 5))",
      .weights = {"random:64,2,3:1", "random:1,64,1:2", "random:3,1,2:3", "random:3,50,4:4",
                  "random:2,50,5:5"}},
     {"random:1,2,40:6", "random:1,2,40:7"}},
    {"two stages, then an activation along the last axis",
     {.spec = R"(SeparableConv2D(6, 2, activation="glu"))",
      .weights = {"random:2,2,4,1:1", "random:1,1,4,6:2"}},
     {"random:1,5,5,4:3", "random:1,5,5,4:4"}},
    {"a kernel larger than x, so that they change places",
     {.spec = R"(signal.convolve(mode="valid"))", .weights = {"random:9,9:1"}},
     {"random:4,5:2", "random:4,5:3"}},
    {"integers, which are converted first",
     {.spec = "Conv1d", .weights = {R"({"dtype": "float32", "data": [[[1, 2]]]})"}},
     {R"({"dtype": "int16", "data": [[[1, 2, 3]]]})",
      R"({"dtype": "int16", "data": [[[-4, 5, 600]]]})"}},
};

TEST_CASE("prepared chain: many runs in one memory equal as many single ones") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const Chain chain = chain_of(row.request);
    const auto prepared =
        PreparedChain::make(chain, tensor_of(row.inputs[0]), {.reuse = Reuse::Many});
    REQUIRE_MESSAGE(prepared, prepared.error().what);
    PreparedChain::Buffers buffers;
    for (int round = 0; round < 2; ++round) {
      for (const std::string& input : row.inputs) {
        const io::Tensor x = tensor_of(input);
        CHECK(prepared->fits(x));
        const auto single = run_chain(chain, x);
        REQUIRE_MESSAGE(single, single.error().what);
        CHECK(single->y.shape == prepared->y_shape());
        CHECK(run(*prepared, x, buffers) == bytes_of(single->y));
      }
    }
  }
}

TEST_CASE("prepared chain: threads with buffers of their own do not meet") {
  const Row& row = kRows[1];
  const Chain chain = chain_of(row.request);
  const io::Tensor x = tensor_of(row.inputs[0]);
  const auto prepared =
      PreparedChain::make(chain, x, {.plan = {.threads = 1}, .reuse = Reuse::Many});
  REQUIRE(prepared);
  const auto single = run_chain(chain, x);
  REQUIRE(single);
  const Bytes expected = bytes_of(single->y);
  std::array<Bytes, 3> results;
  std::vector<std::thread> threads;
  for (Bytes& result : results) {
    threads.emplace_back([&] {
      PreparedChain::Buffers buffers;
      for (int i = 0; i < 20; ++i) {
        result.assign(expected.size(), std::byte{0});
        if (!prepared->run(x, result.data(), buffers)) result.clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Bytes& result : results) CHECK(result == expected);
}

TEST_CASE("prepared chain: shape and dtype decide whether an input fits") {
  const Chain chain = chain_of({.spec = "Conv1d", .weights = {"ones:1,1,2"}});
  const io::Tensor x = tensor_of(R"({"dtype": "float32", "data": [1, 2, 3]})");
  const auto prepared = PreparedChain::make(chain, x, {});
  REQUIRE(prepared);
  io::Tensor backwards = x;
  backwards.strides = {-1};
  CHECK(prepared->fits(backwards));
  CHECK_FALSE(prepared->fits(tensor_of(R"({"dtype": "float64", "data": [1, 2, 3]})")));
  CHECK_FALSE(prepared->fits(tensor_of(R"({"dtype": "float32", "data": [1, 2]})")));
}

TEST_CASE("prepared chain: what is kept for further runs counts against the limit") {
  const Chain chain = chain_of(kRows[1].request);
  const io::Tensor x = tensor_of(kRows[1].inputs[0]);
  const auto bytes = [&](Reuse reuse) {
    const auto prepared = PreparedChain::make(chain, x, {.plan = {.threads = 1}, .reuse = reuse});
    REQUIRE(prepared);
    return prepared->bytes();
  };
  const std::int64_t many = bytes(Reuse::Many);
  CHECK(many > bytes(Reuse::Once));
  const auto limited = [&](std::int64_t limit) {
    return PreparedChain::make(chain, x,
                               {.plan = {.threads = 1}, .reuse = Reuse::Many, .max_bytes = limit});
  };
  CHECK(limited(many));
  const auto refused = limited(many - 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::TooLarge);
}

TEST_CASE("prepared chain: an element that does not convert is said by its name and place") {
  const Chain chain =
      chain_of({.spec = "Conv1d", .weights = {R"({"dtype": "float32", "data": [[[1]]]})"}});
  const io::Tensor x = tensor_of(R"({"dtype": "int32", "data": [[[1, 16777217]]]})");
  const auto prepared = PreparedChain::make(chain, x, {});
  REQUIRE(prepared);
  PreparedChain::Buffers buffers;
  float y[2] = {};
  const auto done = prepared->run(x, reinterpret_cast<std::byte*>(y), buffers);
  REQUIRE_FALSE(done);
  CHECK(done.error().what == "16777217 at [0, 0, 1] is not exact in float32");
}

}  // namespace
}  // namespace tconv::batch
