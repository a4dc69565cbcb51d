#include "cli/members_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/report.hpp"
#include "io/tensor.hpp"

namespace tconv::cli {
namespace {

std::string member_text(const io::Member& member) {
  if (!member.problem.empty()) return fmt::format("cannot be read: {}", member.problem);
  return fmt::format("shape {} {}, {} bytes", io::shape_text(member.shape), member.dtype,
                     member.bytes);
}

std::string member_json(const io::Member& member) {
  if (!member.problem.empty()) {
    return fmt::format(R"({{"name": {}, "problem": {}}})", json_string(member.name),
                       json_string(member.problem));
  }
  return fmt::format(R"({{"name": {}, "dtype": "{}", "shape": [{}], "bytes": {}}})",
                     json_string(member.name), member.dtype, fmt::join(member.shape, ", "),
                     member.bytes);
}

}  // namespace

std::string members_text(const std::string& file, const io::Members& members) {
  const std::size_t count = members.members.size();
  std::string text =
      fmt::format("{}: {}, {} tensor{}\n", file, members.format, count, count == 1 ? "" : "s");
  for (const io::Member& member : members.members) {
    text += printable(fmt::format("{}:{}: {}", file, member.name, member_text(member))) + '\n';
  }
  return text;
}

std::string members_json(const std::string& file, const io::Members& members) {
  std::vector<std::string> all;
  for (const io::Member& member : members.members) all.push_back(member_json(member));
  return fmt::format(R"({{"name": {}, "kind": "archive", "format": "{}", "members": [{}]}})",
                     json_string(file), members.format, fmt::join(all, ", "));
}

}  // namespace tconv::cli
