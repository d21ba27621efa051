// SPDX-License-Identifier: Apache-2.0
// A GOAL schedule while it is read, whether from text or from txt2bin's binary: what its operations may be, what it may
// occupy, and what reports say of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "control/trace/goal_rank.hpp"
#include "control/trace/graph.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

// Operations of a schedule, with its checks. All throw TraceError with the reason, not the place.
class GoalSchedule {
 public:
  explicit GoalSchedule(units::Bytes memory_limit) : memory_left_{memory_limit.count()} {}

  // Refuses more than the limit of memory.
  void charge(std::uint64_t bytes);
  // What an operation and a requirement occupy until its rank is finished.
  static constexpr std::uint64_t operation_bytes = sizeof(Node) + 96, requirement_bytes = 48;

  // Where the operation runs; a calc has the GPU (cpu 0) and the host (cpu 1).
  void use_cpu(Node& node, std::uint64_t cpu) const;
  void use_nic(std::uint64_t nic) { has_nics_ = has_nics_ || nic > 0; }

  std::uint64_t ranks() const noexcept { return graph_.ranks.size(); }
  void add(GoalRank& rank) { graph_.ranks.push_back(rank.finish(memory_left_ / 16)); }

  // All ranks at site 0, with notes; not checked.
  Graph finish();

 private:
  std::uint64_t memory_left_;
  bool has_nics_ = false;
  Graph graph_;
};

// Why receives of any source or tag are refused, in both forms.
constexpr std::string_view any_source = "a receive from any rank: which send it takes is not in the schedule";
constexpr std::string_view any_tag = "a receive of any tag: which send it takes is not in the schedule";

}  // namespace farlink::trace
