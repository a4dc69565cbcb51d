// Every exit code with its message: on stderr, nothing on stdout, and as an object with --json.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace tconv::tests {
namespace errors_test {

using nlohmann::json;

struct Row {
  std::string name;
  std::string line;
  std::string expected;
};

const std::string kTensors = " -x [[0,1],[2,3]] -w [[0,1],[2,3]]";

const Row kSuggestions[] = {
    {"a flag", "run --strid 2", "run: unexpected argument --strid (did you mean \"--stride\"?)"},
    {"a flag with a value", "run --outputpadding=2",
     "run: unexpected argument --outputpadding=2 (did you mean \"--output-padding\"?)"},
    {"a subcommand", "shap", "unexpected argument shap (did you mean \"shape\"?)"},
    {"a help topic", "help convention",
     "no help topic 'convention' (did you mean \"conventions\"?)"},
    {"a layer", "run ConvTranpose2d" + kTensors,
     "'ConvTranpose2d' is not a convolution layer that tconv knows (did you mean "
     "\"ConvTranspose2d\"?)"},
    {"a keyword argument", "run 'nn.Conv2d(1, 1, 2, strde=2)'" + kTensors,
     "Conv2d(1, 1, 2, strde=2) (pytorch): Conv2d has no argument strde (did you mean \"stride\"?)"},
    {"an activation", R"(run 'Conv2D(1, 2, activation="rellu")')" + kTensors,
     "Conv2D(1, 2, activation='rellu') (keras): activation 'rellu' is not one of Keras's (did you "
     "mean \"relu\"?)"},
    {"a framework", "run Conv2d --framework pytroch" + kTensors,
     "unknown framework 'pytroch' (did you mean \"pytorch\"?)"},
    {"a key of JSON",
     R"json(run '{"layers": [{"spec": "Conv2d", "weigths": [[1]]}]}' -x [[1]])json",
     "layers[0]: the key \"weigths\" has no meaning here (did you mean \"weights\"?)"},
};

TEST_CASE("exit 2: an unknown word of any kind gets the nearest known one") {
  for (const Row& row : kSuggestions) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = row.line})) == "exit 2: tconv: error: " + row.expected);
  }
}

const Row kUsage[] = {
    {"no layer", "run",
     "no layer is given\n"
     "  hint: write one, as in tconv run 'nn.Conv2d(1, 1, 3)' ...; tconv help spec\n"},
    {"no input", "run Conv2d -w [[1]]",
     "no input is given\n  hint: -x TENSOR; tconv help tensors\n"},
    {"no weights", "run Conv2d -x [[1]]",
     "Conv2d (pytorch): out_channels is not given\n"
     "  hint: write it in the layer, or give the weights with -w\n"},
    {"no weights for a layer in full", "run 'Conv1d(1, 1, 1)' -x [[1]]",
     "Conv1d: no weights are given\n  hint: give them with -w, once per tensor, or in the SPEC\n"},
    {"an argument too many", "run Conv2d extra",
     "run: unexpected argument extra\n  hint: tconv run --help\n"},
    {"an option twice", "run Conv2d -x 1 -x 2",
     "run: --input is given more than once\n  hint: tconv run --help\n"},
    {"an option without its value", "run Conv2d -w",
     "run: --weights needs a value\n  hint: tconv run --help\n"},
    {"two tensors from standard input", "run Conv2d -x - -w -",
     "2 arguments are -, and standard input can be read once\n"},
    {"the SPEC and a tensor from standard input", "shape - -x -",
     "2 arguments are -, and standard input can be read once\n"},
    {"an unknown format", "run Conv2d --format xml" + kTensors,
     "--format xml must be text, json, npy or npz\n"},
    {"a file without a format", "run Conv2d -o y.dat" + kTensors,
     "-o y.dat has no extension that tells its format\n"
     "  hint: name it .npy, .npz, .json or .txt, or give --format\n"},
    {"a size in no unit", "run Conv2d --max-memory 1Q" + kTensors,
     "--max-memory 1Q is not a size in bytes, such as 4GiB or 500M\n"},
    {"a call that does not end", "run 'nn.Conv2d(1, 1, 2'" + kTensors,
     "expected \",\" or \")\", found the end\n"
     "  nn.Conv2d(1, 1, 2\n"
     "                   ^\n"},
};

TEST_CASE("exit 2: a request that cannot be understood says why, and what to do") {
  for (const Row& row : kUsage) {
    CAPTURE(row.name);
    CHECK(refusal_of({.line = row.line}) == "exit 2: tconv: error: " + row.expected);
  }
}

TEST_CASE("exit 2: output_padding names both limits and what is reachable") {
  CHECK(refusal_of({.line = "run 'ConvTranspose2d(16, 8, 3, output_padding=1)' "
                            "-x ones:1,16,6,6 -w ones:16,8,3,3"}) ==
        "exit 2: tconv: error: ConvTranspose2d(16, 8, 3, output_padding=1) (pytorch): "
        "output_padding 1 must be smaller than stride 1 or dilation 1\n"
        "  ConvTranspose2d(16, 8, 3, output_padding=1)\n"
        "                            ^\n"
        "  hint: reachable sizes for input 6: 8; use --output-size, or a stride of 2\n");
}

