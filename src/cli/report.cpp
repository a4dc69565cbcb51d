#include "cli/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "support/error_name.hpp"
#include "support/file.hpp"

namespace tconv::cli {
namespace {

std::string indented(std::string_view text) {
  std::string result = "  ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

std::string as_text(const Error& error) {
  std::string text = "tconv: error: ";
  if (!error.where.empty()) text += error.where + ": ";
  text += error.what + '\n';
  if (!error.excerpt.empty()) text += indented(error.excerpt) + '\n';
  if (!error.hint.empty()) text += "  hint: " + error.hint + '\n';
  return text;
}

std::string as_json(const Error& error) {
  nlohmann::ordered_json object;
  object["code"] = support::error_name(error.code);
  object["exit"] = static_cast<int>(exit_code_of(error.code));
  if (!error.where.empty()) object["where"] = error.where;
  object["message"] = error.what;
  if (!error.hint.empty()) object["hint"] = error.hint;
  if (!error.excerpt.empty()) object["excerpt"] = error.excerpt;
  using nlohmann::json;
  return nlohmann::ordered_json{{"error", object}}.dump(-1, ' ', false,
                                                        json::error_handler_t::replace) +
         '\n';
}

}  // namespace

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Usage:
    case ErrorCode::Spec:
    case ErrorCode::Unsupported: return ExitCode::Request;
    case ErrorCode::Input:
    case ErrorCode::ShapeMismatch:
    case ErrorCode::DTypeMismatch: return ExitCode::Input;
    case ErrorCode::Output: return ExitCode::Output;
    case ErrorCode::TooLarge: return ExitCode::TooLarge;
  }
  return ExitCode::Request;
}

int report(const Error& error, const Voice& voice) {
  const std::string text = voice.json ? as_json(error) : as_text(error);
  // Where stderr is closed there is nobody left to tell; the exit code still says it.
  static_cast<void>(support::write_all(STDERR_FILENO, text, "stderr"));
  return static_cast<int>(exit_code_of(error.code));
}

void note(std::string_view text, const Voice& voice) {
  if (voice.quiet || voice.json) return;
  static_cast<void>(
      support::write_all(STDERR_FILENO, fmt::format("tconv: note: {}\n", text), "stderr"));
}

void message(std::string_view text) {
  static_cast<void>(support::write_all(STDERR_FILENO, text, "stderr"));
}

int print(std::string_view text, const Voice& voice) {
  if (auto written = support::write_all(STDOUT_FILENO, text, "standard output"); !written) {
    return report(written.error(), voice);
  }
  return static_cast<int>(ExitCode::Done);
}

std::string json_string(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

}  // namespace tconv::cli
