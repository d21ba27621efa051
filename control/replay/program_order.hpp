// SPDX-License-Identifier: Apache-2.0
// A program turned around for its replay: who waits for a node, and which of its kind the node is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/trace/program.hpp"

namespace farlink::replay {

struct ProgramOrder {
  // groups: that the program calls, rising (trace::Calls::groups()).
  ProgramOrder(const trace::Program& program, std::span<const std::uint32_t> groups);

  std::span<const std::uint32_t> dependents_of(std::uint32_t node) const noexcept {
    return std::span{dependents}.subspan(first_dependent[node], first_dependent[node + 1] - first_dependent[node]);
  }

  // By node. Collectives of a group run one after the other on a rank, as on one communicator's stream, so each waits
  // for the one before it.
  std::vector<std::uint32_t> blocker_count;
  std::vector<std::uint32_t> ordinal;      // collective: of those of its group; send, receive: of sends and receives
  std::vector<std::uint32_t> group_place;  // collective: of its group among `groups`
  std::vector<std::uint32_t> first_dependent;  // and one more: into dependents
  std::vector<std::uint32_t> dependents;
  std::uint32_t messages = 0;  // sends and receives
};

}  // namespace farlink::replay
