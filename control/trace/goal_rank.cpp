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

// A message starts when what it waits for has ended, so what waits for its start waits for the same. A computation may
// have to wait for its processor as well, and when that is free is not known here.
void GoalRank::require_start(std::uint32_t after, std::uint32_t before) {
  if (rank_.nodes[before].kind == NodeKind::compute)
    throw TraceError(
        "irequires on a calc: when it starts depends on its processor; use requires, or the operations "
        "that it requires");
  starts_.emplace_back(after, before);
}

// Starts may follow starts that are said behind them: an operation hands on what it waits for when that is complete.
void GoalRank::add_starts(Waits& waits, std::uint64_t most_edges) const {
  Waits followers(waits.size());
  std::vector<std::uint32_t> incomplete(waits.size(), 0), complete;
  for (const auto& [after, started] : starts_) {
    followers[started].push_back(after);
    ++incomplete[after];
  }
  for (const auto& edge : starts_)
    if (incomplete[edge.second] == 0 && !followers[edge.second].empty()) complete.push_back(edge.second);
  std::sort(complete.begin(), complete.end());
  complete.erase(std::unique(complete.begin(), complete.end()), complete.end());
  std::uint64_t count = edges_.size(), handed_on = 0;
  while (!complete.empty()) {
    const std::uint32_t started = complete.back();
    complete.pop_back();
    std::vector<std::uint32_t>& same = waits[started];
    std::sort(same.begin(), same.end());
    same.erase(std::unique(same.begin(), same.end()), same.end());
    for (const std::uint32_t after : followers[started]) {
      count += same.size();
      if (count > most_edges) throw TraceError("irequires of operations that require many others: too many to keep");
      waits[after].insert(waits[after].end(), same.begin(), same.end());
      ++handed_on;
      if (--incomplete[after] == 0 && !followers[after].empty()) complete.push_back(after);
    }
  }
  if (handed_on < starts_.size()) throw TraceError("irequires form a cycle: none of its operations can start");
}

Program GoalRank::finish(std::uint64_t most_edges) {
  Waits waits(rank_.nodes.size());
  for (const auto& [after, before] : edges_) waits[after].push_back(before);
  if (!starts_.empty()) add_starts(waits, most_edges);
  std::vector<std::uint64_t> ids;
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
