// SPDX-License-Identifier: Apache-2.0
// From a scenario's workload to the graph that replay runs.
#pragma once

#include <optional>

#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::cli {

// Generated from a model's shape, or imported and placed on the sites; checked. Nothing for lab flows.
// Throws trace::TraceError.
std::optional<trace::Graph> make_graph(const scenario::Scenario& scenario);

}  // namespace farlink::cli
