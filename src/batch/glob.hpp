// Globs that the shell has left to us: `*`, `?` and `[...]` within a name, `**` for any folders.
#pragma once
#include <string>
#include <vector>

#include "tconv/result.hpp"

namespace tconv::batch {

bool is_glob(const std::string& text);

// The part of a glob before its first name with a wildcard, with its slash: "data/" of
// "data/*/x.npy"; empty where that is the working directory.
std::string glob_root(const std::string& pattern);

// The files it matches, in no particular order. Hidden names are matched only by a pattern that
// begins with a dot, and links to folders are not followed by `**`. Fails with Input where a folder
// cannot be read.
Result<std::vector<std::string>> expand_glob(const std::string& pattern);

}  // namespace tconv::batch
