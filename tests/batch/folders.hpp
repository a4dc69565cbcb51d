// Folders of tensors for batches, and what a batch has made of them.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>

#include "io/makers.hpp"
#include "io/write.hpp"
#include "support/temporary_folder.hpp"

namespace tconv::tests {

// An .npy file of numbers that the seed decides; `shape` as in "1,3,8,8".
inline std::string random_npy(const std::string& shape, int seed, DType dtype = DType::Float32) {
  const auto made = io::make_tensor(fmt::format("random:{}:{}", shape, seed));
  REQUIRE(made);
  REQUIRE(*made);
  const auto tensor = io::converted(**made, dtype);
  REQUIRE(tensor);
  const auto count = io::element_count(tensor->shape, dtype);
  return io::npy_header(tensor->dtype, tensor->shape) +
         std::string(reinterpret_cast<const char*>(tensor->data.get()),
                     std::size_t(*count * size_bytes(dtype)));
}

// Relative path to bytes of every file below a folder, hidden ones included.
inline std::map<std::string, std::string> files_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder).string()] = file_bytes(entry.path().string());
  }
  return files;
}

// The results, without journals.
inline std::map<std::string, std::string> results_below(const std::filesystem::path& folder) {
  auto files = files_below(folder);
  std::erase_if(files, [](const auto& file) { return file.first.ends_with(".jsonl"); });
  return files;
}

}  // namespace tconv::tests
