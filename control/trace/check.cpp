// SPDX-License-Identifier: Apache-2.0
#include "control/trace/check.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/progress.hpp"
#include "control/trace/summary.hpp"

namespace farlink::trace {
namespace {

void check_groups(const Graph& graph) {
  for (const Group& group : graph.groups) {
    std::vector<std::uint32_t> sorted = group.ranks;
    std::sort(sorted.begin(), sorted.end());
    const std::string name = "group '" + group.name + "'";
    if (sorted.empty()) throw TraceError(name + " has no ranks");
    if (sorted.back() >= graph.ranks.size()) {
      throw TraceError(name + " has rank " + std::to_string(sorted.back()) + ", but the job has only " +
                       std::to_string(graph.ranks.size()) + " ranks");
    }
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) throw TraceError(name + " has a rank twice");
  }
}

void check_references(const Graph& graph) {
  for (std::uint32_t r = 0; r < graph.ranks.size(); ++r) {
    const Rank& rank = graph.ranks[r];
    for (std::uint32_t i = 0; i < rank.nodes.size(); ++i) {
      const Node& node = rank.nodes[i];
      const std::uint64_t end = std::uint64_t{node.first_dependency} + node.dependency_count;
      if (end > rank.dependencies.size())
        throw TraceError(name_of(graph, r, i) + ": its dependency list is out of range");
      for (const std::uint32_t dependency : rank.dependencies_of(node)) {
        if (dependency >= rank.nodes.size()) {
          throw TraceError(name_of(graph, r, i) + ": dependency " + std::to_string(dependency) +
                           " is no node of the rank");
        }
      }
      if (node.duration < units::Duration::zero()) throw TraceError(name_of(graph, r, i) + ": negative duration");
      if (node.kind != NodeKind::collective) continue;
      if (node.group >= graph.groups.size()) {
        throw TraceError(name_of(graph, r, i) + ": group " + std::to_string(node.group) + " does not exist");
      }
      if (node.repeat == 0) throw TraceError(name_of(graph, r, i) + ": a collective repeated 0 times");
    }
  }
}

struct Call {
  std::uint32_t rank, node;
};

std::string text_of(const Node& node) {
  std::string text = std::string{name_of(node.collective)} + " of " + std::to_string(node.bytes.count()) + " bytes";
  if (node.repeat > 1) text += " x " + std::to_string(node.repeat);
  return text;
}

void compare(const Graph& graph, const Group& group, std::size_t position, Call a, Call b) {
  const Node& first = graph.ranks[a.rank].nodes[a.node];
  const Node& other = graph.ranks[b.rank].nodes[b.node];
  if (first.collective == other.collective && first.bytes == other.bytes && first.repeat == other.repeat) return;
  throw TraceError(name_of(graph, b.rank, b.node) + ": collective " + std::to_string(position) + " of group '" +
                   group.name + "' is " + text_of(other) + ", but " + text_of(first) + " at " +
                   name_of(graph, a.rank, a.node) +
                   ": members must call the same collectives with the same sizes in the same order");
}

// Per group, the collectives its first member calls.
std::vector<std::vector<std::uint32_t>> calls_of_first_members(const Graph& graph) {
  std::vector<std::vector<std::uint32_t>> calls(graph.groups.size());
  for (std::uint32_t r = 0; r < graph.ranks.size(); ++r) {
    const auto& nodes = graph.ranks[r].nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      const bool is_call = nodes[i].kind == NodeKind::collective;
      if (is_call && graph.groups[nodes[i].group].ranks.front() == r) calls[nodes[i].group].push_back(i);
    }
  }
  return calls;
}

// Every member's calls against the calls of the group's first member.
void check_collectives(const Graph& graph) {
  const auto calls = calls_of_first_members(graph);
  std::vector<std::uint32_t> members(graph.groups.size(), 0);
  std::vector<std::uint32_t> position(graph.groups.size(), 0);
  for (std::uint32_t r = 0; r < graph.ranks.size(); ++r) {
    const auto& nodes = graph.ranks[r].nodes;
    std::vector<std::uint32_t> used;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].kind != NodeKind::collective) continue;
      const std::uint32_t g = nodes[i].group;
      const Group& group = graph.groups[g];
      const std::uint32_t n = position[g]++;
      if (n == 0) {
        used.push_back(g);
        ++members[g];
        if (std::find(group.ranks.begin(), group.ranks.end(), r) == group.ranks.end()) {
          throw TraceError(name_of(graph, r, i) + ": the rank is no member of group '" + group.name + "'");
        }
      }
      if (n >= calls[g].size()) {
        throw TraceError(name_of(graph, r, i) + ": rank " + std::to_string(group.ranks.front()) + " of group '" +
                         group.name + "' calls only " + std::to_string(calls[g].size()) +
                         " collectives; this is one more");
      }
      compare(graph, group, n, {group.ranks.front(), calls[g][n]}, {r, i});
    }
    for (const std::uint32_t g : used) {
      if (position[g] != calls[g].size()) {
        throw TraceError("rank " + std::to_string(r) + ": calls " + std::to_string(position[g]) +
                         " collectives of group '" + graph.groups[g].name + "', rank " +
                         std::to_string(graph.groups[g].ranks.front()) + " calls " + std::to_string(calls[g].size()));
      }
      position[g] = 0;
    }
  }
  for (std::uint32_t g = 0; g < graph.groups.size(); ++g) {
    if (members[g] != 0 && members[g] != graph.groups[g].ranks.size()) {
      throw TraceError("group '" + graph.groups[g].name + "': only " + std::to_string(members[g]) + " of its " +
                       std::to_string(graph.groups[g].ranks.size()) + " members call its collectives");
    }
  }
}

}  // namespace

std::string name_of(const Graph& graph, std::uint32_t rank, std::uint32_t node) {
  const bool is_generated = graph.source.starts_with("generated");
  const std::uint64_t record = is_generated ? node : graph.ranks[rank].nodes[node].record;
  return "rank " + std::to_string(rank) + (is_generated ? ", node " : ", node id ") + std::to_string(record);
}

void check(const Graph& graph) {
  const std::string where = graph.source.empty() ? "" : graph.source + ": ";
  try {
    if (graph.site_of_rank.size() != graph.ranks.size() || graph.lane_of_rank.size() != graph.ranks.size()) {
      throw TraceError("not every rank has a site and a lane");
    }
    check_groups(graph);
    check_references(graph);
    check_collectives(graph);
    check_progress(graph);
  } catch (const TraceError& error) {
    throw TraceError(where + error.what());
  }
}

}  // namespace farlink::trace
