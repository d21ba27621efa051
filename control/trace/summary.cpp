// SPDX-License-Identifier: Apache-2.0
#include "control/trace/summary.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace farlink::trace {
namespace {

using units::Duration;

void count_send(Summary& summary, const Graph& graph, std::uint32_t rank, const Node& node) {
  const std::uint32_t peer = graph.ranks.peer_of(rank, node);
  ++summary.sent_messages;
  summary.sent_bytes += node.bytes;
  const auto& site = graph.site_of_rank;
  if (peer < site.size() && site[peer] != site[rank]) summary.crossing_bytes += node.bytes;
}

// "tensor, data 3, stage 5" -> "tensor, data *, stage"; nothing of a name that does not end with a number, or is one.
std::string without_numbers(const std::string& name) {
  constexpr const char* digits = "0123456789";
  const std::size_t end = name.find_last_not_of(digits);
  std::string stem;
  if (end == std::string::npos || end + 1 == name.size()) return stem;
  for (std::size_t i = 0; i <= end; ++i) {
    if (name.find_first_of(digits, i) != i) {
      stem += name[i];
    } else if (!stem.ends_with('*')) {
      stem += '*';
    }
  }
  return stem;
}

// A job of thousands of ranks has thousands of groups, and few of them differ.
std::vector<CollectiveTotal> merge_alike(std::vector<CollectiveTotal> totals) {
  std::vector<CollectiveTotal> merged;
  std::map<std::tuple<std::string, Collective, std::uint32_t, std::uint64_t, std::uint64_t>, std::size_t> places;
  for (CollectiveTotal& total : totals) {
    std::string stem = without_numbers(total.group);
    while (stem.ends_with(' ')) stem.pop_back();
    if (!stem.empty()) {
      const auto [place, is_new] = places.try_emplace(
          {stem, total.collective, total.group_size, total.count, total.bytes.count()}, merged.size());
      if (!is_new) {
        ++merged[place->second].groups;
        merged[place->second].group = stem;
        continue;
      }
    }
    merged.push_back(std::move(total));
  }
  return merged;
}

}  // namespace

Summary summarize(const Graph& graph) {
  Summary summary;
  summary.ranks = graph.ranks.size();
  std::map<std::pair<std::uint32_t, Collective>, CollectiveTotal> totals;
  double total_seconds = 0;
  for (std::uint32_t rank = 0; rank < graph.ranks.size(); ++rank) {
    Duration compute;
    for (const Node& node : graph.ranks[rank].nodes) {
      ++summary.nodes[static_cast<std::size_t>(node.kind)];
      if (node.kind == NodeKind::compute && !node.on_host) compute += node.duration;
      if (node.kind == NodeKind::send) count_send(summary, graph, rank, node);
      // The first member speaks for its group: check() has seen that all members do the same.
      if (node.kind != NodeKind::collective) continue;
      const std::uint32_t group = graph.ranks.group_of(rank, node);
      if (graph.groups[group].ranks.front() == rank) {
        CollectiveTotal& total = totals[{group, node.collective}];
        total.count += node.repeat;
        total.bytes += node.bytes * node.repeat;
      }
    }
    total_seconds += compute.seconds();
    summary.longest_compute = std::max(summary.longest_compute, compute);
  }
  for (auto& [key, total] : totals) {
    total.collective = key.second;
    total.group = graph.groups[key.first].name;
    total.group_size = static_cast<std::uint32_t>(graph.groups[key.first].ranks.size());
    summary.collectives.push_back(std::move(total));
  }
  summary.collectives = merge_alike(std::move(summary.collectives));
  if (summary.ranks > 0)
    summary.mean_compute = Duration::from_seconds(total_seconds / static_cast<double>(summary.ranks));
  if (summary.longest_compute > Duration::zero())
    summary.compute_share = summary.mean_compute / summary.longest_compute;
  return summary;
}

std::string_view name_of(Collective collective) noexcept {
  switch (collective) {
    case Collective::all_reduce:
      return "all-reduce";
    case Collective::reduce:
      return "reduce";
    case Collective::all_gather:
      return "all-gather";
    case Collective::gather:
      return "gather";
    case Collective::scatter:
      return "scatter";
    case Collective::broadcast:
      return "broadcast";
    case Collective::all_to_all:
      return "all-to-all";
    case Collective::reduce_scatter:
      return "reduce-scatter";
    case Collective::barrier:
      return "barrier";
  }
  return "collective";
}

}  // namespace farlink::trace
