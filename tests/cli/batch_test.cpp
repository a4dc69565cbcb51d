// tconv batch as users run it: which files, under which names, with which numbers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "batch/folders.hpp"
#include "batch/journal.hpp"
#include "io/tensors.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace batch_test {

namespace fs = std::filesystem;

const std::string kBatch = "batch 'Conv2d(1, 1, 1, bias=False)' -w [[2]] --out-dir out ";

// 2x2 files, told apart by their first element.
std::string small(float first) {
  return npy_file(npy_dict("<f4", "(2, 2)"), raw<float>({first, 1, 2, 3}));
}

float first_element(const std::string& npy) {
  float value = 0;
  REQUIRE(npy.size() == 128 + 16);
  std::memcpy(&value, npy.data() + 128, sizeof value);
  return value;
}

std::vector<std::string> names(const std::map<std::string, std::string>& files) {
  std::vector<std::string> all;
  for (const auto& [name, bytes] : files) all.push_back(name);
  return all;
}

struct Tree {
  TemporaryFolder folder{};
  Tree() {
    for (const char* sub : {"in/a", "in/b/c", "in/.hidden"}) {
      fs::create_directories(folder.path() / sub);
    }
    put_file(folder / "in/x.npy", small(1));
    put_file(folder / "in/a/x.npy", small(2));
    put_file(folder / "in/b/y.npy", small(3));
    put_file(folder / "in/b/c/z.npy", small(4));
    put_file(folder / "in/.hidden/x.npy", small(5));
    put_file(folder / "in/notes.txt", "no tensor");
  }
  Ending batch(const std::string& rest) const {
    return run_tconv({.line = kBatch + rest, .folder = folder.path()});
  }
  std::vector<std::string> results_of(const std::string& rest) const {
    fs::remove_all(folder.path() / "out");
    const Ending ending = batch(rest);
    CHECK(ending.errors == "");
    CHECK(ending.exit_code == 0);
    return names(results_below(folder.path() / "out"));
  }
};

using Names = std::vector<std::string>;

