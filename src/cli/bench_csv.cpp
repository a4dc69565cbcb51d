#include "cli/bench_csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "support/file.hpp"
#include "support/suggest.hpp"

namespace tconv::cli {
namespace {

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Error input_error(std::string where, std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Input,
               .where = std::move(where),
               .what = std::move(what),
               .hint = std::move(hint)};
}

}  // namespace

Result<CsvTable> CsvTable::read(const std::string& path,
                                const std::vector<std::string_view>& required) {
  const auto file = support::map_file(path);
  if (!file) return file.error();
  const std::string_view text(
      file->size_bytes == 0 ? "" : reinterpret_cast<const char*>(file->data.get()),
      file->size_bytes);
  CsvTable table;
  table.path_ = path;
  std::size_t line = 0;
  for (const std::string& content : split(text, '\n')) {
    ++line;
    if (content.empty()) continue;
    std::vector<std::string> fields = split(content, ',');
    if (table.columns_.empty()) {
      table.columns_ = std::move(fields);
      continue;
    }
    if (fields.size() != table.columns_.size()) {
      return input_error(fmt::format("{}:{}", path, line),
                         fmt::format("has {} fields, the first line names {} columns",
                                     fields.size(), table.columns_.size()));
    }
    table.rows_.push_back({.line = line, .fields = std::move(fields)});
  }
  const std::vector<std::string_view> columns(table.columns_.begin(), table.columns_.end());
  for (const std::string_view column : required) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    return input_error(
        path,
        fmt::format("there is no column '{}'{}", column, support::did_you_mean(column, columns)),
        fmt::format("the first line names the columns: {}", fmt::join(required, ",")));
  }
  return table;
}

const std::string& CsvTable::field(std::size_t row, std::string_view column) const {
  const auto at = std::find(columns_.begin(), columns_.end(), column);
  return rows_[row].fields[static_cast<std::size_t>(at - columns_.begin())];
}

Error CsvTable::error(std::size_t row, std::string_view column, const std::string& what) const {
  return input_error(fmt::format("{}:{}", path_, rows_[row].line),
                     fmt::format("{} '{}' {}", column, field(row, column), what));
}

Error CsvTable::error(std::size_t row, Error error) const {
  error.where = fmt::format("{}:{}", path_, rows_[row].line);
  return error;
}

}  // namespace tconv::cli
