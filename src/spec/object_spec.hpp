// Layers that are written as objects: JSON, or a Python dict.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "spec/spec.hpp"

namespace tconv::spec {

struct ObjectContext {
  std::string_view text{};       // the whole text, which offsets of values point into
  std::filesystem::path base{};  // where relative paths of tensors start
  std::string framework{};       // of the layers that do not say their own
};

// Reads
//   {"framework": "pytorch", "layer": "nn.Conv2d", "kernel_size": 3, "weights": "w.npy"}
//   {"spec": "nn.Conv2d(1, 1, 3)", "weights": "w.npy", "bias": [0]}
//   {"layers": [an object or the text of a SPEC, ...]}
//   {"class_name": "Conv2D", "config": {...}}    as Keras writes it (keras_object.hpp)
// or a list of these. May return no entry (a Keras model of input layers). Fails with Spec, and
// Unsupported for models that are no chain of layers.
Result<std::vector<Entry>> entries_of(const Value& value, const ObjectContext& context);

// The member called `key`, or null.
const Value* member(const Value& object, std::string_view key);

// Members become arguments. Fails with Spec for an integer beyond 64 bits.
Result<Argument> make_argument(const std::string& name, const Value& value,
                               const ObjectContext& context);

// Reads the members "weights" and "bias" of `object` into the entry, so far as they are tensors.
// A "bias" of true, false or a number is an argument instead, and added as such.
Result<void> read_tensor_members(const Value& object, const ObjectContext& context, Entry& entry);

// An error about a value: `"layer" must be a string, found 3`.
Error wrong_kind(std::string_view key, std::string_view wanted, const Value& found,
                 const ObjectContext& context);

}  // namespace tconv::spec
