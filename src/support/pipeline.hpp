// A bounded pipeline: many items at once, each going through the same stages one after the other.
//
// A thread for each item in flight: whoever waits for a disk leaves the processor to the others.
// (oneTBB has pipelines too, but loading it would add half a millisecond to every start of the
// program, also of those that need none.)
#pragma once
#include <functional>
#include <vector>

namespace tconv::support {

struct PipelineStage {
  std::function<void(int slot)> work{};  // must not throw
  bool one_at_a_time = false;
};

struct Pipeline {
  int slots = 1;  // items in flight at most, each in a slot of its own, [0, slots)
  // Puts the next item into a slot; false where there is none. Called by one thread at a time, in
  // the order of the items.
  std::function<bool(int slot)> take{};
  std::vector<PipelineStage> stages{};
};

// Returns when every item that was taken is through.
void run_pipeline(const Pipeline& pipeline);

}  // namespace tconv::support
