// Every flag about the layer: each means what its framework means by it, and wins over the SPEC.
#include <doctest/doctest.h>

#include "program.hpp"

namespace tconv::tests {
namespace flags_test {

struct Row {
  std::string name;
  std::string line;
  std::string expected;
};

const Row kShapes[] = {
    {"--kernel-size", "'Conv2d(1, 1, 5)' --kernel-size 2,3 --input-shape 1,1,6,6", "(1, 1, 5, 4)"},
    {"--stride", "'Conv2d(1, 1, 2, stride=2)' --stride 3,1 --input-shape 1,1,6,6", "(1, 1, 2, 5)"},
    {"--stride of a Keras layer", "'Conv2D(1, 2, strides=2)' --stride 3 --input-shape 1,6,6,1",
     "(1, 2, 2, 1)"},
    {"--padding N", "'Conv2d(1, 1, 3)' --padding 1 --input-shape 1,1,6,6", "(1, 1, 6, 6)"},
    {"--padding N,N", "'Conv2d(1, 1, 3, padding=5)' --padding 1,2 --input-shape 1,1,6,6",
     "(1, 1, 6, 8)"},
    {"--padding same", "'Conv2d(1, 1, 3, padding=5)' --padding same --input-shape 1,1,6,6",
     "(1, 1, 6, 6)"},
    {"--padding valid", R"('Conv2D(1, 3, padding="same")' --padding valid --input-shape 1,6,6,1)",
     "(1, 4, 4, 1)"},
    {"--padding causal", "'Conv1D(1, 3)' --padding causal --input-shape 1,6,1", "(1, 6, 1)"},
    {"--output-padding", "'ConvTranspose2d(1, 1, 3, 2)' --output-padding 1,0 --input-shape 1,1,6,6",
     "(1, 1, 14, 13)"},
    {"--output-padding of a Keras layer",
     "'Conv2DTranspose(1, 3, strides=2, output_padding=0)' --output-padding 1 "
     "--input-shape 1,6,6,1",
     "(1, 14, 14, 1)"},
    {"--output-size", "'ConvTranspose2d(1, 1, 3, 2)' --output-size 13,14 --input-shape 1,1,6,6",
     "(1, 1, 13, 14)"},
    {"--dilation", "'Conv2d(1, 1, 3)' --dilation 2,3 --input-shape 1,1,9,9", "(1, 1, 5, 3)"},
    {"--dilation of a Keras layer",
     "'Conv2D(1, 3, dilation_rate=2)' --dilation 1 --input-shape 1,9,9,1", "(1, 7, 7, 1)"},
    {"--data-format", "'Conv2D(2, 1)' --data-format channels_first --input-shape 1,3,4,5",
     "(1, 2, 4, 5)"},
};

TEST_CASE("flags: those that change the shape win over the SPEC") {
  for (const Row& row : kShapes) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "shape " + row.line + " -q"}) == row.expected + '\n');
  }
}

const std::string kRow = " -x [[1,2,3]] -w [[1,10,100]] -q";
const Row kValues[] = {
    {"--groups", "'Conv2d(2, 2, 1, groups=1)' --groups 2 -x [[[1]],[[2]]] -w [[[[1]]],[[[10]]]] -q",
     "[[[ 1.]]\n\n [[20.]]]"},
    {"--padding-mode zeros",
     R"('Conv2d(1, 1, (1, 3), padding=(0, 1), padding_mode="circular")' --padding-mode zeros)" +
         kRow,
     "[[210. 321.  32.]]"},
    {"--padding-mode circular",
     "'Conv2d(1, 1, (1, 3), padding=(0, 1))' --padding-mode circular" + kRow, "[[213. 321. 132.]]"},
    {"--padding-mode reflect",
     "'Conv2d(1, 1, (1, 3), padding=(0, 1))' --padding-mode reflect" + kRow, "[[212. 321. 232.]]"},
    {"--padding-mode replicate",
     "'Conv2d(1, 1, (1, 3), padding=(0, 1))' --padding-mode replicate" + kRow,
     "[[211. 321. 332.]]"},
    {"--flag=value", "ConvTranspose2d --stride=3 --padding=2 -x [[0,1],[2,3]] -w [[0,1],[2,3]] -q",
     "[[0.]]"},
    {"-x=value and -w=value", "Conv2d -x=[[1,2]] -w=[[3]] -q", "[[3. 6.]]"},
    {"options before the SPEC, which follows --", "-x [[1,2]] -w [[3]] -q -- Conv2d", "[[3. 6.]]"},
    {"-b", "'Conv2d(1, 1, 1)' -x [[1,2]] -w [[3]] -b [-1] -q", "[[2. 5.]]"},
    {"-b with a negative number", "'Conv2d(1, 1, 1)' -x [[1,2]] -w [[3]] -b -1 -q", "[[2. 5.]]"},
    {"-w twice for a separable layer",
     "'SeparableConv2D(1, 2)' -x arange:1,2,2,2 -w ones:2,2,2,1 -w ones:1,1,2,1 -q", "[[[[28.]]]]"},
};

TEST_CASE("flags: those that change the values win over the SPEC") {
  for (const Row& row : kValues) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "run " + row.line}) == row.expected + '\n');
  }
}

const Row kRefused[] = {
    {"a word for a number", "'Conv2d(1, 1, 1)' --stride x",
     "Conv2d(1, 1, 1) --stride x (pytorch): stride must be an int or a tuple of 2 ints, got x"},
    {"a number below what the framework takes", "'Conv2d(1, 1, 1)' --stride 0",
     "Conv2d(1, 1, 1) --stride 0 (pytorch): stride = 0 must be at least 1"},
    {"an argument of another framework", "'Conv2d(1, 1, 1)' --data-format channels_last",
     "Conv2d(1, 1, 1) --data-format channels_last (pytorch): --data-format is not an argument of "
     "Conv2d"},
    {"numbers where Keras takes words", "'Conv2D(1, 1)' --padding 1",
     "Conv2D(1, 1) --padding 1 (keras): padding = 1 must be 'valid' or 'same'"},
    {"another framework than the SPEC's",
     R"('{"framework": "keras", "layer": "Conv2D"}' --framework torch)",
     "--framework torch contradicts the SPEC, which says keras"},
};

TEST_CASE("flags: what a framework would not take is refused in its words") {
  for (const Row& row : kRefused) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = "run " + row.line + " -x [[1]] -w [[1]]"})) ==
          "exit 2: tconv: error: " + row.expected);
  }
}

}  // namespace flags_test
}  // namespace tconv::tests