TEST_CASE("exit 2: a name that belongs to no framework asks for --framework") {
  const std::string refusal = refusal_of({.line = "run conv_transpose2d" + kTensors});
  CHECK(refusal.starts_with("exit 2: tconv: error: 'conv_transpose2d' is no framework's own name"));
  CHECK(refusal.find("--framework pytorch") != std::string::npos);
  CHECK(refusal.find("--framework keras") != std::string::npos);
}

TEST_CASE("exit 3: weights of the other direction are recognised") {
  const std::string refusal = refusal_of({.line = "run ConvTranspose2d -x ones:1,8,6,6 "
                                                  "-w ones:16,8,3,3"});
  CHECK(first_line(refusal) ==
        "exit 3: tconv: error: ones:16,8,3,3: weights (16, 8, 3, 3) read as (in, out/groups, kH, "
        "kW) expect 16 input channels, ones:1,8,6,6 has 8");
  CHECK(refusal.find("\n  hint: read as a forward layer's (out, in/groups, k") !=
        std::string::npos);
}

const Row kInputs[] = {
    {"weights that contradict the layer", "run 'Conv2d(1, 1, 3)' -x ones:4,4 -w ones:2,2",
     "ones:2,2: weights (2, 2) read as (out, in/groups, kH, kW) have kernel_size (2, 2), the layer "
     "says (3, 3)"},
    {"a bias of another length", "run Conv2d -x ones:4,4 -w ones:3,3 -b [1,2]",
     "[1,2]: bias (2,) must have shape (1,), one value per output channel"},
    {"an input of too few axes", "run Conv2d -x ones:4 -w ones:3,3",
     "ones:4: Conv2d needs an input of 4 or 3 axes (or 2 for one channel), got (4,)"},
    {"a SPEC file that is not there", "run nowhere.json -x [[1]]",
     "nowhere.json: cannot be opened: No such file or directory"},
};

TEST_CASE("exit 3: an input that does not fit is named, with both values") {
  for (const Row& row : kInputs) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = row.line})) == "exit 3: tconv: error: " + row.expected);
  }
}

TEST_CASE("exit 5: --max-memory refuses before work starts, with the bytes it would take") {
  const std::string run = "run Conv2d -x ones:1,1,64,64 -w ones:1,1,3,3 -q --format npy ";
  // x 4 * 64 * 64, y 4 * 62 * 62, weights 4 * 9.
  CHECK(refusal_of({.line = run + "--max-memory 1K"}) ==
        "exit 5: tconv: error: this takes 31832 bytes of memory, the limit is 1024\n"
        "  hint: --max-memory sets the limit\n");
  CHECK(refusal_of({.line = run + "--max-memory 31795"}).starts_with("exit 5: "));
  for (const std::string size : {"31832", "32K", "1MB", "1GiB"}) {
    CAPTURE(size);
    CHECK(output_of({.line = run + "--max-memory " + size}).size() == 128 + 4 * 62 * 62);
  }
  CHECK(
      refusal_of({.line = "run Conv2d -x ones:4000000,4000000 -w [[1]]"})
          .starts_with("exit 5: tconv: error: ones:4000000,4000000: shape (4000000, 4000000) of "));
}

struct CodeRow {
  std::string line;
  int exit = 0;
  std::string code;
};

const CodeRow kCodes[] = {
    {"run --strid 2", 2, "usage"},
    {"run 'Conv2d('" + kTensors, 2, "spec"},
    {"run Conv2d -x x.h5:a -w [[1]]", 2, "unsupported"},
    {"run Conv2d -x nowhere.npy -w [[1]]", 3, "input"},
    {"run Conv2d -x ones:4,4 -w ones:1,2,3,3", 3, "shape_mismatch"},
    {R"(run Conv2d -x '{"dtype": "float32", "data": [[1]]}' -w '{"dtype": "float64", "data": [[1]]}')",
     3, "dtype_mismatch"},
    {"run Conv2d -o /dev/null/y.npy" + kTensors, 4, "output"},
    {"run Conv2d --max-memory 1" + kTensors, 5, "too_large"},
    {"shape Conv2d --input-shape 4,4", 2, "spec"},
    {"shape 'Conv2d(1, 1, 3)'", 2, "usage"},
};

TEST_CASE("--json: an error is one object on stderr, with a stable code") {
  for (const CodeRow& row : kCodes) {
    CAPTURE(row.line);
    const Ending ending = run_tconv({.line = row.line + " --json"});
    CHECK(ending.exit_code == row.exit);
    CHECK(ending.output == "");
    const json error = json::parse(ending.errors)["error"];
    CHECK(error["code"] == row.code);
    CHECK(error["exit"] == row.exit);
    CHECK_FALSE(error["message"].get<std::string>().empty());
  }
}

TEST_CASE("--json: an error object holds what the message says") {
  const std::string line = "run 'nn.Conv2d(1, 1, 2, strde=2)' --json" + kTensors;
  const json error = json::parse(run_tconv({.line = line}).errors)["error"];
  CHECK(error["where"] == "Conv2d(1, 1, 2, strde=2) (pytorch)");
  CHECK(error["message"] == "Conv2d has no argument strde (did you mean \"stride\"?)");
  CHECK(error["excerpt"].get<std::string>().starts_with("nn.Conv2d(1, 1, 2, strde=2)\n"));
}

}  // namespace errors_test
}  // namespace tconv::tests
