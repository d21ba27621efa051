// SPDX-License-Identifier: Apache-2.0
// Layer tables (the text workload of ASTRA-sim 1.0, SimAI, AICB) to a graph. docs/traces.md says what is read and how.
#pragma once

#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// Begins with a policy.
bool is_layer_table(const Specimen& specimen);

// One step of every rank; records are lines. The result has passed check(). Throws TraceError with file, line and
// reason.
Graph import_layers(ByteSource& source, const std::string& name, const ImportOptions& options = {});

}  // namespace farlink::trace
