// Chains: which tensors go to which layer, which dtype they share, what they take.
#include "batch/chain.hpp"

#include <doctest/doctest.h>

#include "io/read.hpp"
#include "io/write.hpp"

namespace tconv::batch {
namespace {

std::string run(const ChainRequest& request, const std::string& x) {
  const auto chain = read_chain(request);
  if (!chain) return chain.error().what;
  const auto input = io::read_tensor(x);
  REQUIRE(input);
  const auto result = run_chain(*chain, *input);
  return result ? io::json_array(result->y) : result.error().what;
}

// Two layers that double and then add up neighbours.
const char* const kTwoLayers = "Sequential((0): Conv1d(1, 1, 1, bias=False) (1): Conv1d(1, 1, 2))";

TEST_CASE("chain: -w and -b go to the layers in order") {
  CHECK(run({.spec = kTwoLayers, .weights = {"[2]", "[1, 1]"}}, "[1, 2, 4]") == "[6.0, 12.0]");
  CHECK(run({.spec = kTwoLayers, .weights = {"[2]", "[1, 1]"}, .biases = {"none", "[10]"}},
            "[1, 2, 4]") == "[16.0, 22.0]");
}

TEST_CASE("chain: layers with weights of their own leave -w to the others") {
  const char* const spec =
      R"json({"layers": [{"spec": "Conv1d(1, 1, 1)", "weights": [3]}, "Conv1d"]})json";
  CHECK(run({.spec = spec, .weights = {"[1, -1]"}}, "[1, 2, 4]") == "[-3.0, -6.0]");
  CHECK(run({.spec = spec, .weights = {"[1]", "[2]"}}, "[1, 2]") ==
        "-w [2] is more than the layers of the SPEC take");
  CHECK(run({.spec = spec}, "[1, 2]") == "out_channels is not given");
}

TEST_CASE("chain: for a single layer -w and -b win over the SPEC") {
  const char* const spec = R"json({"spec": "Conv1d(1, 1, 1)", "weights": [3], "bias": [1]})json";
  CHECK(run({.spec = spec}, "[1, 2]") == "[4.0, 7.0]");
  CHECK(run({.spec = spec, .weights = {"[5]"}, .biases = {"none"}}, "[1, 2]") == "[5.0, 10.0]");
}

TEST_CASE("chain: a separable layer takes two weight tensors") {
  const ChainRequest request{.spec = "SeparableConv1D(1, 2)",
                             .weights = {"[[[1]], [[2]]]", "[[[3]]]"}};
  CHECK(run(request, "[[[1], [2], [4]]]") == "[[[15.0], [30.0]]]");
  CHECK(run({.spec = "SeparableConv1D(1, 2)", .weights = {"[[[1]], [[2]]]"}}, "[1, 2]") ==
        "SeparableConv1D takes 2 weight tensors, -w gave 1");
}

TEST_CASE("chain: flags and --framework must fit the SPEC") {
  const Argument stride{.name = "stride", .value = {.kind = Value::Kind::Int, .integer = 2}};
  CHECK(run({.spec = kTwoLayers, .flags = {stride}}, "[1]") ==
        "--stride needs a SPEC of one layer, this one has 2");
  CHECK(run({.spec = R"({"framework": "keras", "layer": "Conv1D"})", .framework = "torch"},
            "[1]") == "--framework torch contradicts the SPEC, which says keras");
  CHECK(run({.spec = R"({"framework": "keras", "layer": "Conv1D"})",
             .framework = "tf",
             .weights = {"[1]"}},
            "[1]") == "[1.0]");
}

DType dtype_of(const std::string& x, const std::string& w, std::optional<DType> asked = {}) {
  const auto chain = read_chain({.spec = "Conv1d", .weights = {w}, .dtype = asked});
  REQUIRE(chain);
  const auto input = io::read_tensor(x);
  REQUIRE(input);
  const auto result = run_chain(*chain, *input);
  REQUIRE_MESSAGE(result, result.error().what);
  return result->y.dtype;
}

TEST_CASE("chain: typed tensors decide the dtype, numbers follow, float32 is the default") {
  const auto typed = [](const char* dtype) {
    return std::string(R"({"dtype": ")") + dtype + R"(", "data": [1]})";
  };
  CHECK(dtype_of("[1]", "[1]") == DType::Float32);
  CHECK(dtype_of(typed("int16"), typed("uint8")) == DType::Float32);
  CHECK(dtype_of(typed("float64"), "[1]") == DType::Float64);
  CHECK(dtype_of("[1]", typed("float16")) == DType::Float16);
  CHECK(dtype_of(typed("int64"), typed("bfloat16")) == DType::BFloat16);
  CHECK(dtype_of(typed("float64"), typed("float32"), DType::Float32) == DType::Float32);

  const auto chain = read_chain({.spec = "Conv1d", .weights = {typed("float32")}});
  REQUIRE(chain);
  const auto x = io::read_tensor(typed("float64"));
  REQUIRE(x);
  const auto mixed = run_chain(*chain, *x);
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().code == ErrorCode::DTypeMismatch);
  CHECK(mixed.error().hint == "--dtype float64 or --dtype float32 converts every tensor");
}

TEST_CASE("chain: what takes more than the limit is refused before it is tried") {
  const auto chain =
      read_chain({.spec = "nn.ConvTranspose1d(1, 1, 2, stride=1000000)", .weights = {"[1, 1]"}});
  REQUIRE(chain);
  const auto x = io::read_tensor("ones:1000000");
  REQUIRE(x);
  const auto result = run_chain(*chain, *x, {.max_bytes = std::int64_t{1} << 30});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::TooLarge);
  CHECK(result.error().what == "this takes 4000000000016 bytes of memory, the limit is 1073741824");
}

}  // namespace
}  // namespace tconv::batch
