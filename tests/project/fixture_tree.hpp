// SPDX-License-Identifier: Apache-2.0
// A small tree of files as values, in place of a checkout: the rules must find each breach in it.
#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/project/source_tree.hpp"

namespace farlink::project {

inline std::vector<File> fixture_tree(const std::vector<std::pair<std::string, std::string>>& contents) {
  std::vector<File> files;
  for (const auto& [path, content] : contents) {
    File file{.path = path, .lines = {}};
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace farlink::project
