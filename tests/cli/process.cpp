// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace farlink::cli_test {

namespace fs = std::filesystem;

namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writer();
    ::close(ends[0]);
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
};

[[noreturn]] void become_farlink(const fs::path& folder, std::vector<std::string> arguments, int out, int err) {
  std::string program = FARLINK_BINARY;
  std::vector<char*> pointers{program.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0 && ::dup2(nothing, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2 &&
      ::chdir(folder.c_str()) == 0) {
    ::execv(program.c_str(), pointers.data());
  }
  ::_exit(127);
}

// Appends what is there; false at the end of the stream.
bool append(int descriptor, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;
  text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

void read_both(Pipe& out, Pipe& err, Outcome& outcome, const ErrorWatcher& watcher, int process) {
  std::array<pollfd, 2> waiting{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[0].revents != 0 && !append(waiting[0].fd, outcome.out)) waiting[0].fd = -1;
    if (waiting[1].revents != 0) {
      if (!append(waiting[1].fd, outcome.err)) waiting[1].fd = -1;
      if (watcher) watcher(outcome.err, process);
    }
  }
}

}  // namespace

Outcome run_farlink(const fs::path& folder, const std::vector<std::string>& arguments, const ErrorWatcher& watcher) {
  Pipe out;
  Pipe err;
  const pid_t process = ::fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) become_farlink(folder, arguments, out.ends[1], err.ends[1]);
  out.close_writer();
  err.close_writer();
  Outcome outcome;
  read_both(out, err, outcome, watcher, process);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "farlink-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

std::string Folder::read(const std::string& name) const {
  std::ifstream in(path_ / name, std::ios::binary);
  if (!in) throw std::runtime_error("no file " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> Folder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), path_).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path repository_file(const std::string& path) { return fs::absolute(path); }

}  // namespace farlink::cli_test
