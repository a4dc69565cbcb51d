// tconv info: what tensors are, without loading them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace info_test {

using nlohmann::json;

void put_tensors(const TemporaryFolder& folder) {
  put_file(folder / "x.npy", npy_file(npy_dict("<f8", "(2,)"), raw<double>({1, 2})));
  put_file(folder / "y.json", "[[1, 2]]");
  put_file(folder / "f.npy", npy_file(npy_dict(">i2", "(2, 2)", "True"),
                                      raw<std::uint16_t>({0, 0x100, 0xff, 0xffff})));
  put_file(folder / "b.npy", npy_file(npy_dict("|u1", "(3,)"), raw<std::uint8_t>({7, 0, 255})));
}

TEST_CASE("info: dtype, order, bytes and what the elements are like") {
  const TemporaryFolder folder;
  put_tensors(folder);
  CHECK(output_of({.line = "info x.npy ones:2,3 y.json f.npy b.npy", .folder = folder.path()}) ==
        "x.npy: shape (2,) float64, 16 bytes, little-endian\n"
        "  values      1 to 2, mean 1.5, std 0.5\n"
        "  zeros       0 of 2\n"
        "ones:2,3: shape (2, 3) float32, 24 bytes, little-endian, C order\n"
        "  values      1 to 1, mean 1, std 0\n"
        "  zeros       0 of 6\n"
        "y.json: shape (1, 2) float32, 8 bytes, little-endian\n"
        "  values      1 to 2, mean 1.5, std 0.5\n"
        "  zeros       0 of 2\n"
        "f.npy: shape (2, 2) int16, 8 bytes, big-endian, Fortran order\n"
        "  values      -256 to 1, mean -64, std 110.854\n"
        "  zeros       1 of 4\n"
        "b.npy: shape (3,) uint8, 3 bytes\n"
        "  values      0 to 255, mean 87.3333, std 118.593\n"
        "  zeros       1 of 3\n");
  CHECK(output_of({.line = "info -", .input = R"(["NaN", "Infinity", 1])"}) ==
        "-: shape (3,) float32, 12 bytes, little-endian\n"
        "  values      1 to 1, mean 1, std 0\n"
        "  zeros       0 of 3\n"
        "  not finite  1 NaN, 1 Infinity, 0 -Infinity\n");
}

TEST_CASE("info: --json is an object a line") {
  const TemporaryFolder folder;
  put_tensors(folder);
  const std::string lines =
      output_of({.line = "info x.npy b.npy ones:0 --json", .folder = folder.path()});
  const std::size_t second = lines.find('\n') + 1;
  const std::size_t third = lines.find('\n', second) + 1;
  CHECK(json::parse(lines.substr(0, second)) == json{{"schema", 1},
                                                     {"command", "info"},
                                                     {"name", "x.npy"},
                                                     {"kind", "tensor"},
                                                     {"dtype", "float64"},
                                                     {"shape", {2}},
                                                     {"elements", 2},
                                                     {"bytes", 16},
                                                     {"byte_order", "little-endian"},
                                                     {"order", nullptr},
                                                     {"min", 1.0},
                                                     {"max", 2.0},
                                                     {"mean", 1.5},
                                                     {"std", 0.5},
                                                     {"zeros", 0},
                                                     {"nan", 0},
                                                     {"positive_infinite", 0},
                                                     {"negative_infinite", 0}});
  const json bytes = json::parse(lines.substr(second, third - second));
  CHECK(bytes["byte_order"].is_null());
  CHECK(bytes["max"] == 255);
  CHECK(json::parse(lines.substr(third))["mean"].is_null());  // of no elements
}

TEST_CASE("info: --header reads no element") {
  const TemporaryFolder folder;
  put_tensors(folder);
  CHECK(output_of({.line = "info x.npy f.npy --header", .folder = folder.path()}) ==
        "x.npy: shape (2,) float64, 16 bytes, little-endian\n"
        "f.npy: shape (2, 2) int16, 8 bytes, big-endian, Fortran order\n");
  const json header =
      json::parse(output_of({.line = "info x.npy --header --json", .folder = folder.path()}));
  CHECK(header["elements"] == 2);
  CHECK_FALSE(header.contains("min"));
}

TEST_CASE("info: what cannot be read does not hide the rest") {
  const TemporaryFolder folder;
  put_tensors(folder);
  const Ending ending =
      run_tconv({.line = "info nowhere.npy x.npy --header", .folder = folder.path()});
  CHECK(ending.exit_code == 3);
  CHECK(ending.output == "x.npy: shape (2,) float64, 16 bytes, little-endian\n");
  CHECK(ending.errors ==
        "tconv: error: nowhere.npy: cannot be opened: No such file or directory\n");
  CHECK(first_line(refusal_of({.line = "info"})) == "exit 2: tconv: error: no file is given");
  CHECK(first_line(refusal_of({.line = "info nowhere.npy --json", .folder = folder.path()}))
            .starts_with("exit 3: {\"error\""));
}

}  // namespace info_test
}  // namespace tconv::tests
