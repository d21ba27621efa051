// SPDX-License-Identifier: Apache-2.0
#include "control/trace/goal_rank.hpp"

#include <algorithm>

#include "control/trace/error.hpp"
#include "control/trace/node_order.hpp"

namespace farlink::trace {

void GoalRank::add(const Node& node, std::string_view label) {
  const auto number = static_cast<std::uint32_t>(rank_.nodes.size());
  if (!label.empty() && !labels_.emplace(label, number).second)
    throw TraceError("the rank has a label '" + std::string{label} + "' already");
  rank_.nodes.push_back(node);
}

std::uint32_t GoalRank::find(std::string_view label) const {
  const auto found = labels_.find(std::string{label});
  if (found == labels_.end())
    throw TraceError("'" + std::string{label} + "' is no label of this rank; labels come before what names them");
  return found->second;
}

void GoalRank::require(std::string_view after, std::string_view before) {
  edges_.emplace_back(find(after), find(before));
}

// A message starts when what it waits for has ended, so what waits for its start waits for the same. A computation may
// have to wait for its processor as well, and when that is free is not known here.
void GoalRank::require_start(std::string_view after, std::string_view before) {
  const std::uint32_t started = find(before);
  if (rank_.nodes[started].kind == NodeKind::compute)
    throw TraceError(
        "irequires on a calc: when it starts depends on its processor; use requires, or the operations "
        "that it requires");
  starts_.emplace_back(find(after), started);
}

Program GoalRank::finish(std::uint64_t most_edges) {
  std::vector<std::vector<std::uint32_t>> waits(rank_.nodes.size());
  for (const auto& [after, before] : edges_) waits[after].push_back(before);
  std::uint64_t count = edges_.size();
  for (const auto& [after, started] : starts_) {
    count += waits[started].size();
    if (count > most_edges) throw TraceError("irequires of operations that require many others: too many to keep");
    const std::vector<std::uint32_t> same = waits[started];
    waits[after].insert(waits[after].end(), same.begin(), same.end());
  }
  std::vector<std::uint64_t> ids;
  ids.reserve(count);
  for (std::uint32_t i = 0; i < rank_.nodes.size(); ++i) {
    std::sort(waits[i].begin(), waits[i].end());
    waits[i].erase(std::unique(waits[i].begin(), waits[i].end()), waits[i].end());
    rank_.nodes[i].first_dependency = static_cast<std::uint32_t>(ids.size());
    rank_.nodes[i].dependency_count = static_cast<std::uint32_t>(waits[i].size());
    for (const std::uint32_t before : waits[i]) ids.push_back(rank_.nodes[before].record);
  }
  order_nodes(rank_, ids);
  return std::move(rank_);
}

}  // namespace farlink::trace
