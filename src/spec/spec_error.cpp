#include "spec/spec_error.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "support/caret.hpp"

namespace tconv::spec {

Error spec_error(std::string_view source, std::size_t offset, std::string what) {
  return {.code = ErrorCode::Spec,
          .what = std::move(what),
          .excerpt = support::caret_excerpt(source, offset)};
}

std::string in_quotes(std::string_view text) {
  // An excerpt's first line is just that: one line, cut, safe to show.
  const std::string excerpt = support::caret_excerpt(text, 0);
  const bool more = text.find('\n') != std::string_view::npos;
  return '"' + excerpt.substr(0, excerpt.find('\n')) + (more ? "...\"" : "\"");
}

}  // namespace tconv::spec
