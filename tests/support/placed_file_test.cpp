#include "support/placed_file.hpp"

#include <doctest/doctest.h>

#include "temporary_folder.hpp"

namespace tconv::support {
namespace {

using tests::file_bytes;
using tests::put_file;
using tests::TemporaryFolder;

const Placement kPlacement{.sync = true, .temporary_prefix = ".test-"};

TEST_CASE("placed file: nothing before place(), all of it after, and nothing left beside it") {
  const TemporaryFolder folder;
  const std::string path = folder / "y.npy";
  for (const std::string& before :
       {std::string(), std::string("old")}) {  // where nothing is, and where something is
    CAPTURE(before);
    if (!before.empty()) put_file(path, before);
    {
      auto file = PlacedFile::create(path, kPlacement);
      REQUIRE(file);
      REQUIRE(file->write_at(4, "5678"));
      CHECK(std::filesystem::exists(path) == !before.empty());
      REQUIRE(file->write_at(0, "1234"));
      REQUIRE(file->place());
    }
    CHECK(file_bytes(path) == "12345678");
    CHECK(folder.entries() == 1);
  }
  {
    auto given_up = PlacedFile::create(path, kPlacement);
    REQUIRE(given_up);
    REQUIRE(given_up->write_at(0, "new"));
  }
  CHECK(file_bytes(path) == "12345678");
  CHECK(folder.entries() == 1);
}

TEST_CASE("placed file: a symbolic link is replaced, not followed") {
  const TemporaryFolder folder;
  put_file(folder / "other", "other");
  std::filesystem::create_symlink("other", folder.path() / "y");
  auto file = PlacedFile::create(folder / "y", kPlacement);
  REQUIRE(file);
  REQUIRE(file->place());
  CHECK_FALSE(std::filesystem::is_symlink(folder.path() / "y"));
  CHECK(file_bytes(folder / "other") == "other");
}

TEST_CASE("placed file: what cannot be made is said") {
  const TemporaryFolder folder;
  const auto refused = PlacedFile::create(folder / "no/y", kPlacement);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::Output);
  CHECK(refused.error().what ==
        "cannot be created in folder " + (folder / "no") + ": No such file or directory");
}

TEST_CASE("placed file: leftovers go by their prefix, other files stay") {
  const TemporaryFolder folder;
  for (const char* name : {".test-0123.tmp", ".test-4567.tmp", ".other-0123.tmp", ".test-x.npy"}) {
    put_file(folder / name, "");
  }
  CHECK(remove_leftovers(folder.path(), ".test-") == 2);
  CHECK(folder.entries() == 2);
  CHECK(remove_leftovers(folder / "no", ".test-") == 0);
}

}  // namespace
}  // namespace tconv::support
