#include "io/onnx_wire.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <limits>

namespace tconv::io {
namespace {

using google::protobuf::internal::WireFormatLite;

Error damaged() {
  return {.code = ErrorCode::Input, .what = "damaged: these bytes are no protobuf message"};
}

}  // namespace

Result<void> visit_fields(std::string_view message, const FieldVisitor& visit) {
  // protobuf's own limit of a message, and of its counts.
  if (message.size() > std::numeric_limits<std::int32_t>::max()) return damaged();
  const int size = static_cast<int>(message.size());
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const std::uint8_t*>(message.data()), size);
  while (input.CurrentPosition() < size) {
    const int begin = input.CurrentPosition();
    const std::uint32_t tag = input.ReadTag();
    WireField field{.number = WireFormatLite::GetTagFieldNumber(tag)};
    if (field.number == 0) return damaged();
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_END_GROUP: return damaged();
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        int length = 0;
        if (!input.ReadVarintSizeAsInt(&length)) return damaged();
        const int at = input.CurrentPosition();
        if (length > size - at || !input.Skip(length)) return damaged();
        field.is_bytes = true;
        field.value =
            message.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length));
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&input, tag)) return damaged();
    }
    field.whole = message.substr(static_cast<std::size_t>(begin),
                                 static_cast<std::size_t>(input.CurrentPosition() - begin));
    if (auto visited = visit(field); !visited) return visited;
  }
  return {};
}

}  // namespace tconv::io
