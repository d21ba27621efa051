// SPDX-License-Identifier: Apache-2.0
#include "control/trace/job_files.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "control/trace/archive.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace fs = std::filesystem;
namespace {

bool is_hidden(std::string_view name) { return name.substr(name.rfind('/') + 1).starts_with('.'); }

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file(error) && !is_hidden(entry->path().filename().string())) files.push_back(entry->path());
  if (error) throw TraceError("the folder cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

// None of no digits, and of too many.
std::optional<std::uint32_t> number_of(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

void visit_files(const fs::path& path, const std::function<void(ByteSource& content, const std::string& name)>& visit) {
  const auto visit_one = [&](ByteSource& content, const std::string& name) {
    try {
      visit(content, name);
    } catch (const TraceError& error) {
      throw TraceError(name + ": " + error.what());
    }
  };
  try {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      for (const fs::path& file : files_of(path)) {
        FileSource content{file};
        visit_one(content, file.filename().string());
      }
    } else if (is_archive(path)) {
      Archive archive{path};
      while (const auto name = archive.next())
        if (!is_hidden(*name)) visit_one(archive.content(), *name);
    } else {
      FileSource content{path};
      visit(content, path.filename().string());
    }
  } catch (const TraceError& error) {
    throw TraceError(path.string() + ": " + error.what());
  }
}

std::optional<std::uint32_t> rank_in_name(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (!name.ends_with(".json")) return std::nullopt;
  name.remove_suffix(5);
  for (const std::string_view word : {"rank", "worker"}) {
    const std::size_t found = name.rfind(word);
    if (found == std::string_view::npos) continue;
    std::string_view behind = name.substr(found + word.size());
    if (!behind.empty() && (behind[0] == '-' || behind[0] == '_' || behind[0] == '.')) behind.remove_prefix(1);
    if (const auto rank = number_of(behind.substr(0, behind.find_first_not_of("0123456789")))) return rank;
  }
  const std::size_t last = name.find_last_not_of("0123456789");
  // "et_1.1.0.json" ends with a version.
  if (last != std::string_view::npos && last > 0 && name[last] == '.' && name[last - 1] >= '0' && name[last - 1] <= '9')
    return std::nullopt;
  return number_of(name.substr(last == std::string_view::npos ? 0 : last + 1));
}

}  // namespace farlink::trace
