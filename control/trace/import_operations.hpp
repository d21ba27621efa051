// SPDX-License-Identifier: Apache-2.0
// AICB's operation tables in CSV to a graph. docs/traces.md says what is read and how.
#pragma once

#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// Begins with a section of ranks.
bool is_operation_table(const Specimen& specimen);

// The first step behind the set-up; records are lines. The result has passed check(). Throws TraceError with file, line
// and reason.
Graph import_operations(ByteSource& source, const std::string& name, const ImportOptions& options = {});

}  // namespace farlink::trace
