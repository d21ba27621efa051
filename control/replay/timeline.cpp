// SPDX-License-Identifier: Apache-2.0
#include "control/replay/timeline.hpp"

#include <algorithm>
#include <map>

namespace farlink::replay {
namespace {

std::map<std::uint32_t, std::uint32_t> first_rank_of_lanes(const trace::Graph& graph) {
  std::map<std::uint32_t, std::uint32_t> first;
  for (std::uint32_t rank = 0; rank < graph.lane_of_rank.size(); ++rank)
    first.try_emplace(graph.lane_of_rank[rank], rank);
  return first;
}

}  // namespace

std::vector<std::uint32_t> drawn_ranks(const trace::Graph& graph) {
  std::vector<std::uint32_t> ranks;
  for (const auto& [lane, rank] : first_rank_of_lanes(graph)) {
    if (ranks.size() == most_lanes) break;
    ranks.push_back(rank);
  }
  return ranks;
}

std::string lane_name(const trace::Graph& graph, const scenario::Scenario& scenario, std::uint32_t rank) {
  if (rank >= graph.ranks.size() - graph.servers)
    return "storage (" + scenario.sites[graph.site_of_rank[rank]].name + ")";
  const bool is_stage = std::holds_alternative<scenario::Training>(scenario.workload);
  return (is_stage ? "stage " : "rank ") + std::to_string(graph.lane_of_rank[rank]) + " (" +
         scenario.sites[graph.site_of_rank[rank]].name + ")";
}

report::Lane lane_of(const trace::Graph& graph, const scenario::Scenario& scenario, std::uint32_t rank,
                     const RankRecord& record, units::Instant step_start) {
  report::Lane lane{lane_name(graph, scenario, rank), {}};
  lane.intervals.reserve(record.bars.size());
  for (const Bar& bar : record.bars) {
    const trace::Node& node = graph.ranks[rank].nodes[bar.node];
    lane.intervals.push_back({(bar.span.start - step_start).seconds(), (bar.span.end - step_start).seconds(),
                              node.phase, node.kind != trace::NodeKind::compute, node.microbatch});
  }
  std::stable_sort(lane.intervals.begin(), lane.intervals.end(),
                   [](const auto& a, const auto& b) { return a.start_seconds < b.start_seconds; });
  return lane;
}

std::string note_on_lanes(const trace::Graph& graph) {
  const std::size_t lanes = first_rank_of_lanes(graph).size();
  if (lanes <= most_lanes) return {};
  return "the timeline draws the first " + std::to_string(most_lanes) + " of " + std::to_string(lanes) + " lanes";
}

}  // namespace farlink::replay
