// SPDX-License-Identifier: Apache-2.0
#include "tests/project/source_tree.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

namespace farlink::project {
namespace fs = std::filesystem;
namespace {

bool is_left_out(const fs::path& folder) {
  constexpr std::array names{"build", "farlink-out", "node_modules", "__pycache__"};
  const std::string name = folder.filename().string();
  return (name.starts_with(".") && name != ".ci") || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<File> read_tree(const fs::path& root) {
  std::vector<File> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory()) {
      if (is_left_out(entry->path())) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    std::ifstream in(entry->path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    if (content.find('\0') != std::string::npos) continue;  // a capture or a picture
    File file{.path = fs::relative(entry->path(), root).generic_string(), .lines = {}};
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

bool is_within(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::string to_text(const std::vector<Breach>& breaches) {
  std::ostringstream out;
  for (const Breach& breach : breaches) out << breach.file << ':' << breach.line << ": " << breach.what << '\n';
  return out.str();
}

}  // namespace farlink::project
