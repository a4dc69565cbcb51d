// The layers that a text names, containers opened.
#pragma once
#include <string_view>
#include <vector>

#include "spec/node.hpp"
#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

// The layers in the order written: of Sequential(...) and its like in any nesting, of printed
// modules with children, of OrderedDict pairs, of model.add(...) lines. Whether a layer is a
// convolution is not asked. A single layer has all of `source` as its source; one of several has
// its own call only, so that the sum of them stays as small as the text. Fails with Spec.
Result<std::vector<Layer>> layers_of(const std::vector<Item>& statements, std::string_view source);

}  // namespace tconv::spec
