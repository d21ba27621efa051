// SPDX-License-Identifier: Apache-2.0
#include "control/live/machine_files.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

namespace farlink::live {

namespace fs = std::filesystem;

fs::path MachineFiles::at(std::string_view path) const { return root_ / fs::path{path}.relative_path(); }

bool MachineFiles::exists(std::string_view path) const {
  std::error_code ignored;
  return fs::exists(at(path), ignored);
}

std::string MachineFiles::text(std::string_view path) const {
  std::ifstream in{at(path), std::ios::binary};
  std::string all{std::istreambuf_iterator<char>{in}, {}};
  all.erase(all.find_last_not_of(" \t\r\n") + 1);
  return all;
}

std::vector<std::string> MachineFiles::lines(std::string_view path) const {
  std::ifstream in{at(path), std::ios::binary};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> MachineFiles::names_in(std::string_view folder) const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry{at(folder), error}, end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string MachineFiles::link_name(std::string_view path) const {
  std::error_code error;
  const fs::path target = fs::read_symlink(at(path), error);
  return error ? "" : target.filename().string();
}

std::optional<std::uint64_t> MachineFiles::number_in(std::string_view path, std::string_view key) const {
  for (const std::string& line : lines(path)) {
    if (!line.starts_with(key) || line.size() == key.size() || line[key.size()] != ':') continue;
    const std::size_t begin = line.find_first_of("0123456789", key.size());
    if (begin == std::string::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), value);
    return error == std::errc{} ? std::optional{value} : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace farlink::live
