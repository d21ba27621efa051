// SPDX-License-Identifier: Apache-2.0
// Can every node of a graph finish? Part of check().
#pragma once

#include "control/trace/graph.hpp"

namespace farlink::trace {

// Follows dependencies, messages and collectives over all ranks; throws TraceError naming a node of a dependency cycle
// within a rank, an unmatched message, or a node that waits for another rank for ever. References must be in range.
void check_progress(const Graph& graph);

}  // namespace farlink::trace
