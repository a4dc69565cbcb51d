// Comma-separated lines under a line of column names, with errors that say line and column.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/result.hpp"

namespace tconv::cli {

// A file as fields, blank lines left out. There is no quoting: a field has no comma in it.
class CsvTable {
 public:
  // Fails with Input where the file cannot be read, a line has more or fewer fields than there are
  // columns, or one of `required` is not a column.
  static Result<CsvTable> read(const std::string& path,
                               const std::vector<std::string_view>& required);

  std::size_t size() const { return rows_.size(); }

  // The field of a required column.
  const std::string& field(std::size_t row, std::string_view column) const;

  // "layers.csv:3: stride ..." as an Input error.
  Error error(std::size_t row, std::string_view column, const std::string& what) const;
  Error error(std::size_t row, Error error) const;

 private:
  struct Row {
    std::size_t line = 0;  // counted from 1
    std::vector<std::string> fields{};
  };
  std::string path_{};
  std::vector<std::string> columns_{};
  std::vector<Row> rows_{};
};

}  // namespace tconv::cli
