// Lines of a journal, to text and back.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <nlohmann/json.hpp>

#include "batch/journal.hpp"

namespace tconv::batch {
namespace {

using nlohmann::json;

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array kStatuses{ItemStatus::Done, ItemStatus::Failed, ItemStatus::Skipped};

Error malformed(std::string what) {
  return Error{.code = ErrorCode::Input, .what = std::move(what)};
}

// RFC 4648, with padding.
std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? kBase64[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t count = 4;
    while (count > 2 && i + 4 == text.size() && text[i + count - 1] == '=') --count;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t digit = k < count ? kBase64.find(text[i + k]) : 0;
      if (digit == std::string_view::npos) return std::nullopt;
      group = group << 6U | static_cast<std::uint32_t>(digit);
    }
    for (std::size_t k = 0; k + 1 < count; ++k) {
      bytes += static_cast<char>(group >> (16 - 8 * k) & 255U);
    }
  }
  return bytes;
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
  }
  return true;
}

std::string json_text(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Names are plain nearly always, and there is one line per file.
void append_string(std::string& line, std::string_view key, std::string_view text) {
  fmt::format_to(std::back_inserter(line), R"("{}": )", key);
  if (is_plain(text)) {
    fmt::format_to(std::back_inserter(line), R"("{}")", text);
  } else {
    line += json_text(text);
  }
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

void append_path(std::string& line, const char* key, std::string_view path) {
  append_string(line, key, path);
  if (is_plain(path) || is_utf8(path)) return;
  fmt::format_to(std::back_inserter(line), R"(, "{}_bytes": "{}")", key, to_base64(path));
}

// An object of the journal, whose members must be there and of the right kind.
class Line {
 public:
  explicit Line(std::string_view text) : object_(json::parse(text, nullptr, false)) {}

  bool is_object() const { return object_.is_object(); }
  bool has(const char* key) const { return object_.contains(key); }

  std::string string(const char* key) {
    const auto at = object_.find(key);
    if (at == object_.end() || !at->is_string()) return fail(key, "a string"), std::string();
    return at->get<std::string>();
  }
  std::int64_t integer(const char* key) {
    const auto at = object_.find(key);
    if (at == object_.end() || !at->is_number_integer()) return fail(key, "an integer"), 0;
    return at->get<std::int64_t>();
  }
  double number(const char* key) {
    const auto at = object_.find(key);
    if (at == object_.end() || !at->is_number()) return fail(key, "a number"), 0;
    return at->get<double>();
  }
  Shape shape(const char* key) {
    Shape shape;
    const auto at = object_.find(key);
    if (at == object_.end() || !at->is_array()) return fail(key, "an array"), shape;
    for (const json& extent : *at) {
      if (!extent.is_number_integer()) return fail(key, "an array of integers"), shape;
      shape.push_back(extent.get<std::int64_t>());
    }
    return shape;
  }
  std::string path(const char* key) {
    const std::string whole = std::string(key) + "_bytes";
    if (!has(whole.c_str())) return string(key);
    auto bytes = from_base64(string(whole.c_str()));
    if (!bytes) fail(whole.c_str(), "base64");
    return bytes.value_or(std::string());
  }
  Line member(const char* key) {
    const auto at = object_.find(key);
    if (at == object_.end() || !at->is_object()) fail(key, "an object");
    return Line(at == object_.end() ? json() : *at);
  }
  void fail(std::string_view key, std::string_view kind) {
    if (!error_) error_ = malformed(fmt::format("\"{}\" is not {}", key, kind));
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  explicit Line(json object) : object_(std::move(object)) {}

  json object_;
  std::optional<Error> error_{};
};

}  // namespace

std::string_view name(ItemStatus status) {
  switch (status) {
    case ItemStatus::Done: return "done";
    case ItemStatus::Failed: return "failed";
    case ItemStatus::Skipped: break;
  }
  return "skipped";
}

void append_line(std::string& text, const JournalHeader& header) {
  fmt::format_to(std::back_inserter(text),
                 R"({{"journal": 1, "tconv": {}, "job": {}, "items": {}, "shard": {}}})"
                 "\n",
                 json_text(header.tconv), json_text(header.job), header.items,
                 json_text(header.shard));
}

void append_line(std::string& text, const JournalEntry& entry) {
  text += '{';
  append_path(text, "input", entry.input);
  fmt::format_to(std::back_inserter(text), R"(, "size": {}, "mtime_ns": {})", entry.size,
                 entry.mtime_ns);
  if (!entry.hash.empty()) {
    text += ", ";
    append_string(text, "hash", entry.hash);
  }
  text += ", ";
  append_path(text, "output", entry.output);
  fmt::format_to(std::back_inserter(text),
                 R"(, "shape": [{}], "dtype": "{}", "status": "{}", "seconds": {:.6f})",
                 fmt::join(entry.shape, ", "), entry.dtype, name(entry.status), entry.seconds);
  if (entry.error) {
    text += R"(, "error": {)";
    append_string(text, "code", entry.error->code);
    text += ", ";
    append_string(text, "message", entry.error->message);
    text += '}';
  }
  text += "}\n";
}

Result<JournalHeader> parse_journal_header(std::string_view text) {
  Line line(text);
  if (!line.is_object() || !line.has("journal")) {
    return malformed("no journal of tconv batch: its first line is no header");
  }
  if (const std::int64_t format = line.integer("journal"); !line.error() && format != 1) {
    return malformed(fmt::format("a journal of format {}, this program knows 1", format));
  }
  JournalHeader header{.tconv = line.string("tconv"),
                       .job = line.string("job"),
                       .items = line.integer("items"),
                       .shard = line.string("shard")};
  if (line.error()) return *line.error();
  return header;
}

Result<JournalEntry> parse_journal_entry(std::string_view text) {
  Line line(text);
  if (!line.is_object()) return malformed("no JSON object");
  JournalEntry entry{.input = line.path("input"),
                     .size = line.integer("size"),
                     .mtime_ns = line.integer("mtime_ns"),
                     .hash = line.has("hash") ? line.string("hash") : std::string(),
                     .output = line.path("output"),
                     .shape = line.shape("shape"),
                     .dtype = line.string("dtype"),
                     .seconds = line.number("seconds")};
  const std::string status = line.string("status");
  const auto known = std::find_if(kStatuses.begin(), kStatuses.end(),
                                  [&](ItemStatus each) { return name(each) == status; });
  if (known == kStatuses.end()) {
    line.fail("status", "done, failed or skipped");
  } else {
    entry.status = *known;
  }
  if (line.has("error")) {
    Line error = line.member("error");
    entry.error = JournalError{.code = error.string("code"), .message = error.string("message")};
    if (!line.error() && error.error()) return *error.error();
  }
  if (line.error()) return *line.error();
  return entry;
}

}  // namespace tconv::batch
