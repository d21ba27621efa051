// SPDX-License-Identifier: Apache-2.0
// The records of all processes of a job, joined to a graph.
#pragma once

#include "control/trace/graph.hpp"
#include "control/trace/inspector_records.hpp"

namespace farlink::trace {

// Ranks are those of the first communicator that all processes are in. What only some of its ranks recorded is left
// out. Notes say what was. The result is not checked. Throws TraceError with the reason.
Graph join_records(const InspectorRecords& records);

}  // namespace farlink::trace
