// Tensors inside a file of several: which one is meant, and what the file has.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

// One of them as the file describes it, none of its elements read.
struct Member {
  std::string name{};
  std::string dtype{};      // "float32"; the file's own word where tconv has no such elements
  Shape shape{};            // empty where `problem` says so
  std::uint64_t bytes = 0;  // of its elements
  std::string problem{};    // why it cannot be read; mostly empty
};

// What an archive called `path` holds, in the file's order. An argument that names another kind of
// file, or a member, has none and gives an empty format.
struct Members {
  std::string_view format{};  // "npz", "safetensors"
  std::vector<Member> members{};
};
Result<Members> list_members(const std::string& path);

// The place of `member` among `names`; an empty one means the only one. Fails with Usage where
// there is none of this name, and Input where there are several; `file` is how the user called it.
Result<std::size_t> find_member(std::span<const std::string_view> names, std::string_view member,
                                const std::string& file);

}  // namespace tconv::io
