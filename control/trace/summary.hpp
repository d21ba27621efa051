// SPDX-License-Identifier: Apache-2.0
// A graph in a few numbers, for `farlink trace info` and reports.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

struct CollectiveTotal {
  Collective collective = Collective::all_reduce;
  std::string group;         // its name; of several the name without the number at its end, and * for other numbers
  std::uint32_t groups = 1;  // that have the same size, calls and bytes, and a name that differs in such numbers alone
  std::uint32_t group_size = 0;
  std::uint64_t count = 0;  // calls of each, repeats included, counted once per group, not per member
  units::Bytes bytes;       // input bytes of one member, all calls together
};

struct Summary {
  std::uint64_t ranks = 0;
  std::array<std::uint64_t, 4> nodes{};  // by NodeKind
  std::uint64_t sent_messages = 0;
  units::Bytes sent_bytes;      // of all sends
  units::Bytes crossing_bytes;  // of sends whose ends are at different sites
  std::vector<CollectiveTotal> collectives;
  units::Duration mean_compute;     // GPU compute of a rank, mean over the ranks
  units::Duration longest_compute;  // GPU compute of the rank that has most
  double compute_share = 0;         // 0-1: mean / longest, what an even load would make 1

  std::uint64_t nodes_of(NodeKind kind) const noexcept { return nodes[static_cast<std::size_t>(kind)]; }
};

// Takes a graph that passed check().
Summary summarize(const Graph& graph);

std::string_view name_of(Collective collective) noexcept;  // "all-reduce"

}  // namespace farlink::trace
