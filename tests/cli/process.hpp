// SPDX-License-Identifier: Apache-2.0
// Runs the built farlink as a user does, in a folder of its own, and keeps what it said.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace farlink::cli_test {

struct Outcome {
  int status = -1;  // exit status; 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

// Called whenever standard error has grown, with all of it so far and the process id.
using ErrorWatcher = std::function<void(const std::string& err, int process)>;

// Runs `farlink arguments...` with `folder` as working directory.
Outcome run_farlink(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                    const ErrorWatcher& watcher = {});

// An empty folder that goes with the object.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  const std::filesystem::path& path() const noexcept { return path_; }
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  std::vector<std::string> files() const;  // every file below, sorted

 private:
  std::filesystem::path path_;
};

// A file of the repository by its path from the root.
std::filesystem::path repository_file(const std::string& path);

}  // namespace farlink::cli_test
