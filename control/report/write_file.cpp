// SPDX-License-Identifier: Apache-2.0
#include "control/report/write_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace farlink::report {

namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
  throw std::filesystem::filesystem_error(what, path, std::error_code(error, std::generic_category()));
}

// A file under a name of its own that disappears unless it is renamed.
class TemporaryFile {
 public:
  // The mode is that of any file this user makes, which mkstemp would not give.
  explicit TemporaryFile(const std::filesystem::path& target) : target_{target} {
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
      name_ = target.string() + '.' + std::to_string(::getpid()) + '-' + std::to_string(attempt) + ".tmp";
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      const bool is_taken = descriptor_ < 0 && errno == EEXIST && attempt < most_attempts;
      if (descriptor_ < 0 && !is_taken) fail("cannot write beside", target_, errno);
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write", target_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void become_target() {
    if (::fsync(descriptor_) != 0) fail("cannot write to disk", target_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot close", target_, errno);
    if (::rename(name_.c_str(), target_.c_str()) != 0) fail("cannot rename to", target_, errno);
    name_.clear();
  }

 private:
  static constexpr int most_attempts = 100;  // names left behind by crashed processes of the same id
  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
};

// Makes the rename itself durable. Some file systems refuse fsync on a folder; the file is whole all the same.
void sync_folder(const std::filesystem::path& path) noexcept {
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view text) {
  TemporaryFile file{path};
  file.write(text);
  file.become_target();
  sync_folder(path);
}

}  // namespace farlink::report
