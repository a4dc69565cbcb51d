// What tconv port says: verdicts and hints as comments above the code, or one JSON object.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "batch/port_chain.hpp"

namespace tconv::cli {

struct PortReport {
  std::string target{};
  frameworks::Verdict verdict = frameworks::Verdict::Exact;  // the worst of the layers
  std::vector<frameworks::PortedLayer> layers{};
  std::vector<batch::PortedTensors> tensors{};
  std::string code{};  // empty where a layer is impossible
  std::vector<std::string> outputs{};
  std::optional<batch::Verification> verification{};  // the worst of the layers
};

std::string port_text(const PortReport& report);  // Python
std::string port_json(const PortReport& report);  // one line

}  // namespace tconv::cli
