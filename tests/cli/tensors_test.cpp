// Every form in which a tensor can be given, and every dtype.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace tensors_test {

struct Row {
  std::string name;
  std::string x;
  std::string expected;
};

std::string npy_2x2(std::string_view descr, std::string_view data,
                    std::string_view fortran_order = "False") {
  return npy_file(npy_dict(descr, "(2, 2)", fortran_order), data);
}

// [[0, 1], [2, 3]] in each of them, except where the name says otherwise.
void put_tensors(const TemporaryFolder& folder) {
  const std::string floats = raw<float>({0, 1, 2, 3});
  put_file(folder / "x.npy", npy_2x2("<f4", floats));
  put_file(folder / "fortran.npy", npy_2x2("<f4", raw<float>({0, 2, 1, 3}), "True"));
  put_file(folder / "version2.npy", npy_file(npy_dict("<f4", "(2, 2)"), floats, 2));
  put_file(folder / "big_endian.npy",
           npy_2x2(">f4", raw<std::uint32_t>({0, 0x803f, 0x40, 0x4040})));  // 1.0F is 0x3f800000
  put_file(folder / "double.npy", npy_2x2("<f8", raw<double>({0, 1, 2, 3})));
  put_file(folder / "half.npy", npy_2x2("<f2", raw<std::uint16_t>({0, 0x3c00, 0x4000, 0x4200})));
  put_file(folder / "int64.npy", npy_2x2("<i8", raw<std::int64_t>({0, 1, 2, 3})));
  put_file(folder / "uint8.npy", npy_2x2("|u1", raw<std::uint8_t>({0, 1, 2, 3})));
  put_file(folder / "bool.npy", npy_2x2("|b1", raw<std::uint8_t>({0, 1, 0, 1})));
  put_file(folder / "inexact.npy", npy_2x2("<i8", raw<std::int64_t>({0, 1, 2, 16777217})));
  put_file(folder / "complex.npy", npy_2x2("<c8", raw<double>({0, 1, 2, 3})));
  put_file(folder / "short.npy", npy_2x2("<f4", raw<float>({0, 1, 2})));
  put_file(folder / "empty.npy", "");
  put_file(folder / "x.json", "[[0, 1], [2, 3]]\n");
  put_file(folder / "object.json",
           R"({"shape": [2, 2], "dtype": "float64", "data": [[0, 1], [2, 3]]})");
  put_file(folder / "json.dat", "[[0,1],[2,3]]");  // the first bytes tell, not the extension
}

const std::string kPlain =
    R"({"shape": [2, 2], "dtype": "float32", "data": [[0.0, 1.0], [2.0, 3.0]]})";
const std::string kDouble =
    R"({"shape": [2, 2], "dtype": "float64", "data": [[0.0, 1.0], [2.0, 3.0]]})";

const Row kForms[] = {
    {"a file", "x.npy", kPlain},
    {"Fortran order", "fortran.npy", kPlain},
    {"format version 2", "version2.npy", kPlain},
    {"the other byte order", "big_endian.npy", kPlain},
    {"64-bit integers", "int64.npy", kPlain},
    {"bytes", "uint8.npy", kPlain},
    {"bool", "bool.npy",
     R"({"shape": [2, 2], "dtype": "float32", "data": [[0.0, 1.0], [0.0, 1.0]]})"},
    {"float64", "double.npy", kDouble},
    {"float16", "half.npy",
     R"({"shape": [2, 2], "dtype": "float16", "data": [[0.0, 1.0], [2.0, 3.0]]})"},
    {"a JSON file", "x.json", kPlain},
    {"a JSON object in a file", "object.json", kDouble},
    {"JSON under another name", "json.dat", kPlain},
    {"values", "[[0,1],[2,3]]", kPlain},
    {"values with blanks", "'[[0, 1], [2, 3]]'", kPlain},
    {"an inline object", R"('{"shape": [2, 2], "data": [0, 1, 2, 3]}')", kPlain},
    {"arange", "arange:2,2", kPlain},
    {"zeros", "zeros:1,2", R"({"shape": [1, 2], "dtype": "float32", "data": [[0.0, 0.0]]})"},
    {"ones", "ones:1,2", R"({"shape": [1, 2], "dtype": "float32", "data": [[1.0, 1.0]]})"},
    {"impulse", "impulse:1,3",
     R"({"shape": [1, 3], "dtype": "float32", "data": [[0.0, 1.0, 0.0]]})"},
    {"random, of a seed", "random:1,2:7",
     R"({"shape": [1, 2], "dtype": "float32", "data": [[-0.22034061, -0.9664235]]})"},
    {"no element at all", "ones:0,1,1,2",
     R"({"shape": [0, 1, 1, 2], "dtype": "float32", "data": []})"},
};

TEST_CASE("tensors: every form of x goes through a 1x1 kernel of one unchanged") {
  const TemporaryFolder folder;
  put_tensors(folder);
  for (const Row& row : kForms) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "run Conv2d -x " + row.x + " -w [[1]] --format json",
                     .folder = folder.path()}) == row.expected + '\n');
  }
}

