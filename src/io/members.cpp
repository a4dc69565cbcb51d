#include "io/members.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "io/member_name.hpp"
#include "io/npz.hpp"
#include "io/safetensors.hpp"
#include "support/suggest.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kMostListed = 8;
constexpr std::size_t kLongestSuggestion = 200;  // the distance takes the product of two lengths
constexpr std::size_t kMostSuggestions = 10'000;

Error usage(const std::string& file, std::string what, std::string hint) {
  return {
      .code = ErrorCode::Usage, .where = file, .what = std::move(what), .hint = std::move(hint)};
}

std::string listing(std::span<const std::string_view> names) {
  const auto shown = names.first(std::min(names.size(), kMostListed));
  return fmt::format("it has {}{}", fmt::join(shown, ", "),
                     shown.size() < names.size() ? ", ..." : "");
}

std::string suggestion(std::string_view word, std::span<const std::string_view> names) {
  if (word.size() > kLongestSuggestion) return {};
  std::vector<std::string_view> known;
  for (const std::string_view name : names.first(std::min(names.size(), kMostSuggestions))) {
    if (name.size() <= kLongestSuggestion) known.push_back(name);
  }
  return support::did_you_mean(word, known);
}

}  // namespace

Result<std::size_t> find_member(std::span<const std::string_view> names, std::string_view member,
                                const std::string& file) {
  if (names.empty()) {
    return Error{.code = ErrorCode::Input, .where = file, .what = "there is no tensor in it"};
  }
  if (member.empty() && names.size() == 1) return std::size_t{0};
  if (member.empty()) {
    return usage(
        file,
        fmt::format("there are {} tensors in it, say which: {}:{}", names.size(), file, names[0]),
        listing(names));
  }
  const auto count = std::count(names.begin(), names.end(), member);
  if (count > 1) {
    return Error{.code = ErrorCode::Input,
                 .where = file,
                 .what = fmt::format("{} tensors in it are called \"{}\"", count, member)};
  }
  if (count == 0) {
    return usage(
        file, fmt::format("no tensor in it is called \"{}\"{}", member, suggestion(member, names)),
        listing(names));
  }
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), member) - names.begin());
}

Result<Members> list_members(const std::string& path) {
  using List = Result<std::vector<Member>> (*)(const support::MappedFile&, const std::string&);
  struct Row {
    std::string_view extension{}, format{};
    List list = nullptr;
  };
  constexpr Row kRows[] = {{kNpzExtension, "npz", &npz_members},
                           {kSafetensorsExtension, "safetensors", &safetensors_members}};
  for (const Row& row : kRows) {
    const auto name = parse_member_name(path, row.extension);
    if (!name || !name->member.empty()) continue;
    const auto file = support::map_file(name->file);
    if (!file) return file.error();
    auto members = row.list(*file, name->file);
    if (!members) return members.error();
    return Members{.format = row.format, .members = std::move(*members)};
  }
  return Members{};
}

}  // namespace tconv::io
