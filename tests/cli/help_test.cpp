// Help: each command opens with examples, every topic is there, and what it names exists.
#include <doctest/doctest.h>

#include "program.hpp"

namespace tconv::tests {
namespace help_test {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("help: each command says what it is and opens with examples") {
  for (const std::string command : {"run", "shape", "bench", "port"}) {
    CAPTURE(command);
    const std::string help = output_of({.line = command + " --help"});
    CHECK(help.find("\n\nExamples:\n  tconv " + command + " '") < 80);
    CHECK(contains(help, "\nUsage: tconv " + command + " [SPEC] [OPTIONS]\n"));
    CHECK(contains(help, "--output-padding"));
    CHECK(output_of({.line = "help " + command}) == help);
  }
}

TEST_CASE("help: the program's opens with examples and lists commands and topics") {
  const std::string help = output_of({.line = "help"});
  CHECK(help.starts_with(output_of({.line = "--help"})));
  CHECK(help.find("\n\nExamples:\n  tconv run '") < 120);
  for (const std::string part :
       {"Usage: tconv COMMAND ...", "\n  run ", "\n  shape ", "\n  batch ", "\n  diff ",
        "\n  port ", "\n  info ", "\n  solve ", "\n  bench ", "\n  help ", "tconv help conventions",
        "tconv help spec", "tconv help tensors", "tconv help exit-codes"}) {
    CAPTURE(part);
    CHECK(contains(help, part));
  }
}

TEST_CASE("help: without a command it goes to stderr, as nothing was done") {
  const Ending ending = run_tconv({});
  CHECK(ending.exit_code == 2);
  CHECK(ending.output == "");
  CHECK(ending.errors == output_of({.line = "--help"}));
}

TEST_CASE("help: the topics") {
  struct Row {
    std::string topic, part;
  };
  const Row rows[] = {
      {"conventions", "Keras 'same' with k=3, stride=2 cuts 0:1."},
      {"spec", "ConvTranspose2d --stride 3 --padding 2"},
      {"tensors", "random:1,3,224,224:SEED"},
      {"plan", "\n  --math fast "},
      {"exit-codes", "\n  5    refused for its size"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.topic);
    const std::string help = output_of({.line = "help " + row.topic});
    CHECK(contains(help, row.part));
    CHECK(help.ends_with("\n"));
  }
  CHECK(refusal_of({.line = "help nonsense"}) ==
        "exit 2: tconv: error: no help topic 'nonsense'\n"
        "  hint: there are conventions, spec, tensors, plan, exit-codes, questions, pytorch, "
        "keras, onnx, jax, flax, scipy, run, shape, batch, diff, port, info, solve, bench, help\n");
}

TEST_CASE("help: the examples of --help do run") {
  CHECK(output_of({.line = "run 'nn.ConvTranspose2d(1, 1, 2, bias=False)' -x '[[0,1],[2,3]]' "
                           "-w '[[0,1],[2,3]]' -q"}) ==
        "[[ 0.  0.  1.]\n [ 0.  4.  6.]\n [ 4. 12.  9.]]\n");
  CHECK(output_of({.line = "shape 'nn.Conv2d(3, 64, 7, stride=2, padding=3)' "
                           "--input-shape 1,3,224,224 -q"}) == "(1, 64, 112, 112)\n");
}

TEST_CASE("--version: the number, and what is built in") {
  const std::string version = output_of({.line = "--version"});
  CHECK(version.starts_with("tconv 0."));
  for (const std::string part :
       {"pytorch, keras", "float16, bfloat16, float32, float64", "npy", "onnx models: "}) {
    CAPTURE(part);
    CHECK(contains(version, part));
  }
}

}  // namespace help_test
}  // namespace tconv::tests
