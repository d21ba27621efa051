// SPDX-License-Identifier: Apache-2.0
#include "control/trace/goal_schedule.hpp"

#include <string>
#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {

void GoalSchedule::charge(std::uint64_t bytes) {
  if (bytes > memory_left_) throw TraceError("the graph is larger than its limit of memory; split the schedule");
  memory_left_ -= bytes;
}

void GoalSchedule::use_cpu(Node& node, std::uint64_t cpu) const {
  if (node.kind != NodeKind::compute) return;
  if (cpu > 1)
    throw TraceError("calc on cpu " + std::to_string(cpu) + ": a rank has two, its GPU (cpu 0) and its host (cpu 1)");
  node.on_host = cpu == 1;
}

Graph GoalSchedule::finish() {
  graph_.site_of_rank.assign(graph_.ranks.size(), 0);
  for (std::uint32_t rank = 0; rank < graph_.ranks.size(); ++rank) graph_.lane_of_rank.push_back(rank);
  graph_.notes.emplace_back("The schedule's times are taken for nanoseconds.");
  if (has_nics_) graph_.notes.emplace_back("The schedule names several NICs of a rank; each rank has one here.");
  return std::move(graph_);
}

}  // namespace farlink::trace
