// SPDX-License-Identifier: Apache-2.0
// All-to-alls whose parts differ (all_to_allv): a collective of a graph moves equal parts, so these become messages.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "control/trace/graph.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

class AllToAllParts {
 public:
  // Of the all-to-all that is the node with this record in the rank's program: bytes that it sends to and receives from
  // each member of its group, in the group's order, itself included. Parts that are all equal are forgotten: the node's
  // bytes say the same. Call it only for collectives whose Node::bytes are all that the rank sends.
  void add(std::uint32_t rank, std::uint64_t record, std::vector<std::uint64_t> sends,
           std::vector<std::uint64_t> receives);

  struct Expanded {
    std::uint64_t calls = 0;  // all-to-alls that became messages, each counted once for all its members
    std::uint64_t mismatches =
        0;  // parts that are received with another size than they are sent with; the sender's counts
  };
  // Replaces those all-to-alls of `graph`, of which one member or more has parts that differ, by one send and one
  // receive for each part that is not empty: they wait for what it waited for, and what waited for it waits for all of
  // them. Tags are from 2^31 up. Before check(): throws TraceError when members call all-to-alls unequally often, parts
  // do not fit the group, or the graph would grow by more than `limit`.
  Expanded expand(Graph& graph, units::Bytes limit) const;

 private:
  struct Parts {
    std::vector<std::uint64_t> sends, receives;
  };
  friend class PartsExpansion;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Parts> parts_;  // by rank and record
};

}  // namespace farlink::trace
