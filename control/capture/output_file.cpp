// SPDX-License-Identifier: Apache-2.0
#include "control/capture/output_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "control/capture/error.hpp"

namespace farlink::capture {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr int most_attempts = 100;  // names left behind by crashed processes of the same id

// Something that a rename would destroy instead of filling it: a pipe, a terminal, /dev/null.
bool is_special_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_{std::move(path)} {
  buffer_.reserve(buffer_bytes);
  if (path_ == "-") {
    descriptor_ = STDOUT_FILENO;
    owns_descriptor_ = false;
  } else if (is_special_file(path_)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("cannot be opened for writing", errno);
  } else {
    open_beside_target();
  }
}

OutputFile::~OutputFile() {
  if (owns_descriptor_ && descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

// The mode is that of any file this user makes, which mkstemp would not give.
void OutputFile::open_beside_target() {
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    const std::string name = path_ + '.' + std::to_string(::getpid()) + '-' + std::to_string(attempt) + ".tmp";
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      temporary_ = name;
    } else if (errno != EEXIST || attempt == most_attempts) {
      fail("cannot be written (is the folder there, and may you write to it?)", errno);
    }
  }
}

void OutputFile::fail(const char* what, int error) const {
  throw CaptureError("capture file " + path_ + ": " + what + ": " + std::generic_category().message(error));
}

void OutputFile::write(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > buffer_bytes) flush();
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void OutputFile::flush() {
  std::span<const std::byte> rest{buffer_};
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot be written", errno);
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void OutputFile::close() {
  if (descriptor_ < 0) return;
  flush();
  if (!owns_descriptor_) {
    descriptor_ = -1;
    return;
  }
  if (!temporary_.empty() && ::fsync(descriptor_) != 0) fail("cannot be brought to the disk", errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot be closed", errno);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be given its name", errno);
  temporary_.clear();
}

}  // namespace farlink::capture
