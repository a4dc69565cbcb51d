// Which items of a batch are still to be computed.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "batch/journal.hpp"
#include "batch/outputs.hpp"
#include "io/write.hpp"

namespace tconv::batch {

// What happens to an output that is there before the work. Refuse stops before any work; Older
// computes again what is older than its input.
enum class Overwrite { Refuse, Never, Older, Always };

enum class Fate : std::uint8_t {
  Compute,
  Skip,  // its output is there and is not to be overwritten
  Done,  // an earlier run has done it
};

struct SelectRequest {
  std::span<const Item> items{};
  std::span<const OutputState> outputs{};  // of each item
  Overwrite overwrite = Overwrite::Refuse;
  std::span<const JournalEntry> done_before{};  // of the same job
  bool hash = false;  // an input that was only touched, its bytes being the same, is still the same
  io::Format format = io::Format::Npy;
};

// An earlier run has done an item where it journaled so for the same input, as it is now, and the
// output is there in full. Fails with Usage where outputs are there and overwrite says Refuse.
Result<std::vector<Fate>> select_items(const SelectRequest& request);

}  // namespace tconv::batch
