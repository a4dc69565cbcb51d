// .npz archives: what numpy writes, and the ways an archive can lie about itself.
// tests/io/archives.py does the same with archives from numpy itself.
#include "io/npz.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tensors.hpp"
#include "zip_bytes.hpp"

namespace tconv::io {
namespace {

using tests::Archive;
using tests::elements;
using tests::Entry;
using tests::mapped;
using tests::npy_dict;
using tests::npy_file;
using tests::raw;
using tests::zip_file;

const std::vector<float> kSix{0, 1, 2, 3, 4, 5};
const std::string kArray = npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix));

Result<Tensor> read(const std::string& file, std::string_view member = "") {
  return read_npz(mapped(file), "w.npz", member, false);
}

Error refusal(const std::string& file, std::string_view member = "") {
  const auto tensor = read(file, member);
  REQUIRE_FALSE(tensor);
  return tensor.error();
}

std::string one(Entry entry) {
  entry.name = "a.npy";
  if (entry.content.empty()) entry.content = kArray;
  return zip_file({.entries = {std::move(entry)}});
}

TEST_CASE("read_npz: stored members in place, deflated ones unpacked, zip64 or not") {
  for (const bool deflate : {false, true}) {
    for (const bool zip64 : {false, true}) {
      CAPTURE(deflate);
      CAPTURE(zip64);
      const Archive archive{
          .entries = {{.name = "b.npy", .content = "no array"},
                      {.name = "a.npy", .content = kArray, .deflate = deflate, .zip64 = zip64}},
          .zip64 = zip64,
          .comment = "with a comment"};
      const auto file = mapped(zip_file(archive));
      const auto tensor = read_npz(file, "w.npz", "a", false);
      REQUIRE(tensor);
      CHECK(tensor->name == "w.npz:a");
      CHECK(tensor->shape == Shape{2, 3});
      CHECK(elements<float>(*tensor) == kSix);
      const std::byte* const first = file.data.get();
      const bool in_place =
          first <= tensor->data.get() && tensor->data.get() < first + file.size_bytes;
      CHECK(in_place == !deflate);
    }
  }
}

TEST_CASE("read_npz: order of axes and bytes are the array's own") {
  for (const bool deflate : {false, true}) {
    const auto tensor = read(one(
        {.content = npy_file(npy_dict(">f4", "(2, 3)", "True"), raw(kSix)), .deflate = deflate}));
    REQUIRE(tensor);
    CHECK(tensor->strides == Shape{1, 2});
    CHECK(tensor->swapped);
  }
}

TEST_CASE("read_npz: which member is meant") {
  const std::string two = zip_file({.entries = {{.name = "kernel.npy", .content = kArray},
                                                {.name = "README", .content = "text"},
                                                {.name = "bias.npy", .content = kArray}}});
  CHECK(read(two, "bias"));
  CHECK(read(two, "bias.npy"));
  CHECK(read(one({})));
  const auto which = refusal(two);
  CHECK(which.code == ErrorCode::Usage);
  CHECK(which.where == "w.npz");
  CHECK(which.what == "there are 2 tensors in it, say which: w.npz:kernel");
  CHECK(which.hint == "it has kernel, bias");
  CHECK(refusal(two, "kernal").what ==
        "no tensor in it is called \"kernal\" (did you mean \"kernel\"?)");
  CHECK(refusal(two, "README").code == ErrorCode::Usage);
  const auto none = refusal(zip_file({.entries = {{.name = "data.pkl", .content = "\x80\x02"}}}));
  CHECK(none.code == ErrorCode::Input);
  CHECK(none.what == "there is no tensor in it");
  CHECK(refusal(zip_file({})).what == "there is no tensor in it");

  const std::string twice = zip_file(
      {.entries = {{.name = "a.npy", .content = kArray}, {.name = "a.npy", .content = kArray}}});
  CHECK(refusal(twice, "a").what == "2 tensors in it are called \"a\"");
  CHECK(refusal(twice, "a").code == ErrorCode::Input);
}

TEST_CASE("npz_members: dtype, shape and bytes, and why one cannot be read") {
  const std::string file = zip_file(
      {.entries = {
           {.name = "a.npy", .content = kArray},
           {.name = "b.npy", .content = npy_file(npy_dict("|b1", "()"), "\1"), .deflate = true},
           {.name = "c.npy", .content = npy_file(npy_dict("|O", "(1,)"), "pickle")},
           {.name = "notes.txt", .content = "text"}}});
  const auto members = npz_members(mapped(file), "w.npz");
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  CHECK((*members)[0].name == "a");
  CHECK((*members)[0].dtype == "float32");
  CHECK((*members)[0].shape == Shape{2, 3});
  CHECK((*members)[0].bytes == 24);
  CHECK((*members)[1].dtype == "bool");
  CHECK((*members)[1].bytes == 1);
  CHECK((*members)[2].problem.find("Python objects") != std::string::npos);
}

TEST_CASE("read_npz: entries that tconv does not read") {
  CHECK(refusal(one({.flags = 1})).what == "is encrypted, which tconv does not read");
  const auto lzma = refusal(one({.says_method = 14}));
  CHECK(lzma.code == ErrorCode::Unsupported);
  CHECK(lzma.where == "w.npz:a");
  CHECK(lzma.what.find("method 14") != std::string::npos);
}

