// SPDX-License-Identifier: Apache-2.0
// Binary GOAL schedules, as LogGOPSim's txt2bin writes them: the same operations as in text, with what waits for what
// stored the other way round.
#pragma once

#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

bool is_goal_binary(const Specimen& specimen);

// Reads `source`, gzip or not, to its end; `name` is for messages. Records are the numbers of operations in their rank,
// from 0. The result has passed check(). Throws TraceError with rank, operation and reason.
Graph import_goal_binary(ByteSource& source, const std::string& name, const ImportOptions& options);

}  // namespace farlink::trace
