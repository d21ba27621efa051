// SPDX-License-Identifier: Apache-2.0
// GOAL schedules in text (LogGOPSim, ATLAHS) to a graph. docs/traces.md says what is read and how.
#pragma once

#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// Begins with num_ranks, behind comments if there are any.
bool is_goal_text(const Specimen& specimen);

// Ranks, messages and computing times of the file; records are lines. The result has passed check(). Throws TraceError
// with file, line and reason.
Graph import_goal_text(ByteSource& source, const std::string& name, const ImportOptions& options = {});

}  // namespace farlink::trace
