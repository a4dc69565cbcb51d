// ONNX's own ways to write a node, which are not Python:
//   Y = ConvTranspose <strides = [3, 2], group: int = 1> (X, W, B)     the textual syntax
//   %Y = Conv[auto_pad = 'NOTSET', strides = [2, 2]](%X, %W)           as helper.printable_graph
// Source: onnx docs/Syntax.md; onnx/helper.py (printable_node).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tconv::spec {

// The node as a call of the same length, each attribute where it stood, so that places in it are
// places in the text. nullopt where the text is no such node.
std::optional<std::string> call_of_onnx_text(std::string_view text);

}  // namespace tconv::spec
