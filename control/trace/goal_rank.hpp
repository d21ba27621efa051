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
  // `after` starts when `before` has ended. Operations by label, or by their number in the order of add().
  void require(std::string_view after, std::string_view before) { require(find(after), find(before)); }
  void require(std::uint32_t after, std::uint32_t before) { edges_.emplace_back(after, before); }
  // `after` starts when `before` has started. Throws TraceError when `before` is a calc.
  void require_start(std::string_view after, std::string_view before) { require_start(find(after), find(before)); }
  void require_start(std::uint32_t after, std::uint32_t before);

  // Everything in an order that can be executed. Throws TraceError for a cycle, and for more waits than `most_edges`:
  // starts that follow starts multiply them.
  Program finish(std::uint64_t most_edges);

 private:
  using Waits = std::vector<std::vector<std::uint32_t>>;  // by operation
  std::uint32_t find(std::string_view label) const;
  void add_starts(Waits& waits, std::uint64_t most_edges) const;

  Program rank_;
  std::unordered_map<std::string, std::uint32_t> labels_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;   // waits, is waited for
  std::vector<std::pair<std::uint32_t, std::uint32_t>> starts_;  // the same, for the start alone
};

}  // namespace farlink::trace