TEST_CASE("read_npz: damage is found by the checksum") {
  for (const bool deflate : {false, true}) {
    const auto error = refusal(one({.deflate = deflate, .says_checksum = 0x12345678}));
    CHECK(error.code == ErrorCode::Input);
    CHECK(error.what.starts_with("its checksum is 12345678, that of its bytes "));
  }
}

TEST_CASE("read_npz: sizes that lie are refused before anything is allocated") {
  const std::uint64_t huge = std::uint64_t{1} << 60U;
  CHECK(refusal(one({.says_size = 100})).what ==
        "is stored, yet said to be 100 bytes in " + std::to_string(kArray.size()));
  CHECK(refusal(one({.says_size = huge, .says_packed = huge, .zip64 = true}))
            .what.starts_with("is said to be 1152921504606846976 bytes at "));
  CHECK(refusal(one({.deflate = true, .says_size = huge, .zip64 = true}))
            .what.starts_with("is said to hold 1152921504606846976 bytes, more than "));
  CHECK(refusal(one({.says_offset = huge, .zip64 = true})).what ==
        "its header is not where the directory says");
  CHECK(refusal(one({.own_name = "b.npy"})).what ==
        "its header has another name than the directory");
  // An .npy header that promises what the entry does not hold.
  const std::string liar = npy_file(npy_dict("<f4", "(1000000, 1000000)"), raw(kSix));
  for (const bool deflate : {false, true}) {
    CHECK(refusal(one({.content = liar, .deflate = deflate})).what ==
          "expected 4000000000000 data bytes for shape (1000000, 1000000) of '<f4', found 24");
  }
  // The directory of as many entries as bytes in the file, and more.
  for (const std::uint64_t count : {std::uint64_t{2}, huge, ~std::uint64_t{0}}) {
    const auto error = refusal(zip_file(
        {.entries = {{.name = "a.npy", .content = kArray}}, .zip64 = true, .says_entries = count}));
    CHECK(error.what == "the directory is damaged, or shorter than it says");
  }
  CHECK_FALSE(read(zip_file({.zip64 = true, .says_directory_bytes = ~std::uint64_t{0}})));
  CHECK_FALSE(read(zip_file({.says_directory_offset = 0xfffffff0})));
}

// 20 MB of zeros in 20 KB. Memory is taken for what the .npy header says, and no more is unpacked
// than the directory says.
TEST_CASE("read_npz: a zip bomb is unpacked no further than its own header allows") {
  std::string bomb = npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix));
  const std::size_t honest = bomb.size();
  bomb.append(20'000'000, '\0');
  const auto tensor = read(one({.content = bomb, .deflate = true}));
  REQUIRE(tensor);  // bytes after the elements are ignored, as numpy does
  CHECK(elements<float>(*tensor) == kSix);
  CHECK(refusal(one({.content = bomb, .deflate = true, .says_size = honest})).what ==
        "unpacks to more than the " + std::to_string(honest) + " bytes it is said to hold");
  CHECK(refusal(one({.deflate = true, .says_size = honest + 1})).what ==
        "is said to hold " + std::to_string(honest + 1) + " bytes, unpacks to " +
            std::to_string(honest));
}

TEST_CASE("read_npz: an archive cut at any byte is refused, and never read past") {
  for (const bool deflate : {false, true}) {
    const std::string file = one({.deflate = deflate, .zip64 = deflate});
    for (std::size_t size = 0; size < file.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(read(file.substr(0, size)));
      CHECK_FALSE(npz_members(mapped(file.substr(0, size)), "w.npz"));
    }
  }
}

TEST_CASE("read_npz: an archive with any one byte changed is refused or gives the same elements") {
  for (const bool deflate : {false, true}) {
    const std::string file = zip_file(
        {.entries = {{.name = "a.npy", .content = kArray, .deflate = deflate, .zip64 = deflate}},
         .zip64 = deflate});
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = file;
        changed[at] = static_cast<char>(byte);
        if (const auto tensor = read(changed)) CHECK(elements<float>(*tensor) == kSix);
        static_cast<void>(npz_members(mapped(changed), "w.npz"));
      }
    }
  }
}

TEST_CASE("npz_frame: reads back, its elements aligned, whatever the name's length") {
  const Tensor tensor = tests::tensor_of<float>(DType::Float32, {2, 3}, kSix);
  for (std::size_t length = 1; length < 70; ++length) {
    const std::string member(length, 'm');
    const std::string_view npy[] = {kArray};
    const auto frame = npz_frame(member, npy);
    REQUIRE(frame);
    CHECK(frame->before.size() % 64 == 0);
    const auto read_back = read(frame->before + kArray + frame->after, member);
    REQUIRE(read_back);
    CHECK(elements<float>(*read_back) == kSix);
  }
  CHECK(npz_frame(std::string(5000, 'm'), {}).error().code == ErrorCode::Usage);
}

}  // namespace
}  // namespace tconv::io
