#include "support/error_name.hpp"

namespace tconv::support {

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::Usage: return "usage";
    case ErrorCode::Spec: return "spec";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::Input: return "input";
    case ErrorCode::ShapeMismatch: return "shape_mismatch";
    case ErrorCode::DTypeMismatch: return "dtype_mismatch";
    case ErrorCode::Output: return "output";
    case ErrorCode::TooLarge: return "too_large";
  }
  return "";
}

}  // namespace tconv::support
