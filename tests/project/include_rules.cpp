// SPDX-License-Identifier: Apache-2.0
#include "tests/project/include_rules.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>

namespace farlink::project {
namespace {

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;  // besides itself
};

// Top to bottom as drawn in docs/architecture.md. The middle of control may include each other; the cycle check keeps
// order.
const std::vector<Layer>& layers() {
  static const std::vector<std::string_view> middle{
      "control/scenario", "control/trace", "control/collective", "control/replay",  "control/report",
      "control/fabric",   "control/json",  "control/yaml",       "control/goodput", "dataplane/units"};
  // Of a trace a fabric knows the graph alone, for which rank is at which site.
  static const std::vector<std::string_view> implementation{
      "control/fabric", "control/headroom", "control/scenario", "control/trace/graph.hpp", "control/json", "dataplane"};
  static const std::vector<Layer> table{
      {"tools", {"control", "dataplane"}},
      {"control/server", {"control", "dataplane"}},
      {"control/capture", {"control/scenario", "dataplane/link", "dataplane/units"}},
      {"control/live",
       {"control/scenario", "control/json", "control/report", "control/capture", "control/fabric",
        "control/fabric_packets", "dataplane"}},
      {"control/agent", {"control", "dataplane"}},
      {"control/sweep", {"control", "dataplane"}},
      {"control/scenario", middle},
      {"control/trace", middle},
      {"control/collective", middle},
      {"control/replay", middle},
      {"control/report", middle},
      {"control/fabric", {"dataplane/units"}},
      {"control/goodput", {"control/scenario", "control/report", "dataplane/link", "dataplane/units"}},
      {"control/headroom",
       {"control/scenario", "control/json", "control/report", "dataplane/link", "dataplane/wire", "dataplane/units"}},
      {"control/json", {}},
      {"control/yaml", {}},
      {"control/fabric_packets", implementation},
      {"control/fabric_flows",
       {"control/fabric", "control/fabric_packets", "control/scenario", "control/trace/graph.hpp", "dataplane"}},
      {"control/fabric_live",
       {"control/fabric", "control/fabric_packets", "control/scenario", "control/trace/graph.hpp", "dataplane"}},
      {"control/verbs", implementation},
      {"dataplane/virtual_time",
       {"dataplane/endpoint", "dataplane/rnic", "dataplane/link", "dataplane/wire", "dataplane/units"}},
      {"dataplane/dpdk",
       {"dataplane/endpoint", "dataplane/rnic", "dataplane/link", "dataplane/wire", "dataplane/units"}},
      {"dataplane/endpoint", {"dataplane/rnic", "dataplane/link", "dataplane/wire", "dataplane/units"}},
      {"dataplane/rnic", {"dataplane/wire", "dataplane/units"}},
      {"dataplane/link", {"dataplane/wire", "dataplane/units"}},
      {"dataplane/wire", {"dataplane/units"}},
      {"dataplane/units", {}},
      {"tests", {"tools", "control", "dataplane"}},
  };
  return table;
}

struct Library {
  std::string_view prefix;
  std::vector<std::string_view> folders;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> table{
      {"rte_", {"dataplane/dpdk"}},
      {"infiniband/", {"control/verbs"}},
      {"rdma/", {"control/verbs"}},
      {"boost/asio", {"control/server", "control/agent"}},
      {"boost/beast", {"control/server", "control/agent"}},
      {"openssl/", {"control/server", "control/agent"}},
      {"google/protobuf", {"control/trace"}},
      {"zlib.h", {"control/trace"}},
      {"archive", {"control/trace"}},
      {"pcap", {"control/capture"}},
      {"sqlite3.h", {"control/sweep"}},
      {"yaml-cpp/", {"control/yaml"}},
      {"boost/json", {"control/json"}},
      {"CLI/", {"tools"}},
      {"spdlog/", {"tools", "control/server", "control/agent"}},
  };
  return table;
}

constexpr std::array standard_library_only{"dataplane/units", "dataplane/wire", "dataplane/link", "dataplane/rnic"};
constexpr std::array operating_system{"sys/",   "arpa/",     "net/",    "netinet/", "linux/",  "unistd.h", "fcntl.h",
                                      "poll.h", "pthread.h", "sched.h", "signal.h", "spawn.h", "time.h",   "dirent.h"};

const Layer* layer_of(std::string_view path) {
  for (const Layer& layer : layers()) {
    if (is_within(path, layer.folder)) return &layer;
  }
  return nullptr;
}

bool is_allowed(const Layer& layer, std::string_view target) {
  return is_within(target, layer.folder) || std::any_of(layer.may_include.begin(), layer.may_include.end(),
                                                        [&](auto folder) { return is_within(target, folder); });
}

// What is wrong with `#include <name>` in a file of this layer.
std::optional<std::string> foreign_breach(const Layer& layer, std::string_view name) {
  if (layer.folder == "tests") return std::nullopt;
  if (name.find_first_of("./") == std::string_view::npos) return std::nullopt;  // <vector>
  if (std::find(standard_library_only.begin(), standard_library_only.end(), layer.folder) !=
      standard_library_only.end()) {
    return "uses the standard library only, not <" + std::string(name) + ">";
  }
  for (const Library& library : libraries()) {
    if (!name.starts_with(library.prefix)) continue;
    for (std::string_view folder : library.folders) {
      if (is_within(layer.folder, folder)) return std::nullopt;
    }
    return "<" + std::string(name) + "> belongs to " + std::string(library.folders.front());
  }
  for (std::string_view prefix : operating_system) {
    if (name.starts_with(prefix)) return std::nullopt;
  }
  return "<" + std::string(name) + "> is of a library that no folder has been given";
}

using Graph = std::map<std::string, std::set<std::string>>;

// The folders of one cycle, or nothing.
std::vector<std::string> find_cycle(const Graph& graph) {
  std::set<std::string> done;
  std::vector<std::string> path;
  std::vector<std::string> cycle;
  const std::function<bool(const std::string&)> visit = [&](const std::string& folder) {
    const auto on_path = std::find(path.begin(), path.end(), folder);
    if (on_path != path.end()) {
      cycle.assign(on_path, path.end());
      return true;
    }
    if (done.contains(folder)) return false;
    path.push_back(folder);
    if (const auto found = graph.find(folder); found != graph.end()) {
      for (const std::string& next : found->second) {
        if (visit(next)) return true;
      }
    }
    path.pop_back();
    done.insert(folder);
    return false;
  };
  for (const auto& [folder, _] : graph) {
    if (visit(folder)) break;
  }
  return cycle;
}

bool is_cpp(std::string_view path) { return path.ends_with(".hpp") || path.ends_with(".cpp"); }

std::optional<std::string> own_breach(const Layer& layer, const std::string& name,
                                      const std::set<std::string>& headers) {
  if (name.ends_with(".pb.h")) {  // made by protoc in the build tree
    if (layer.folder == "control/trace" || layer.folder == "tests") return std::nullopt;
    return "\"" + name + "\": protobuf belongs to control/trace";
  }
  if (!headers.contains(name)) return "\"" + name + "\" is no file from the repository root";
  if (!is_allowed(layer, name)) return std::string(layer.folder) + " may not include \"" + name + "\"";
  return std::nullopt;
}

}  // namespace

