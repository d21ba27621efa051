// SPDX-License-Identifier: Apache-2.0
// A file that one process at a time holds, for as long as the object lives or the process does.
#pragma once

#include <filesystem>
#include <string>

namespace farlink::cli {

class LockFile {
 public:
  // Throws UsageError: with `taken` when another process holds it, with the reason when the file cannot be made.
  LockFile(std::filesystem::path file, const std::string& taken);
  ~LockFile();  // removes it
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace farlink::cli