TEST_CASE("tensors: standard input is read as what its first bytes say") {
  const std::string npy = npy_2x2("<f4", raw<float>({0, 1, 2, 3}));
  for (const std::string& bytes : {npy, std::string("\n [[0, 1], [2, 3]]\n"), kPlain}) {
    CHECK(output_of({.line = "run Conv2d -x - -w [[1]] --format json", .input = bytes}) ==
          kPlain + '\n');
  }
  CHECK(output_of({.line = "run Conv2d -x ones:2,2 -w - -q", .input = npy}) == "[[6.]]\n");
}

const Row kConversions[] = {
    {"float16", "x.npy -w [[1]]", "float16"},       {"bfloat16", "x.npy -w [[1]]", "bfloat16"},
    {"float32", "double.npy -w [[1]]", "float32"},  {"float64", "half.npy -w [[1]]", "float64"},
    {"float64", "inexact.npy -w [[1]]", "float64"}, {"float64", "x.npy -w double.npy", "float64"},
    {"", "[[1]] -w double.npy", "float64"},  // JSON numbers take the dtype of the others
    {"", "half.npy -w ones:1,1", "float16"},        {"", "int64.npy -w double.npy", "float64"},
};

TEST_CASE("tensors: --dtype converts all of them, and without it they say the dtype") {
  const TemporaryFolder folder;
  put_tensors(folder);
  for (const Row& row : kConversions) {
    CAPTURE(row.name);
    CAPTURE(row.x);
    const std::string dtype = row.name.empty() ? "" : " --dtype " + row.name;
    const std::string output = output_of(
        {.line = "run ConvTranspose2d --format json -x " + row.x + dtype, .folder = folder.path()});
    CHECK(nlohmann::json::parse(output)["dtype"] == row.expected);
  }
  CHECK(output_of({.line = "run Conv2d -x inexact.npy -w [[1]] --dtype float64 -q",
                   .folder = folder.path()}) ==
        "[[0.0000000e+00 1.0000000e+00]\n [2.0000000e+00 1.6777217e+07]]\n");
}

// Each error names the tensor, the rule and the values, and the hint, if any, says the way out.
const Row kRefused[] = {
    {"two floating dtypes", "x.npy -w double.npy",
     "exit 3: tconv: error: double.npy: is float64, x.npy is float32\n"
     "  hint: --dtype float32 or --dtype float64 converts every tensor\n"},
    {"an integer that float32 does not have", "inexact.npy -w [[1]]",
     "exit 3: tconv: error: inexact.npy: 16777217 at [1, 1] is not exact in float32\n"
     "  hint: --dtype float64\n"},
    {"complex numbers", "complex.npy -w [[1]]",
     "exit 3: tconv: error: complex.npy: elements of '<c8' are complex numbers, not numbers of a "
     "type that tconv reads\n  hint: save the real and the imaginary part as two files\n"},
    {"a truncated file", "short.npy -w [[1]]",
     "exit 3: tconv: error: short.npy: expected 16 data bytes for shape (2, 2) of '<f4', found "
     "12\n"},
    {"a missing file", "nowhere.npy -w [[1]]",
     "exit 3: tconv: error: nowhere.npy: cannot be opened: No such file or directory\n"},
    {"ragged rows", "[[1],[2,3]] -w [[1]]",
     "exit 3: tconv: error: [[1],[2,3]]: row [1] has 2 elements, the rows before it have 1\n"},
    {"a folder", ". -w [[1]]", "exit 3: tconv: error: .: cannot be read: Is a directory\n"},
    {"a maker of nothing", "ones: -w [[1]]",
     "exit 2: tconv: error: ones:: no extents after the colon\n"
     "  hint: a maker is written as ones:1,3,8,8 or random:1,3,8,8:SEED\n"},
    {"a misspelt maker", "oness:3 -w [[1]]",
     "exit 2: tconv: error: oness:3: no file has this name, and \"oness\" makes no tensor (did "
     "you mean \"ones\"?)\n"},
    {"an unknown dtype", "[[1]] -w [[1]] --dtype float99",
     "exit 2: tconv: error: --dtype float99 must be float16, bfloat16, float32 or float64\n"},
};

TEST_CASE("tensors: what cannot be read is refused with the rule, the values and the way out") {
  const TemporaryFolder folder;
  put_tensors(folder);
  for (const Row& row : kRefused) {
    CAPTURE(row.name);
    CHECK(refusal_of({.line = "run Conv2d -x " + row.x, .folder = folder.path()}) == row.expected);
  }
  CHECK(
      first_line(refusal_of({.line = "run Conv2d -x empty.npy -w [[1]]", .folder = folder.path()}))
          .starts_with("exit 3: tconv: error: empty.npy: "));
}

}  // namespace tensors_test
}  // namespace tconv::tests
