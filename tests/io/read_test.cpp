// Telling tensor arguments apart.
#include "io/read.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "tensors.hpp"
#include "zip_bytes.hpp"

namespace tconv::io {
namespace {

using tests::elements;
using tests::npy_dict;
using tests::npy_file;
using tests::put_file;
using tests::TemporaryFolder;

Error refusal(const std::string& argument, const ReadOptions& options = {}) {
  const auto tensor = read_tensor(argument, options);
  CAPTURE(argument);
  REQUIRE_FALSE(tensor);
  return tensor.error();
}

// Puts a file in the place of standard input for as long as it lives.
class StandardInput {
 public:
  explicit StandardInput(const std::string& path) : saved_(dup(STDIN_FILENO)) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    dup2(file, STDIN_FILENO);
    close(file);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

const std::string kNpy = npy_file(npy_dict("<f4", "(2,)"), tests::raw<float>({1, 2}));

TEST_CASE("read_tensor: inline JSON, a number, and makers") {
  CHECK(read_tensor("[[0,1],[2,3]]")->shape == Shape{2, 2});
  CHECK(read_tensor("  [1]")->shape == Shape{1});
  CHECK(read_tensor(R"({"data":[1,2]})")->shape == Shape{2});
  CHECK(elements<double>(*read_tensor("-2.5")) == std::vector<double>{-2.5});
  CHECK(read_tensor("ones:3,3")->shape == Shape{3, 3});
}

TEST_CASE("read_tensor: a long inline tensor is cut short in its name") {
  const auto tensor = read_tensor("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]");
  REQUIRE(tensor);
  CHECK(tensor->name == "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,...");
}

TEST_CASE("read_tensor: files by extension, by their first bytes, and from a base folder") {
  const TemporaryFolder folder;
  put_file(folder / "x.npy", kNpy);
  put_file(folder / "x.json", "[1, 2]");
  put_file(folder / "plain_npy", kNpy);
  put_file(folder / "plain_json", "\n [1, 2]\n");
  put_file(folder / "misnamed.json", kNpy);
  put_file(folder / "ones:3", "[1, 2]");
  put_file(folder / "7", "[1, 2]");
  for (const std::string name :
       {"x.npy", "x.json", "plain_npy", "plain_json", "misnamed.json", "./ones:3", "7"}) {
    CAPTURE(name);
    const auto tensor = read_tensor(name, {.base = folder.path().string()});
    REQUIRE(tensor);
    CHECK(tensor->shape == Shape{2});
    CHECK(tensor->name == name);
  }
  CHECK(read_tensor(folder / "x.npy", {.base = "/nowhere"}));  // an absolute path needs no base
}

TEST_CASE("read_tensor: standard input, told by its first bytes") {
  const TemporaryFolder folder;
  for (const std::string& bytes :
       {kNpy, std::string("[1, 2]"), std::string(" {\"data\": [1,2]}")}) {
    put_file(folder / "in", bytes);
    const StandardInput input(folder / "in");
    const auto tensor = read_tensor("-");
    REQUIRE(tensor);
    CHECK(tensor->shape == Shape{2});
    CHECK(tensor->name == "standard input");
  }
  put_file(folder / "in", "");
  const StandardInput input(folder / "in");
  const auto error = refusal("-");
  CHECK(error.where == "standard input");
  CHECK(error.what == "no bytes, expected a tensor");
}

TEST_CASE("read_tensor: bfloat16 where the caller says so") {
  const TemporaryFolder folder;
  put_file(folder / "x.npy", npy_file(npy_dict("|V2", "(1,)"), "\x80\x3f"));
  CHECK(read_tensor(folder / "x.npy", {.void2_is_bfloat16 = true})->dtype == DType::BFloat16);
  CHECK(refusal(folder / "x.npy").code == ErrorCode::DTypeMismatch);
}

TEST_CASE("read_tensor: a name that is no file") {
  const auto missing = refusal("none.npy", {.base = "/tmp"});
  CHECK(missing.code == ErrorCode::Input);
  CHECK(missing.where == "none.npy");  // as typed
  CHECK(missing.what == "cannot be opened: No such file or directory");
  const auto maker = refusal("arrange:2,3");
  CHECK(maker.code == ErrorCode::Usage);
  CHECK(maker.what ==
        "no file has this name, and \"arrange\" makes no tensor (did you mean \"arange\"?)");
  CHECK(refusal("c:/x.npy").code == ErrorCode::Input);
  CHECK(refusal("").code == ErrorCode::Usage);
  CHECK(refusal("/tmp").what == "cannot be read: Is a directory");
  CHECK(refusal("1e999").code == ErrorCode::Input);
}

TEST_CASE("read_tensor: formats that are known but not read") {
  const TemporaryFolder folder;
  put_file(folder / "pickle", "\x80\x04\x95");
  for (const std::string& argument : {std::string("w.h5:kernel"), std::string("m.keras"),
                                      std::string("m.pth"), folder / "pickle"}) {
    CAPTURE(argument);
    const auto error = refusal(argument);
    CHECK(error.code == ErrorCode::Unsupported);
    CHECK(error.where == argument);
    CHECK(error.what.find("this version reads .npy, .npz, .safetensors, .onnx, JSON and makers") !=
          std::string::npos);
    CHECK_FALSE(error.hint.empty());
  }
}

TEST_CASE("read_tensor: members of archives, relative to the base") {
  const TemporaryFolder folder;
  const std::string array = npy_file(npy_dict("|u1", "(2,)"), "ab");
  put_file(folder / "w.npz", tests::zip_file({.entries = {{.name = "k.npy", .content = array}}}));
  const std::string header = R"({"a:b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  put_file(folder / "m.safetensors", tests::little_endian(header.size(), 8) + header + "ab");
  std::filesystem::copy(folder / "w.npz", folder / "zip.npy");  // its first bytes tell
  const std::string base = folder.path().string();
  for (const std::string argument :
       {"w.npz:k", "w.npz", "m.safetensors:a:b", "m.safetensors", "zip.npy"}) {
    CAPTURE(argument);
    const auto tensor = read_tensor(argument, {.base = base});
    REQUIRE(tensor);
    CHECK(tensor->shape == Shape{2});
    CHECK(tests::elements<char>(*tensor) == std::vector<char>{'a', 'b'});
  }
  CHECK(refusal("none.npz:k", {.base = base}).what ==
        "cannot be opened: No such file or directory");
  CHECK(refusal("none.npz:k", {.base = base}).where == "none.npz:k");
}

TEST_CASE("read_tensor: files that hold no tensor") {
  const TemporaryFolder folder;
  put_file(folder / "x.npy", "");
  put_file(folder / "x.json", "");
  put_file(folder / "empty", "");
  put_file(folder / "text", "hello");
  put_file(folder / "text.npy", "hello");
  CHECK(refusal(folder / "x.npy").what ==
        "not an .npy file: it does not begin with \\x93NUMPY and a version");
  CHECK(refusal(folder / "x.json").what.starts_with("line 1, column 1: "));
  CHECK(refusal(folder / "empty").what == "no bytes, expected a tensor");
  CHECK(refusal(folder / "text").what ==
        "neither an .npy or .npz file nor JSON, by its first bytes");
  CHECK(refusal(folder / "text.npy").what.starts_with("not an .npy file"));
}

}  // namespace
}  // namespace tconv::io
