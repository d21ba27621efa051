// SPDX-License-Identifier: Apache-2.0
// What the next node of a rank's program waits for, while the program is written.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

class PendingNodes {
 public:
  explicit PendingNodes(Program& rank) : rank_{rank} {}

  // Sorted. At most as many as join() leaves.
  std::span<const std::uint32_t> nodes() const noexcept { return nodes_; }
  void reset(const std::vector<std::uint32_t>& nodes);  // sorted
  // The next waits for `node`, too, and no longer for what that has waited for.
  void join(std::uint32_t node);

 private:
  Program& rank_;
  std::vector<std::uint32_t> nodes_;
};

}  // namespace farlink::trace
