// SPDX-License-Identifier: Apache-2.0
// The project's own text files as lines, for the rules that are held by reading them.
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <vector>

namespace farlink::project {

struct File {
  std::string path;  // from the root, with forward slashes
  std::vector<std::string> lines;
};

struct Breach {
  std::string file;
  std::size_t line = 0;  // 1-based; 0: the file as a whole
  std::string what;
  auto operator<=>(const Breach&) const = default;
};

// Every text file under root, sorted by path; build trees, outputs, node_modules and hidden folders but .ci are left
// out.
std::vector<File> read_tree(const std::filesystem::path& root);

// Whether `path` starts with the folder `prefix` ("control/json" holds "control/json/json.hpp", not
// "control/json_x/a.hpp").
bool is_within(std::string_view path, std::string_view prefix);

// One line per breach: "control/a.cpp:3: what".
std::string to_text(const std::vector<Breach>& breaches);

}  // namespace farlink::project
