// SPDX-License-Identifier: Apache-2.0
#include "tests/project/file_rules.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>

namespace farlink::project {
namespace {

bool ends_with_one_of(std::string_view path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return path.ends_with(ending); });
}

bool is_code(const File& file) {
  if (ends_with_one_of(
          file.path, {".cpp", ".hpp", ".h", ".cc", ".cmake", "CMakeLists.txt", ".py", ".sh", ".ts", ".js", ".proto"})) {
    return true;
  }
  return !file.lines.empty() && file.lines.front().starts_with("#!");
}

bool is_yaml(const File& file) { return ends_with_one_of(file.path, {".yaml", ".yml"}); }

}  // namespace

std::vector<Breach> licence_breaches(const std::vector<File>& files) {
  std::vector<Breach> breaches;
  for (const File& file : files) {
    if (!is_code(file) && !is_yaml(file)) continue;
    const std::size_t line = !file.lines.empty() && file.lines.front().starts_with("#!") ? 1 : 0;
    static const std::regex licence(R"(^(//|#|/\*) SPDX-License-Identifier: Apache-2\.0( \*/)?$)");
    if (file.lines.size() <= line || !std::regex_match(file.lines[line], licence)) {
      breaches.push_back({file.path, line + 1, "must be the SPDX-License-Identifier: Apache-2.0 comment"});
    }
  }
  return breaches;
}

std::vector<Breach> length_breaches(const std::vector<File>& files) {
  std::vector<Breach> breaches;
  for (const File& file : files) {
    if (is_code(file) && file.lines.size() > longest_file) {
      breaches.push_back({file.path, file.lines.size(), "is longer than " + std::to_string(longest_file) + " lines"});
    }
  }
  return breaches;
}

std::vector<Breach> machine_breaches(const std::vector<File>& files) {
  // Written in two halves, so that this file keeps its own rule.
  static const std::array<std::string, 12> forbidden{std::string("registry.npm") + "js.org",
                                                     std::string("registry.yarn") + "pkg.com",
                                                     std::string("pypi") + ".org",
                                                     std::string("pythonhosted") + ".org",
                                                     std::string("deb.debian") + ".org",
                                                     std::string("proxy.golang") + ".org",
                                                     std::string("crates") + ".io",
                                                     std::string("/ho") + "me/",
                                                     std::string("/ro") + "ot/",
                                                     std::string("/wo") + "rk/",
                                                     std::string("/Us") + "ers/",
                                                     std::string("C:") + "\\"};
  std::vector<Breach> breaches;
  for (const File& file : files) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& text : forbidden) {
        const std::size_t at = file.lines[i].find(text);
        if (at == std::string::npos) continue;
        // A path is absolute when nothing stands before it: "tests/usr/a" is not.
        const bool is_path = text.front() == '/';
        const char before = at == 0 ? ' ' : file.lines[i][at - 1];
        if (is_path && (std::isalnum(static_cast<unsigned char>(before)) != 0 || before == '.' || before == '_' ||
                        before == '}')) {
          continue;
        }
        breaches.push_back({file.path, i + 1, "names a machine or a registry: " + text});
      }
    }
  }
  return breaches;
}

std::vector<Breach> link_breaches(const std::vector<File>& files) {
  static const std::regex link(R"(\]\(([^)#\s]+)(#[^)]*)?\))");
  std::set<std::string> known;
  for (const File& file : files) {
    for (std::filesystem::path path = file.path; !path.empty(); path = path.parent_path())
      known.insert(path.generic_string());
  }
  std::vector<Breach> breaches;
  for (const File& file : files) {
    if (!file.path.ends_with(".md")) continue;
    bool is_block = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (line.starts_with("```")) is_block = !is_block;
      if (is_block) continue;
      for (std::sregex_iterator match(line.begin(), line.end(), link), end; match != end; ++match) {
        const std::string target = (*match)[1];
        if (target.find("://") != std::string::npos) continue;
        std::string path =
            (std::filesystem::path(file.path).parent_path() / target).lexically_normal().generic_string();
        if (path.ends_with('/')) path.pop_back();
        if (!known.contains(path)) breaches.push_back({file.path, i + 1, "links to nothing: " + target});
      }
    }
  }
  return breaches;
}

}  // namespace farlink::project
