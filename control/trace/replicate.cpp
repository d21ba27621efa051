// SPDX-License-Identifier: Apache-2.0
#include "control/trace/replicate.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

// The first nodes of each kind are named: what follows them would be refused for the same reason.
void check_sharing(const Graph& graph, const Program& program, std::uint32_t owner, std::uint32_t missing) {
  const auto refuse = [&](const Node& node, const std::string& why) {
    throw TraceError("rank " + std::to_string(missing) + " was not recorded and cannot do what rank " +
                     std::to_string(owner) + " does (node id " + std::to_string(node.record) + "): " + why +
                     "; give the files of all ranks");
  };
  std::vector<bool> is_known(graph.groups.size(), false);
  for (const Node& node : program.nodes) {
    if (node.kind == NodeKind::send || node.kind == NodeKind::receive)
      refuse(node, "whom that rank sends to or receives from is not known");
    if (node.kind != NodeKind::collective || is_known[node.group]) continue;
    is_known[node.group] = true;
    const Group& group = graph.groups[node.group];
    if (std::find(group.ranks.begin(), group.ranks.end(), missing) == group.ranks.end())
      refuse(node, "group '" + group.name + "' does not have it, and which group it has in its place is not known");
  }
}

}  // namespace

void replicate(Graph& graph, std::span<const std::uint32_t> recorded, std::uint32_t total) {
  if (recorded.empty() || recorded.back() >= total)
    throw TraceError("a job of " + std::to_string(total) + " ranks has no rank " +
                     std::to_string(recorded.empty() ? 0 : recorded.back()));
  Ranks ranks;
  ranks.reserve(total);
  for (std::uint32_t rank = 0; rank < total; ++rank) {
    const auto found = std::lower_bound(recorded.begin(), recorded.end(), rank);
    const bool is_recorded = found != recorded.end() && *found == rank;
    const std::size_t place = is_recorded ? static_cast<std::size_t>(found - recorded.begin()) : rank % recorded.size();
    if (!is_recorded) check_sharing(graph, graph.ranks[place], recorded[place], rank);
    ranks.share(graph.ranks, place);
  }
  graph.ranks = std::move(ranks);
  graph.site_of_rank.assign(total, 0);
  graph.lane_of_rank.resize(total);
  for (std::uint32_t rank = 0; rank < total; ++rank) graph.lane_of_rank[rank] = rank;
  const std::size_t missing = total - recorded.size();
  if (missing == 0) return;
  std::string names;
  constexpr std::size_t named = 4;
  for (std::size_t i = 0; i < std::min(named, recorded.size()); ++i)
    names += (names.empty() ? "" : ", ") + std::to_string(recorded[i]);
  if (recorded.size() > named) names += ", ...";
  graph.notes.push_back(
      "replicated: " + std::to_string(missing) + " of " + std::to_string(total) +
      " ranks were not recorded; each is taken to compute and communicate as a recorded one does (rank " + names +
      (recorded.size() > 1 ? ", in turn)" : ")"));
}

}  // namespace farlink::trace