TEST_CASE("batch: files, folders, trees, globs and lists; where each result goes") {
  const Tree tree;
  put_file(tree.folder / "list", "in/b/y.npy\nin/x.npy\n\n");
  put_file(tree.folder / "list0", std::string("in/b/y.npy\0in/x.npy", 19));
  const struct {
    std::string rest;
    Names expected;
  } rows[] = {
      {"in/x.npy", {"x.npy"}},
      {"in/x.npy in/b/y.npy", {"x.npy", "y.npy"}},
      {"in", {"x.npy"}},
      {"in --recursive", {"a/x.npy", "b/c/z.npy", "b/y.npy", "x.npy"}},
      {"in/ -r --out-template {stem}.y.npy", {"a/x.y.npy", "b/c/z.y.npy", "b/y.y.npy", "x.y.npy"}},
      {"'in/*/?.npy'", {"a/x.npy", "b/y.npy"}},
      {"'in/**/[xz].npy'", {"a/x.npy", "b/c/z.npy", "x.npy"}},
      {"'in/**/*.npy'", {"a/x.npy", "b/c/z.npy", "b/y.npy", "x.npy"}},
      {"in/x.npy in/a/x.npy --out-template {folder}/{stem}.npy", {"in/a/x.npy", "in/x.npy"}},
      {"in/x.npy --out-template {name}.json", {"x.npy.json"}},
      {"in/x.npy --format text", {"x.txt"}},
      {"in/x.npy --format npz", {"x.npz"}},
      {"--files-from list", {"x.npy", "y.npy"}},
      {"--files-from list0 -0", {"x.npy", "y.npy"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.rest);
    CHECK(tree.results_of(row.rest) == row.expected);
  }
  CHECK(tree.results_of("in -r") == Names{"a/x.npy", "b/c/z.npy", "b/y.npy", "x.npy"});
  const auto results = results_below(tree.folder.path() / "out");
  CHECK(first_element(results.at("a/x.npy")) == 4);
  CHECK(first_element(results.at("b/c/z.npy")) == 8);

  const Ending piped = run_tconv({.line = kBatch + "--files-from - -0 --overwrite always",
                                  .input = std::string("in/x.npy\0", 9),
                                  .folder = tree.folder.path()});
  CHECK(piped.exit_code == 0);
}

TEST_CASE("batch: results in a folder of the inputs do not become inputs") {
  const Tree tree;
  const std::string line =
      "batch 'Conv2d(1, 1, 1, bias=False)' -w [[2]] --out-dir in/out in -r --overwrite always";
  for (int i = 0; i < 2; ++i) {
    CHECK(run_tconv({.line = line, .folder = tree.folder.path()}).exit_code == 0);
    CHECK(names(results_below(tree.folder.path() / "in/out")) ==
          Names{"a/x.npy", "b/c/z.npy", "b/y.npy", "x.npy"});
  }
}

TEST_CASE("batch: what would lose something is refused before any work") {
  const Tree tree;
  fs::create_hard_link(tree.folder / "in/x.npy", tree.folder.path() / "in/hard.npy");
  fs::create_directories(tree.folder.path() / "empty");
  const std::string hint = "\n  hint: ";
  const struct {
    std::string rest, expected;
  } rows[] = {
      {"in/x.npy in/x.npy",
       "exit 2: tconv: error: in/x.npy is given twice" + hint + "name each input once"},
      {"in/a/x.npy in/x.npy",
       "exit 2: tconv: error: in/a/x.npy and in/x.npy would both be written to out/x.npy" + hint +
           "keep their folders: --out-template '{folder}/{stem}.npy'"},
      {"in/a/x.npy --format npy --out-template ../in/a/{name}",
       "exit 2: tconv: error: --out-template ../in/a/{name} must be a name below --out-dir"},
      {"in/a/x.npy --out-template y.npy",
       "exit 2: tconv: error: --out-template y.npy would name all outputs alike" + hint +
           "it needs {stem} or {name}"},
      {"in/a/x.npy --out-template {stern}.npy",
       "exit 2: tconv: error: --out-template {stern}.npy has a word that is none of {stem}, "
       "{name}, {folder}"},
      {"in/a/x.npy --out-template {stem}",
       "exit 2: tconv: error: --out-template {stem} has no extension that tells the format" + hint +
           "end it in .npy, .npz, .json or .txt, or give --format"},
      {"in/a/../a/x.npy --out-template {folder}/{stem}.npy",
       "exit 2: tconv: error: the output of in/a/../a/x.npy would be in/a/../a/x.npy, outside of "
       "out" +
           hint + "name inputs without .. for --out-template with {folder}"},
      {"'in/*.json'", "exit 2: tconv: error: no file matches in/*.json"},
      {"empty", "exit 2: tconv: error: empty has no .npy files" + hint +
                    "--recursive looks into the folders inside of it"},
      {"in/none.npy",
       "exit 3: tconv: error: in/none.npy: cannot be read: No such file or directory"},
      {"/dev/null", "exit 3: tconv: error: /dev/null: is neither a file nor a folder" + hint +
                        "a batch reads each input when its turn comes: save it to a file"},
      {"", "exit 2: tconv: error: no input is given" + hint +
               "name files, folders or globs, or a list with --files-from"},
      {"in --overwrite maybe",
       "exit 2: tconv: error: --overwrite maybe must be never, older or always"},
      {"in --jobs 0", "exit 2: tconv: error: --jobs 0 must be 1 to 1024"},
      {"in/x.npy --journal in/a/x.npy",
       "exit 3: tconv: error: in/a/x.npy: line 1: no journal of tconv batch: its first line is no "
       "header"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.rest);
    CHECK(refusal_of({.line = kBatch + row.rest, .folder = tree.folder.path()}) ==
          row.expected + '\n');
  }
  const std::string into = "batch 'Conv2d(1, 1, 1, bias=False)' -w [[2]] --out-dir ";
  const std::string never =
      hint + "an input is never overwritten: another --out-dir or --out-template\n";
  CHECK(refusal_of({.line = into + "in in/x.npy", .folder = tree.folder.path()}) ==
        "exit 2: tconv: error: the output of in/x.npy would be in/x.npy, which is also an input" +
            never);
  CHECK(refusal_of({.line = "batch 'Conv2d(1, 1, 2, bias=False)' -w in/hard.npy --out-dir in "
                            "in/a/x.npy",
                    .folder = tree.folder.path()}) ==
        "exit 2: tconv: error: the output of in/a/x.npy would be in/x.npy, which is also an input" +
            never);
  CHECK(file_bytes(tree.folder / "in/hard.npy") == small(1));
  CHECK_FALSE(fs::exists(tree.folder.path() / "out"));
}

TEST_CASE("batch: results that are there: refused, skipped, renewed") {
  const Tree tree;
  const auto out = [&](const std::string& name) {
    return file_bytes(tree.folder / ("out/" + name));
  };
  REQUIRE(tree.batch("in").exit_code == 0);
  fs::remove(tree.folder / "out/tconv-batch.jsonl");
  CHECK(refusal_of({.line = kBatch + "in", .folder = tree.folder.path()}) ==
        "exit 2: tconv: error: 1 outputs are there already, the first of them out/x.npy\n"
        "  hint: --resume goes on with what is not done; --overwrite never, older or always "
        "decides about each\n");
  put_file(tree.folder / "out/x.npy", "old");
  CHECK(tree.batch("in --overwrite never").output.starts_with("out: 0 of 1 files, 1 skipped"));
  CHECK(out("x.npy") == "old");
  CHECK(tree.batch("in --overwrite older").exit_code == 0);
  CHECK(out("x.npy") == "old");
  fs::last_write_time(tree.folder / "in/x.npy",
                      fs::last_write_time(tree.folder / "out/x.npy") + std::chrono::seconds(1));
  CHECK(tree.batch("in --overwrite older").exit_code == 0);
  CHECK(first_element(out("x.npy")) == 2);
  put_file(tree.folder / "out/x.npy", "old");
  CHECK(tree.batch("in --overwrite always").exit_code == 0);
  CHECK(first_element(out("x.npy")) == 2);
}

TEST_CASE("batch --resume: skips what is the same, redoes what is not") {
  const Tree tree;
  REQUIRE(tree.batch("in -r").exit_code == 0);
  const auto resumed = [&](const std::string& rest) {
    const Ending ending = tree.batch("in -r --resume " + rest);
    CHECK(ending.exit_code == 0);
    CHECK(ending.errors == "");
    return ending.output.substr(0, ending.output.find(", in "));
  };
  CHECK(resumed("") == "out: 4 of 4 files, 4 of them before");
  fs::remove(tree.folder / "out/x.npy");
  CHECK(resumed("") == "out: 4 of 4 files, 3 of them before");
  fs::resize_file(tree.folder.path() / "out/x.npy", 20);  // as after a power cut
  CHECK(resumed("") == "out: 4 of 4 files, 3 of them before");
  put_file(tree.folder / "in/x.npy", small(7) + "longer");
  CHECK(resumed("") == "out: 4 of 4 files, 3 of them before");
  CHECK(first_element(file_bytes(tree.folder / "out/x.npy")) == 14);
  // Only touched: the same again with --hash, from when there are hashes.
  const auto touch = [&] {
    const fs::path x = tree.folder / "in/x.npy";
    fs::last_write_time(x, fs::last_write_time(x) + std::chrono::seconds(1));
  };
  touch();
  CHECK(resumed("--hash") == "out: 4 of 4 files, 3 of them before");
  touch();
  CHECK(resumed("--hash") == "out: 4 of 4 files, 4 of them before");
  // Other weights, another dtype: another job.
  const Ending other = run_tconv(
      {.line = "batch 'Conv2d(1, 1, 1, bias=False)' -w [[3]] --out-dir out in -r --resume",
       .folder = tree.folder.path()});
  CHECK(other.output.starts_with("out: 4 of 4 files, in "));
  CHECK(first_element(file_bytes(tree.folder / "out/x.npy")) == 21);
  // More inputs than before are the same job: what is done stays done.
  REQUIRE(tree.batch("in/a --overwrite always").exit_code == 0);
  CHECK(tree.batch("in/a in/b --resume").output.starts_with("out: 2 of 2 files, 1 of them before"));
  const auto journal = batch::read_journal(tree.folder / "out/tconv-batch.jsonl");
  REQUIRE(journal);
  CHECK((*journal)->header.items == 2);
  CHECK((*journal)->entries.size() == 2);
}

TEST_CASE("batch: every file has its own shape and dtype, and the bytes of tconv run") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "in");
  const std::string shapes[] = {"1,3,8,8", "2,3,9,7", "1,3,40,33", "3,12,12", "1,3,8,8", "4,3,5,5"};
  for (std::size_t i = 0; i < std::size(shapes); ++i) {
    put_file(folder / fmt::format("in/x{}.npy", i), random_npy(shapes[i], int(i)));
  }
  put_file(folder / "in/fortran.npy",
           npy_file(npy_dict("<f4", "(1, 3, 4, 4)", "True"), random_npy("1,3,4,4", 9).substr(128)));
  put_file(folder / "in/swapped.npy",
           npy_file(npy_dict(">f4", "(1, 3, 4, 4)"), std::string(192, '\x3f')));
  put_file(folder / "in/bytes.npy",
           npy_file(npy_dict("|u1", "(1, 3, 4, 4)"), std::string(48, 'x')));
  put_file(folder / "w.npy", random_npy("8,3,3,3", 100));
  put_file(folder / "up.npy", random_npy("8,2,2,2", 101));
  put_file(
      folder / "chain.json",
      R"j({"layers": [{"spec": "Conv2d(3, 8, 3, padding=1, bias=False)", "weights": "w.npy"},)j"
      R"j({"spec": "ConvTranspose2d(8, 2, 2, stride=2, bias=False)", "weights": "up.npy"}]})j");
  std::map<std::string, std::string> expected;
  for (const auto& [name, bytes] : files_below(folder.path() / "in")) {
    REQUIRE(output_of({.line = "run chain.json -q -o y.npy -x in/" + name,
                       .folder = folder.path()}) == "");
    expected[name] = file_bytes(folder / "y.npy");
  }
  for (const int jobs : {1, 2, 5}) {
    for (const int threads : {1, 2, 3}) {
      CAPTURE(jobs);
      CAPTURE(threads);
      const Ending ending = run_tconv(
          {.line = fmt::format("batch chain.json --out-dir out{}{} in -q --jobs {} --threads {}",
                               jobs, threads, jobs, threads),
           .folder = folder.path()});
      CHECK(ending.errors == "");
      CHECK(ending.exit_code == 0);
      CHECK(results_below(folder.path() / fmt::format("out{}{}", jobs, threads)) == expected);
    }
  }
}

