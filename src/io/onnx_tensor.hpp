// Data of an ONNX tensor: in the message, or in a file beside the model.
#pragma once
#include <string>

#include "io/onnx_messages.hpp"
#include "io/onnx_model.hpp"
#include "support/file.hpp"

namespace tconv::io {

// What is said of a name that no stored tensor has. Usage.
Error no_onnx_tensor(const OnnxModel& model, std::string_view name);

// The bytes that external_data points to, mapped. `needed_bytes` is what dims and type come to. The
// location must lie in or below `folder`. Fails with Input.
Result<support::MappedFile> map_external(const TensorMessage& tensor, const std::string& folder,
                                         std::int64_t needed_bytes);

}  // namespace tconv::io
