// SPDX-License-Identifier: Apache-2.0
#include "control/server/unix_listener.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace farlink::server {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw std::runtime_error("control socket " + path.string() + ": " + what);
}
[[noreturn]] void refuse_system(const fs::path& path, int error) { refuse(path, std::strerror(error)); }

class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_{value} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_;
};

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path) {
    refuse(path, "a socket's path has at most " + std::to_string(sizeof address.sun_path - 1) +
                     " letters; choose a shorter one with --socket");
  }
  std::memcpy(static_cast<char*>(address.sun_path), text.c_str(), text.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

void make_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return;
  if (errno != ENOENT || folder == folder.parent_path()) refuse_system(folder, errno);
  make_folder(folder.parent_path());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) refuse_system(folder, errno);
}

// Removes a socket that nobody serves. A server whose queue of connections is full is one that serves.
void remove_stale(const fs::path& path, const sockaddr_un& address) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    refuse_system(path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) refuse(path, "is something else than a socket; choose another path with --socket");
  const Descriptor probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (probe.get() < 0) refuse_system(path, errno);
  if (connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    refuse(path, "another farlink serves it; stop that one, or choose another path with --socket");
  if (errno != ECONNREFUSED && errno != ENOENT) refuse_system(path, errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) refuse_system(path, errno);
}

}  // namespace

UnixListener::UnixListener(const fs::path& path) : path_{fs::absolute(path)} {
  constexpr int waiting_connections = 16;
  const sockaddr_un address = address_of(path_);
  make_folder(path_.parent_path());
  // Two that start at once take turns, so that neither removes what the other has just made.
  const Descriptor folder{open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.get() < 0 || flock(folder.get(), LOCK_EX) != 0) refuse_system(path_.parent_path(), errno);
  remove_stale(path_, address);
  Descriptor socket_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (socket_.get() < 0) refuse_system(path_, errno);
  // Linux gives the file the mode that the socket has, so at no moment may anybody else connect.
  if (fchmod(socket_.get(), 0600) != 0) refuse_system(path_, errno);
  if (bind(socket_.get(), generic(address), sizeof address) != 0) refuse_system(path_, errno);
  struct stat status = {};
  if (lstat(path_.c_str(), &status) != 0 || listen(socket_.get(), waiting_connections) != 0) {
    const int error = errno;
    unlink(path_.c_str());
    refuse_system(path_, error);
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  descriptor_ = socket_.release();
}

UnixListener::~UnixListener() {
  struct stat status = {};
  if (lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) unlink(path_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

int UnixListener::release() noexcept { return std::exchange(descriptor_, -1); }

}  // namespace farlink::server
