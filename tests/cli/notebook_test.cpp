// The notebook that tconv started from, line by line: a Keras convolution and three ways back up,
// and PyTorch's ConvTranspose2d on [[0, 1], [2, 3]].
#include <doctest/doctest.h>

#include "program.hpp"

namespace tconv::tests {
namespace notebook_test {

struct Row {
  std::string name;
  std::string layer;
  std::string tensors;
  std::string expected;
};

const std::string kWeights = " -w [[1,2,1],[2,1,2],[1,1,2]]";
const std::string kFromKeras = "-x [[55,52],[57,50]]" + kWeights;
const std::string kFromPyTorch = "-x [[0,1],[2,3]] -w [[0,1],[2,3]]";

const Row kRows[] = {
    {"Keras Conv2D, valid", R"(keras.layers.Conv2D(1, (3, 3), strides=(1, 1), padding="valid"))",
     "-x [[3,5,2,7],[4,1,3,8],[6,3,8,2],[9,6,1,5]]" + kWeights,
     "[[55. 52.]\n"
     " [57. 50.]]\n"
     "shape: (2, 2)\n"},
    {"Keras Conv2DTranspose, stride 1, valid",
     R"(keras.layers.Conv2DTranspose(1, (3, 3), strides=(1, 1), padding="valid"))", kFromKeras,
     "[[ 55. 162. 159.  52.]\n"
     " [167. 323. 319. 154.]\n"
     " [169. 264. 326. 204.]\n"
     " [ 57. 107. 164. 100.]]\n"
     "shape: (4, 4)\n"},
    {"Keras Conv2DTranspose, stride 2, valid",
     R"(keras.layers.Conv2DTranspose(1, (3, 3), strides=(2, 2), padding="valid"))", kFromKeras,
     "[[ 55. 110. 107. 104.  52.]\n"
     " [110.  55. 214.  52. 104.]\n"
     " [112. 169. 269. 152. 154.]\n"
     " [114.  57. 214.  50. 100.]\n"
     " [ 57.  57. 164.  50. 100.]]\n"
     "shape: (5, 5)\n"},
    {"Keras Conv2DTranspose, stride 1, same",
     R"(keras.layers.Conv2DTranspose(1, (3, 3), strides=(1, 1), padding="same"))", kFromKeras,
     "[[323. 319.]\n"
     " [264. 326.]]\n"
     "shape: (2, 2)\n"},
    {"PyTorch ConvTranspose2d", "nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)", kFromPyTorch,
     "[[ 0.  0.  1.]\n"
     " [ 0.  4.  6.]\n"
     " [ 4. 12.  9.]]\n"
     "shape: (3, 3)\n"},
    {"padding 1", "nn.ConvTranspose2d(1, 1, kernel_size=2, padding=1, bias=False)", kFromPyTorch,
     "[[4.]]\n"
     "shape: (1, 1)\n"},
    {"stride 3, padding 2",
     "nn.ConvTranspose2d(1, 1, kernel_size=2, stride=3, padding=2, bias=False)", kFromPyTorch,
     "[[0.]]\n"
     "shape: (1, 1)\n"},
    {"stride 3", "nn.ConvTranspose2d(1, 1, kernel_size=2, stride=3, bias=False)", kFromPyTorch,
     "[[0. 0. 0. 0. 1.]\n"
     " [0. 0. 0. 2. 3.]\n"
     " [0. 0. 0. 0. 0.]\n"
     " [0. 2. 0. 0. 3.]\n"
     " [4. 6. 0. 6. 9.]]\n"
     "shape: (5, 5)\n"},
    {"two output channels", "nn.ConvTranspose2d(1, 2, kernel_size=2, bias=False)",
     "-x [[[[0,1],[2,3]]]] -w [[[[0,1],[2,3]],[[1,1],[1,1]]]]",
     "[[[[ 0.  0.  1.]\n"
     "   [ 0.  4.  6.]\n"
     "   [ 4. 12.  9.]]\n"
     "\n"
     "  [[ 0.  1.  1.]\n"
     "   [ 2.  6.  4.]\n"
     "   [ 2.  5.  3.]]]]\n"
     "shape: (1, 2, 3, 3)\n"},
    {"its second channel by itself", "nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)",
     "-x [[0,1],[2,3]] -w [[1,1],[1,1]]",
     "[[0. 1. 1.]\n"
     " [2. 6. 4.]\n"
     " [2. 5. 3.]]\n"
     "shape: (3, 3)\n"},
};

TEST_CASE("tconv run: the layers of the notebook") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "run '" + row.layer + "' " + row.tensors}) == row.expected);
  }
}

}  // namespace notebook_test
}  // namespace tconv::tests