std::vector<Breach> include_breaches(const std::vector<File>& files) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::set<std::string> headers;
  for (const File& file : files) headers.insert(file.path);
  std::vector<Breach> breaches;
  Graph graph;
  for (const File& file : files) {
    if (!is_cpp(file.path)) continue;
    const Layer* layer = layer_of(file.path);
    if (layer == nullptr) {
      breaches.push_back({file.path, 0, "is in a folder that the table of layers does not have"});
      continue;
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(file.lines[i], match, include)) continue;
      const std::string name = match[2];
      const auto what = match[1] == "<" ? foreign_breach(*layer, name) : own_breach(*layer, name, headers);
      if (what) breaches.push_back({file.path, i + 1, *what});
      const Layer* target = match[1] == "<" ? nullptr : layer_of(name);
      if (target != nullptr && target != layer) graph[std::string(layer->folder)].insert(std::string(target->folder));
    }
  }
  if (const auto cycle = find_cycle(graph); !cycle.empty()) {
    std::string what = "folders include each other in a circle:";
    for (const std::string& folder : cycle) what += " " + folder + " ->";
    breaches.push_back({cycle.front(), 0, what + " " + cycle.front()});
  }
  std::sort(breaches.begin(), breaches.end());
  return breaches;
}

}  // namespace farlink::project
