// SPDX-License-Identifier: Apache-2.0
// The node that a recorded call becomes.
#pragma once

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/node.hpp"
#include "control/trace/param_program.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

// Of a collective or a message of `rank`; parts of an all-to-all go to `parts`. Throws TraceError when they do not fit
// the group.
Node param_node(const ParamRank& rank, const ParamEntry& entry, const ParamGroups& groups, AllToAllParts& parts);

}  // namespace farlink::trace
