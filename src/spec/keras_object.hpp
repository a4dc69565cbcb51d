// Keras layers and models as serialize_keras_object(), and so to_json(), writes them.
#pragma once
#include <vector>

#include "spec/object_spec.hpp"
#include "spec/spec.hpp"

namespace tconv::spec {

// Reads {"class_name": ..., "config": {...}, ...}: a layer, or a Sequential model of Keras 2 or 3,
// whose InputLayers are dropped. Beside what Keras writes, "weights" and "bias" may stand in it.
// Fails with Spec, and Unsupported for Functional models.
Result<std::vector<Entry>> entries_of_keras(const Value& object, const ObjectContext& context);

Error functional_model_error();

}  // namespace tconv::spec
