// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/lock_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {

LockFile::LockFile(std::filesystem::path file, const std::string& taken) : file_{std::move(file)} {
  descriptor_ = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw UsageError(file_.string() + ": cannot be made: " + std::generic_category().message(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  close(descriptor_);
  throw UsageError(taken);
}

// Removed while it is held: who has it open already then holds a file without a name, and who comes later makes
// another; both can only be behind us.
LockFile::~LockFile() {
  unlink(file_.c_str());
  close(descriptor_);
}

}  // namespace farlink::cli
