// What tconv diff says, for people and for programs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "diff/diagnose.hpp"
#include "diff/locate.hpp"

namespace tconv::cli {

struct DiffReport {
  const io::Tensor& a;
  const io::Tensor& b;
  io::Tolerance tolerance{};
  io::Comparison comparison{};
  std::vector<diff::Pattern> patterns{};
  std::optional<diff::Diagnosis> diagnosis{};
  std::string heatmap{};  // the file it was written to; empty: none
};

std::string diff_text(const DiffReport& report);
std::string diff_json(const DiffReport& report);  // one object and a newline

}  // namespace tconv::cli
