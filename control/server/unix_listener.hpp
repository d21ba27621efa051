// SPDX-License-Identifier: Apache-2.0
// A listening Unix socket under a path that nobody else serves, readable and writable by its owner alone. A socket that
// a dead server left behind is taken over; at the end the path is removed.
#pragma once

#include <filesystem>
#include <sys/types.h>

namespace farlink::server {

class UnixListener {
 public:
  // Makes the folder (0700) when it is missing. Throws std::runtime_error when another server is there, when something
  // else than a socket is, or when the system refuses.
  explicit UnixListener(const std::filesystem::path& path);
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;
  ~UnixListener();

  const std::filesystem::path& path() const noexcept { return path_; }
  int release() noexcept;  // the descriptor; the caller closes it

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  dev_t device_ = 0;  // of our socket file, so that no other is removed
  ino_t inode_ = 0;
};

}  // namespace farlink::server
