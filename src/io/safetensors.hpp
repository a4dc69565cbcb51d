// safetensors files: the length of a JSON header, the header, the elements of all tensors.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "io/members.hpp"
#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::io {

// The tensor of this name over the bytes of `file`; an empty name means the only one. Fails with
// Usage where there is none of the name, DTypeMismatch for element types that are no numbers a
// layer takes, and Input for a file that the safetensors library would refuse, too.
Result<Tensor> read_safetensors(const support::MappedFile& file, const std::string& name,
                                std::string_view member);

// Every tensor in it, in the order of the header. Fails with Input.
Result<std::vector<Member>> safetensors_members(const support::MappedFile& file,
                                                const std::string& name);

}  // namespace tconv::io
