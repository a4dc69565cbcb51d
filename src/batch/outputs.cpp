#include "batch/outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <numeric>
#include <optional>

#include "io/member_name.hpp"
#include "support/placed_file.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

constexpr std::string_view kFolderWord = "{folder}";
constexpr std::array<std::string_view, 3> kWords{"{stem}", "{name}", kFolderWord};

Error usage(std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

// What the words of a template stand for.
struct Parts {
  std::string folder{};  // without a slash at its ends
  std::string name{}, stem{};
};

std::string without_outer_slashes(std::string_view folder) {
  const std::size_t begin = std::min(folder.find_first_not_of('/'), folder.size());
  const std::size_t end = folder.find_last_not_of('/') + 1;
  return begin < end ? std::string(folder.substr(begin, end - begin)) : std::string();
}

// `x.npy` has the stem `x`; a tensor in a file, `w.onnx:up/kernel`, is called `w.up_kernel`.
Parts parts_of(const std::string& path) {
  const std::string file = io::file_of(path);
  const std::size_t slash = file.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  Parts parts{.folder = without_outer_slashes(std::string_view(file).substr(0, begin)),
              .name = file.substr(begin)};
  const std::size_t dot = parts.name.rfind('.');
  parts.stem = parts.name.substr(0, dot == 0 ? std::string::npos : dot);
  if (file.size() < path.size()) {
    std::string member = path.substr(file.size() + 1);
    std::replace(member.begin(), member.end(), '/', '_');
    parts.stem += '.' + member;
    parts.name += '.' + member;
  }
  return parts;
}

std::string filled(std::string text, const Parts& parts) {
  const std::string* const values[] = {&parts.stem, &parts.name, &parts.folder};
  for (std::size_t at = 0; at < text.size();) {
    std::size_t step = 1;
    for (std::size_t w = 0; w < kWords.size(); ++w) {
      if (text.compare(at, kWords[w].size(), kWords[w]) != 0) continue;
      text.replace(at, kWords[w].size(), *values[w]);
      step = values[w]->size();
      break;
    }
    at += step;
  }
  return text;
}

bool leaves_folder(std::string_view name) {
  const std::string bounded = fmt::format("/{}/", name);
  return bounded.find("/../") != std::string::npos;
}

Result<void> check_distinct(const std::vector<Item>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(std::string_view(items[a].output), a) <
           std::pair(std::string_view(items[b].output), b);
  });
  const auto same = [&](std::size_t a, std::size_t b) {
    return items[a].output == items[b].output;
  };
  const auto twice = std::adjacent_find(order.begin(), order.end(), same);
  if (twice == order.end()) return {};
  return usage(fmt::format("{} and {} would both be written to {}", items[twice[0]].input,
                           items[twice[1]].input, items[twice[0]].output),
               "keep their folders: --out-template '{folder}/{stem}.npy'");
}

using FileId = std::pair<dev_t, ino_t>;

}  // namespace

Result<void> check_template(const std::string& name_template) {
  std::string rest = name_template;
  bool tells_apart = false;
  for (const std::string_view word : kWords) {
    for (std::size_t at = rest.find(word); at != std::string::npos; at = rest.find(word)) {
      rest.replace(at, word.size(), "x");
      tells_apart = tells_apart || word != kFolderWord;
    }
  }
  if (rest.find_first_of("{}") != std::string::npos) {
    return usage(
        fmt::format("--out-template {} has a word that is none of {{stem}}, {{name}}, "
                    "{{folder}}",
                    name_template));
  }
  if (!tells_apart) {
    return usage(fmt::format("--out-template {} would name all outputs alike", name_template),
                 "it needs {stem} or {name}");
  }
  if (rest.starts_with('/') || rest.ends_with('/') || leaves_folder(rest)) {
    return usage(fmt::format("--out-template {} must be a name below --out-dir", name_template));
  }
  return {};
}

Result<std::vector<Item>> name_outputs(const std::vector<Input>& inputs, const OutputNames& names) {
  const bool own_folders = names.name_template.find(kFolderWord) != std::string::npos;
  std::string root = names.folder;
  if (!root.ends_with('/')) root += '/';
  std::vector<Item> items;
  items.reserve(inputs.size());
  for (const Input& input : inputs) {
    const Parts parts = parts_of(input.path);
    std::string name = filled(names.name_template, parts);
    if (!own_folders) {
      const std::string file = io::file_of(input.path);
      const std::size_t slash = file.rfind('/');
      if (slash != std::string::npos && slash >= input.below) {
        name = file.substr(input.below, slash + 1 - input.below) + name;
      }
    } else if (parts.folder.empty()) {
      name = without_outer_slashes(name);  // "{folder}/{stem}" of an input that has none
    }
    if (leaves_folder(name)) {
      return usage(fmt::format("the output of {} would be {}, outside of {}", input.path, name,
                               names.folder),
                   "name inputs without .. for --out-template with {folder}");
    }
    items.push_back({.input = input.path,
                     .output = std::filesystem::path(root + name).lexically_normal().string(),
                     .identity = input.identity});
  }
  if (auto distinct = check_distinct(items); !distinct) return distinct.error();
  return items;
}

Result<std::vector<OutputState>> look_at_outputs(const std::vector<Item>& items,
                                                 const std::vector<Input>& inputs,
                                                 std::span<const std::string> others) {
  std::vector<FileId> taken;
  taken.reserve(inputs.size() + others.size());
  for (const Input& input : inputs) taken.emplace_back(input.device, input.inode);
  struct stat status {};
  for (const std::string& other : others) {
    if (stat(io::file_of(other).c_str(), &status) != 0) continue;
    taken.emplace_back(status.st_dev, status.st_ino);
  }
  std::sort(taken.begin(), taken.end());
  std::vector<OutputState> states(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (stat(io::file_of(items[i].output).c_str(), &status) != 0) continue;
    if (std::binary_search(taken.begin(), taken.end(), FileId(status.st_dev, status.st_ino))) {
      return usage(fmt::format("the output of {} would be {}, which is also an input",
                               items[i].input, items[i].output),
                   "an input is never overwritten: another --out-dir or --out-template");
    }
    if (S_ISDIR(status.st_mode)) {
      return support::system_error(ErrorCode::Output, items[i].output, "cannot be written", EISDIR);
    }
    states[i] = {.exists = true, .identity = identity_of(status)};
  }
  return states;
}

Result<std::vector<std::string>> make_output_folders(const std::vector<Item>& items,
                                                     const std::string& root) {
  std::vector<std::string> folders = {root};
  for (const Item& item : items) {
    const std::size_t slash = item.output.rfind('/');
    const std::string_view folder = std::string_view(item.output).substr(0, slash);
    if (slash == std::string::npos) continue;  // the working directory
    if (folders.back() != folder) folders.emplace_back(folder);
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  for (const std::string& folder : folders) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return support::system_error(ErrorCode::Output, folder, "cannot be made", error.value());
    }
    const support::Placement placement;
    if (auto probe = support::PlacedFile::create(folder + "/probe", placement); !probe) {
      probe.error().where = folder;
      return probe.error();
    }
  }
  return folders;
}

}  // namespace tconv::batch
