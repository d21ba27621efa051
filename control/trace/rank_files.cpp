// SPDX-License-Identifier: Apache-2.0
#include "control/trace/rank_files.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace fs = std::filesystem;
namespace {

using Jobs = std::map<std::string, std::vector<RankFile>>;  // by prefix

Jobs jobs_in(const fs::path& folder, std::string_view suffix) {
  Jobs jobs;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto rank_name = parse_rank_name(name, suffix);
    if (!rank_name || name.starts_with('.')) continue;
    jobs[rank_name->prefix].push_back({entry->path(), rank_name->rank});
  }
  if (error) throw TraceError(folder.string() + ": the folder cannot be read: " + error.message());
  return jobs;
}

std::vector<RankFile> sorted(std::vector<RankFile> files) {
  std::sort(files.begin(), files.end(), [](const RankFile& a, const RankFile& b) { return a.rank < b.rank; });
  return files;
}

}  // namespace

std::optional<RankName> parse_rank_name(std::string_view name, std::string_view suffix) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view digits = name.substr(dot + 1);
  RankName result{std::string{name.substr(0, dot)}, 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.rank);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return result;
}

std::optional<RankName> parse_any_rank_name(std::string_view name) {
  for (const std::string_view suffix : rank_suffixes)
    if (auto rank_name = parse_rank_name(name, suffix)) return rank_name;
  return std::nullopt;
}

std::vector<RankFile> find_rank_files(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const std::string_view suffix : rank_suffixes) {
      Jobs jobs = jobs_in(path, suffix);
      if (jobs.empty()) continue;
      if (jobs.size() == 1) return sorted(std::move(jobs.begin()->second));
      std::string names;
      for (const auto& [prefix, files] : jobs) names.append(names.empty() ? "" : ", ").append((path / prefix).string());
      throw TraceError(path.string() + ": the folder holds several jobs; name one by its prefix: " + names);
    }
    throw TraceError(path.string() + ": the folder holds no PREFIX.<rank>.et file");
  }
  if (fs::exists(path, error)) {
    const auto name = parse_any_rank_name(path.filename().string());
    return {{path, name ? name->rank : 0}};
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  for (const std::string_view suffix : rank_suffixes) {
    if (!fs::is_directory(folder, error)) break;
    Jobs jobs = jobs_in(folder, suffix);
    const auto job = jobs.find(path.filename().string());
    if (job != jobs.end()) return sorted(std::move(job->second));
  }
  throw TraceError(
      path.string() +
      ": no such trace; give a prefix of PREFIX.<rank>.et files, a folder, one .et file, or a tar archive");
}

}  // namespace farlink::trace
