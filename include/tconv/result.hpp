// A value or an error: what every fallible function of tconv returns.
//
// User input never throws out of a room and never asserts. An error says where it was found, which
// rule broke (with both values), and the way out where one is known.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace tconv {

// The kinds of failure. `src/cli` turns them into exit codes; their names are stable.
enum class ErrorCode {
  Usage,          // a flag or an argument of the command line
  Spec,           // the layer's text, or an argument value its framework refuses
  Unsupported,    // well-formed, but not something tconv computes
  Input,          // a tensor that cannot be read
  ShapeMismatch,  // tensors that do not fit the layer or each other
  DTypeMismatch,  // element types that do not fit
  Output,         // a result that cannot be written
  TooLarge,       // refused for its size before work starts
};

struct Error {
  ErrorCode code = ErrorCode::Usage;
  std::string where{};    // "w.npy", "ConvTranspose1d(16, 8, 3) (pytorch)"; empty where obvious
  std::string what{};     // the rule that broke, with both values
  std::string hint{};     // the way out; empty where none is known
  std::string excerpt{};  // the offending text with a caret under it, two lines; mostly empty
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by intent
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by intent

  explicit operator bool() const { return state_.index() == 0; }
  const T& operator*() const& { return std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }
  Error& error() { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success carries nothing: `return {};`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by intent

  explicit operator bool() const { return !error_; }
  const Error& error() const { return *error_; }
  Error& error() { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace tconv