TEST_CASE("batch --dry-run: says what it would take, and writes nothing") {
  const Tree tree;
  const Ending ending = tree.batch("in -r --dry-run --jobs 2 --threads 1");
  CHECK(ending.errors == "");
  CHECK(ending.output ==
        "4 of 4 files to compute: 64 bytes in, 64 bytes out, 0.0 GFLOP\n"
        "  4 of (2, 2) float32 -> (2, 2) float32\n"
        "  in/a/x.npy -> out/a/x.npy\n"
        "  in/b/c/z.npy -> out/b/c/z.npy\n"
        "  in/b/y.npy -> out/b/y.npy\n"
        "  ...\n" +
            ending.output.substr(ending.output.find("2 at once")));
  CHECK(ending.output.find("2 at once on 1 thread each, 3 in flight: ") != std::string::npos);
  CHECK(ending.output.ends_with("journal: out/tconv-batch.jsonl\n"));
  put_file(tree.folder / "in/bad.npy", "\x93NUMPY");
  CHECK(tree.batch("in -r --dry-run -q").exit_code == 3);
  CHECK_FALSE(fs::exists(tree.folder.path() / "out"));
}

TEST_CASE("batch --max-memory: refused before work, or item by item where only that one is large") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "in");
  put_file(folder / "in/a.npy", random_npy("100,100", 1));
  CHECK(refusal_of({.line = kBatch + "in --max-memory 10K", .folder = folder.path()})
            .starts_with("exit 5: tconv: error: one file at a time takes "));
  CHECK_FALSE(fs::exists(folder.path() / "out"));
  CHECK(run_tconv({.line = kBatch + "in --max-memory 10M", .folder = folder.path()}).exit_code ==
        0);
}

TEST_CASE("batch --json: one object; a failure beside it") {
  const Tree tree;
  put_file(tree.folder / "in/bad.npy", "\x93NUMPY");
  const Ending ending = tree.batch("in -r --json --continue-on-error");
  CHECK(ending.exit_code == 1);
  CHECK(ending.errors == "");
  const auto object = nlohmann::json::parse(ending.output);
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "batch");
  CHECK(object["items"] == 5);
  CHECK(object["done"] == 4);
  CHECK(object["failed"] == 1);
  CHECK(object["failures"][0]["input"] == "in/bad.npy");
  CHECK(object["failures"][0]["code"] == "input");
  CHECK(object["macs"] == 16);
  CHECK(object["journal"] == "out/tconv-batch.jsonl");
}

}  // namespace batch_test
}  // namespace tconv::tests
