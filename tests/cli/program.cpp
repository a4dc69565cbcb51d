#include "program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace tconv::tests {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(60);  // a loaded machine with sanitizers is slow

// Both ends are closed in the child, except where it gets a copy.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category());
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// Writing to a program that does not read must not end the tests.
class NoSigpipe {
 public:
  NoSigpipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

// The child starts as a shell would start it: with SIGPIPE ending it unless it says otherwise.
pid_t spawn(const Call& call, const Pipe& input, const Pipe& output, const Pipe& errors) {
  std::vector<std::string> words = words_of(call.line);
  words.insert(words.begin(), TCONV_BINARY);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (!call.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, call.folder.c_str());
  }
  const auto connect = [&](int descriptor, const std::string& file, int pipe_end) {
    if (file.empty()) {
      posix_spawn_file_actions_adddup2(&actions, pipe_end, descriptor);
    } else {
      posix_spawn_file_actions_addopen(&actions, descriptor, file.c_str(), O_RDWR | O_NOCTTY, 0);
    }
  };
  connect(STDIN_FILENO, call.input_file, input.reading());
  connect(STDOUT_FILENO, call.output_file, output.writing());
  connect(STDERR_FILENO, {}, errors.writing());

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  pid_t child = 0;
  const int failure =
      posix_spawn(&child, TCONV_BINARY, &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), TCONV_BINARY);
  return child;
}

// Moves what can be moved; false once there is nothing more to come.
bool read_some(int descriptor, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

bool write_some(int descriptor, std::string_view& text) {
  const ssize_t count = write(descriptor, text.data(), text.size());
  if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  return !text.empty() && (count >= 0 || errno == EINTR || errno == EAGAIN);
}

// Feeds standard input and collects the rest, all at once: none of the pipes may fill up.
// False where that took too long.
bool exchange(const Call& call, Pipe& input, Pipe& output, Pipe& errors, Ending& ending) {
  std::string_view to_write = call.input;
  fcntl(input.writing(), F_SETFL, O_NONBLOCK);
  if (to_write.empty()) input.close_end(1);
  const auto deadline = Clock::now() + kPatience;
  while (input.writing() >= 0 || output.reading() >= 0 || errors.reading() >= 0) {
    std::array<pollfd, 3> waits{pollfd{input.writing(), POLLOUT, 0},
                                pollfd{output.reading(), POLLIN, 0},
                                pollfd{errors.reading(), POLLIN, 0}};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (waits[0].revents != 0 && !write_some(input.writing(), to_write)) input.close_end(1);
    if (waits[1].revents != 0 && !read_some(output.reading(), ending.output)) output.close_end(0);
    if (waits[2].revents != 0 && !read_some(errors.reading(), ending.errors)) errors.close_end(0);
  }
  return true;
}

std::string said(const Ending& ending) {
  std::string text;
  if (ending.timed_out) text += "timed out\n";
  if (ending.signal != 0) text += fmt::format("ended by signal {}\n", ending.signal);
  return text;
}

}  // namespace

Ending run_tconv(const Call& call) {
  const NoSigpipe guard;
  Pipe input, output, errors;
  if (call.reader_gone) output.close_end(0);
  const pid_t child = spawn(call, input, output, errors);
  input.close_end(0);
  output.close_end(1);
  errors.close_end(1);
  Ending ending;
  ending.timed_out = !exchange(call, input, output, errors, ending);
  if (ending.timed_out) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) ending.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  return ending;
}

std::string output_of(const Call& call) {
  const Ending ending = run_tconv(call);
  std::string text = said(ending);
  if (ending.exit_code != 0) text += fmt::format("exit {}\n", ending.exit_code);
  return text + ending.errors + ending.output;
}

std::string refusal_of(const Call& call) {
  const Ending ending = run_tconv(call);
  std::string text = said(ending);
  if (!ending.output.empty()) text += "on stdout: " + ending.output + '\n';
  return text + fmt::format("exit {}: {}", ending.exit_code, ending.errors);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false, inside = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      if (!inside) words.emplace_back();
      inside = true;
    } else if (c == ' ' && !quoted) {
      inside = false;
    } else {
      if (!inside) words.emplace_back();
      inside = true;
      words.back() += c;
    }
  }
  if (quoted) throw std::logic_error("a quote is not closed in: " + std::string(line));
  return words;
}

}  // namespace tconv::tests
