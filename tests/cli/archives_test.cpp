// .npz and .safetensors on the command line.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../io/zip_bytes.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace archives_test {

using nlohmann::json;

const std::string kSpec = "run 'nn.ConvTranspose2d(1, 1, 2, bias=False)'";
const std::string kAnswer =
    R"({"shape": [1, 3, 3], "dtype": "float32", "data": [[[0.0, 0.0, 1.0], [0.0, 4.0, 6.0], )"
    "[4.0, 12.0, 9.0]]]}\n";

void put_archives(const TemporaryFolder& folder) {
  const std::string four = raw<float>({0, 1, 2, 3});
  put_file(folder / "w.npz",
           zip_file({.entries = {{.name = "x.npy",
                                  .content = npy_file(npy_dict("<f4", "(1, 2, 2)"), four),
                                  .deflate = true},
                                 {.name = "kernel.npy",
                                  .content = npy_file(npy_dict("<f4", "(1, 1, 2, 2)"), four)}}}));
  const std::string header =
      R"({"up.weight":{"dtype":"F32","shape":[1,1,2,2],"data_offsets":[0,16]}})";
  put_file(folder / "m.safetensors", little_endian(header.size(), 8) + header + four);
}

TEST_CASE("archives: inputs and weights from their members") {
  const TemporaryFolder folder;
  put_archives(folder);
  const std::string in = folder.path().string();
  for (const std::string tensors :
       {"-x w.npz:x -w w.npz:kernel", "-x w.npz:x -w m.safetensors:up.weight",
        "-x w.npz:x.npy -w m.safetensors"}) {
    CAPTURE(tensors);
    CHECK(output_of({.line = kSpec + ' ' + tensors + " --format json", .folder = in}) == kAnswer);
  }
  CHECK(refusal_of({.line = kSpec + " -x w.npz -w m.safetensors", .folder = in}) ==
        "exit 2: tconv: error: w.npz: there are 2 tensors in it, say which: w.npz:x\n"
        "  hint: it has x, kernel\n");
}

TEST_CASE("archives: an .npz is written whole, and its member named") {
  const TemporaryFolder folder;
  put_archives(folder);
  const std::string in = folder.path().string();
  const std::string run = kSpec + " -x w.npz:x -w w.npz:kernel";
  CHECK(output_of({.line = run + " -o y.npz", .folder = in}) == "y.npz: shape (1, 3, 3) float32\n");
  CHECK(output_of({.line = "info y.npz", .folder = in}) ==
        "y.npz: npz, 1 tensor\ny.npz:arr_0: shape (1, 3, 3) float32, 36 bytes\n");
  CHECK(output_of({.line = run + " -o y.npz:up/out", .folder = in}) ==
        "y.npz:up/out: shape (1, 3, 3) float32\n");
  CHECK(output_of({.line = run + " --expect y.npz:up/out -q", .folder = in}) == "");
  CHECK(output_of({.line = run + " -q -o y.npz", .folder = in}) == "");
  CHECK(file_bytes(folder / "y.npz") == output_of({.line = run + " --format npz", .folder = in}));
  CHECK(folder.entries() == 3);

  CHECK(refusal_of({.line = run + " -o w.npz:y", .folder = in}) ==
        "exit 2: tconv: error: -o w.npz:y is also an input (w.npz:x)\n"
        "  hint: an input is never overwritten\n");
  CHECK(first_line(refusal_of({.line = run + " -o nowhere/y.npz:y", .folder = in}))
            .starts_with("exit 4: tconv: error: nowhere/y.npz: "));
}

TEST_CASE("archives: an .npz on standard input") {
  const TemporaryFolder folder;
  put_archives(folder);
  const std::string in = folder.path().string();
  const std::string npz =
      output_of({.line = kSpec + " -x w.npz:x -w w.npz:kernel --format npz", .folder = in});
  CHECK(output_of({.line = "run 'nn.Conv2d(1, 1, 1, bias=False)' -x - -w [[[[1]]]] --format json",
                   .input = npz,
                   .folder = in}) == kAnswer);
}

TEST_CASE("archives: info lists the tensors") {
  const TemporaryFolder folder;
  put_archives(folder);
  const std::string in = folder.path().string();
  CHECK(output_of({.line = "info w.npz m.safetensors w.npz:x", .folder = in})
            .starts_with("w.npz: npz, 2 tensors\n"
                         "w.npz:x: shape (1, 2, 2) float32, 16 bytes\n"
                         "w.npz:kernel: shape (1, 1, 2, 2) float32, 16 bytes\n"
                         "m.safetensors: safetensors, 1 tensor\n"
                         "m.safetensors:up.weight: shape (1, 1, 2, 2) float32, 16 bytes\n"
                         "w.npz:x: shape (1, 2, 2) float32"));
  const json object = json::parse(output_of({.line = "info w.npz --json", .folder = in}));
  CHECK(
      object ==
      json::parse(
          R"({"schema": 1, "command": "info", "name": "w.npz", "kind": "archive", "format": "npz", "members": [
          {"name": "x", "dtype": "float32", "shape": [1, 2, 2], "bytes": 16},
          {"name": "kernel", "dtype": "float32", "shape": [1, 1, 2, 2], "bytes": 16}]})"));
  put_file(folder / "cut.npz", file_bytes(folder / "w.npz").substr(0, 100));
  CHECK(first_line(refusal_of({.line = "info cut.npz", .folder = in})) ==
        "exit 3: tconv: error: cut.npz: not a whole zip archive: the directory that ends it is "
        "missing");
}

}  // namespace archives_test
}  // namespace tconv::tests
