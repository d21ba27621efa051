// SPDX-License-Identifier: Apache-2.0
// What a rank's PARAM calls become: nodes, in program order.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

// A group of Graph::groups.
struct ParamTarget {
  std::uint32_t number = 0, size = 0;
};
// The group of an entry, with its root in front where it has one.
using ParamGroups = std::function<ParamTarget(const ParamEntry& entry)>;

struct ParamOptions {
  bool with_times = false;  // the host takes as long from call to call as recorded, beside what it called
  units::Bytes limit;       // what the program may occupy
};

// Calls without a wait are followed when they have ended, others beside what follows up to it. Throws TraceError that
// names the element.
Program param_program(const ParamRank& rank, const ParamGroups& groups, const ParamOptions& options,
                      AllToAllParts& parts);

}  // namespace farlink::trace
