// SPDX-License-Identifier: Apache-2.0
#include "control/trace/check.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "control/trace/calls.hpp"
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

// Of a program that several ranks share: what does not depend on the rank. `rank` is the first of them.
void check_program(const Graph& graph, std::uint32_t rank) {
  const Program& program = graph.ranks[rank];
  const Binding* binding = graph.ranks.binding(rank);
  const std::size_t groups = binding == nullptr ? graph.groups.size() : binding->groups.size();
  for (std::uint32_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    const std::uint64_t end = std::uint64_t{node.first_dependency} + node.dependency_count;
    if (end > program.dependencies.size())
      throw TraceError(name_of(graph, rank, i) + ": its dependency list is out of range");
    for (const std::uint32_t dependency : program.dependencies_of(node)) {
      if (dependency >= program.nodes.size()) {
        throw TraceError(name_of(graph, rank, i) + ": dependency " + std::to_string(dependency) +
                         " is no node of the rank");
      }
    }
    if (node.duration < units::Duration::zero()) throw TraceError(name_of(graph, rank, i) + ": negative duration");
    if ((node.kind == NodeKind::send || node.kind == NodeKind::receive) && binding != nullptr &&
        node.peer >= binding->peers.size())
      throw TraceError(name_of(graph, rank, i) + ": its peer is none of the rank's");
    if (node.kind != NodeKind::collective) continue;
    if (node.group >= groups)
      throw TraceError(name_of(graph, rank, i) + ": group " + std::to_string(node.group) + " does not exist");
    if (node.repeat == 0) throw TraceError(name_of(graph, rank, i) + ": a collective repeated 0 times");
  }
}

// The ranks of one program have equally many groups and peers, and each of a rank's groups once.
void check_bindings(const Graph& graph, const std::vector<std::uint32_t>& programs) {
  std::vector<std::uint32_t> first;
  for (std::uint32_t rank = 0; rank < programs.size(); ++rank) {
    if (programs[rank] == first.size()) first.push_back(rank);
    const Binding* own = graph.ranks.binding(rank);
    const Binding* of_first = graph.ranks.binding(first[programs[rank]]);
    if (own == nullptr && of_first == nullptr) continue;
    const std::string name = "rank " + std::to_string(rank);
    if (own == nullptr || of_first == nullptr || own->groups.size() != of_first->groups.size() ||
        own->peers.size() != of_first->peers.size())
      throw TraceError(name + ": has other groups and peers than those that share its program");
    std::vector<std::uint32_t> sorted = own->groups;
    std::erase(sorted, no_group);
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
      throw TraceError(name + ": has a group under two numbers");
  }
}

void check_references(const Graph& graph) {
  const std::vector<std::uint32_t> programs = graph.ranks.program_numbers();
  check_bindings(graph, programs);
  std::uint32_t seen = 0;
  for (std::uint32_t rank = 0; rank < programs.size(); ++rank) {
    if (programs[rank] == seen) {
      check_program(graph, rank);
      ++seen;
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

// Every group that a rank names exists and has it as a member. Fast where that holds: it is then named as often as its
// members name it.
void check_membership(const Graph& graph, const Calls& calls) {
  std::uint64_t named = 0, by_members = 0;
  for (std::uint32_t rank = 0; rank < graph.ranks.size(); ++rank) named += calls.groups(rank).size();
  for (std::uint32_t g = 0; g < graph.groups.size(); ++g) {
    for (const std::uint32_t rank : graph.groups[g].ranks)
      by_members += calls.of(rank, graph.ranks.own_number_of(rank, g)).empty() ? 0U : 1U;
  }
  for (std::uint32_t rank = 0; rank < graph.ranks.size() && named != by_members; ++rank) {
    for (const std::uint32_t own : calls.groups(rank)) {
      const std::uint32_t node = calls.of(rank, own).front();
      const std::uint32_t g = graph.ranks.group_of(rank, graph.ranks[rank].nodes[node]);
      if (g >= graph.groups.size()) throw TraceError(name_of(graph, rank, node) + ": its group does not exist");
      const auto& ranks = graph.groups[g].ranks;
      if (std::find(ranks.begin(), ranks.end(), rank) == ranks.end())
        throw TraceError(name_of(graph, rank, node) + ": the rank is no member of group '" + graph.groups[g].name +
                         "'");
    }
  }
}

// One member's calls of a group against those of its first member.
void compare(const Graph& graph, const Group& group, std::span<const std::uint32_t> expected, std::uint32_t rank,
             std::span<const std::uint32_t> calls) {
  const std::uint32_t first = group.ranks.front();
  for (std::size_t n = 0; n < calls.size(); ++n) {
    if (n >= expected.size())
      throw TraceError(name_of(graph, rank, calls[n]) + ": rank " + std::to_string(first) + " of group '" + group.name +
                       "' calls only " + std::to_string(expected.size()) + " collectives; this is one more");
    compare(graph, group, n, {first, expected[n]}, {rank, calls[n]});
  }
  if (calls.size() != expected.size())
    throw TraceError("rank " + std::to_string(rank) + ": calls " + std::to_string(calls.size()) +
                     " collectives of group '" + group.name + "', rank " + std::to_string(first) + " calls " +
                     std::to_string(expected.size()));
}

void check_collectives(const Graph& graph) {
  const Calls calls{graph};
  check_membership(graph, calls);
  for (std::uint32_t g = 0; g < graph.groups.size(); ++g) {
    const Group& group = graph.groups[g];
    const auto of = [&](std::uint32_t rank) { return calls.of(rank, graph.ranks.own_number_of(rank, g)); };
    const std::span<const std::uint32_t> expected = of(group.ranks.front());
    std::size_t members = 0;
    for (const std::uint32_t rank : group.ranks) {
      const std::span<const std::uint32_t> own = of(rank);
      if (own.empty()) continue;
      ++members;
      if (own.data() != expected.data()) compare(graph, group, expected, rank, own);
    }
    if (members != 0 && members != group.ranks.size())
      throw TraceError("group '" + group.name + "': only " + std::to_string(members) + " of its " +
                       std::to_string(group.ranks.size()) + " members call its collectives");
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
