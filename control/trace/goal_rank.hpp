// SPDX-License-Identifier: Apache-2.0
// One rank's block of a GOAL schedule while it is read: its operations, their labels, and what waits for what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

class GoalRank {
 public:
  // Throws TraceError for a label that the rank has already.
  void add(const Node& node, std::string_view label);
  // `after` starts when `before` has ended.
  void require(std::string_view after, std::string_view before);
  // `after` starts when `before` has started.
  void require_start(std::string_view after, std::string_view before);

  // Everything in an order that can be executed. Throws TraceError for a cycle, and for more waits than `most_edges`:
  // starts that follow starts multiply them.
  Program finish(std::uint64_t most_edges);

 private:
  std::uint32_t find(std::string_view label) const;

  Program rank_;
  std::unordered_map<std::string, std::uint32_t> labels_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;   // waits, is waited for
  std::vector<std::pair<std::uint32_t, std::uint32_t>> starts_;  // the same, for the start alone
};

}  // namespace farlink::trace
