// SPEC as a file.
#include <doctest/doctest.h>
#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "../support/temporary_folder.hpp"
#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

using tests::TemporaryFolder;

// Writes a file into the folder; its path.
std::string write(const TemporaryFolder& folder, const std::string& name, const std::string& text) {
  const std::string path = folder / name;
  tests::put_file(path, text);
  return path;
}

TEST_CASE("a file is read by the rules of text, whatever its name") {
  const TemporaryFolder folder;
  for (const std::string name : {"layer.txt", "layer.json", "layer.spec", "layer"})
    CHECK(text_of(parse_spec(write(folder, name, "nn.Conv2d(1, 1, 3)\n"))) == "nn.Conv2d(1, 1, 3)");
  CHECK(text_of(parse_spec(write(folder, "a.json",
                                 R"({"layer": "A"})"
                                 "\r\n"))) == "A()");
}

TEST_CASE("relative paths of tensors start at the file's folder; all else stays") {
  const TemporaryFolder folder;
  struct Row {
    std::string name;
    std::string written, expected;
  };
  const Row rows[] = {
      {"a path", "w.npy", folder / "w.npy"},
      {"a path further down", "sub/w.npz:kernel", folder / "sub/w.npz:kernel"},
      {"an absolute path", "/data/w.npy", "/data/w.npy"},
      {"a maker", "ones:3,3", "ones:3,3"},
      {"a maker with a seed", "random:1,3:7", "random:1,3:7"},
      {"a file called like a maker", "ones.npy", folder / "ones.npy"},
      {"standard input", "-", "-"},
      {"values as text", " [[0, 1]]", " [[0, 1]]"},
      {"an object as text", "{}", "{}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string tensors = R"("weights": ")" + row.written + R"(", "bias": ")" + row.written;
    const std::string path =
        write(folder, "chain.json", R"({"layers": [{"layer": "A", )" + tensors + "\"}]}");
    CHECK(text_of(parse_spec(path)) == "A() weights=" + row.expected + " bias=" + row.expected);
  }
}

TEST_CASE("errors in a file name it, and the layer of a chain") {
  const TemporaryFolder folder;
  const std::string call = write(folder, "call.txt", "a = 1\nnn.Conv2d(1,, 1)\n");
  const Result<Spec> bad_call = parse_spec(call);
  REQUIRE_FALSE(bad_call);
  CHECK(bad_call.error().code == ErrorCode::Spec);
  CHECK(bad_call.error().where == call);
  CHECK(bad_call.error().excerpt == "nn.Conv2d(1,, 1)\n            ^");

  const std::string chain = write(
      folder, "chain.json", R"({"layers": ["A", {"layers": ["B", {"spec": "nn.Conv2d(1"}]}]})");
  const Result<Spec> bad_chain = parse_spec(chain);
  REQUIRE_FALSE(bad_chain);
  CHECK(bad_chain.error().where == chain + ": layers[1]: layers[1]: spec");
  CHECK(bad_chain.error().excerpt == "nn.Conv2d(1\n           ^");

  const Result<Spec> empty = parse_spec(write(folder, "empty.txt", ""));
  REQUIRE_FALSE(empty);
  CHECK(empty.error().what == "expected a layer such as nn.Conv2d(1, 1, 3), found no text");
}

TEST_CASE("a missing file and a directory are input errors with the system's reason") {
  const TemporaryFolder folder;
  for (const std::string name : {"none.json", "none.txt", "none.spec"}) {
    const Result<Spec> spec = parse_spec(folder / name);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == ErrorCode::Input);
    CHECK(spec.error().where == (folder / name));
    CHECK(spec.error().what.find("No such file or directory") != std::string::npos);
  }
  std::filesystem::create_directory(folder / "folder.json");
  const Result<Spec> directory = parse_spec(folder / "folder.json");
  REQUIRE_FALSE(directory);
  CHECK(directory.error().code == ErrorCode::Input);

  const Result<Spec> other = parse_spec(folder / "none.npy");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::Spec);
  CHECK(other.error().hint == "there is no file of this name");
}

TEST_CASE("- is standard input, and its tensors start at the working directory") {
  const TemporaryFolder folder;
  const std::string path = write(folder, "stdin", R"({"layer": "A", "weights": "w.npy"})");
  const int saved = dup(STDIN_FILENO);
  REQUIRE(freopen(path.c_str(), "r", stdin) != nullptr);
  const Result<Spec> spec = parse_spec("-");
  REQUIRE(freopen("/dev/null", "r", stdin) != nullptr);
  const Result<Spec> empty = parse_spec("-");
  REQUIRE(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
  close(saved);
  CHECK(text_of(spec) == "A() weights=w.npy");
  REQUIRE_FALSE(empty);
  CHECK(empty.error().where == "standard input");
}

}  // namespace
}  // namespace tconv::spec
