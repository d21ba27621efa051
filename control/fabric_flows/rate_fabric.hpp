// SPDX-License-Identifier: Apache-2.0
// The fabric of flows: messages as fluids with closed forms for what transport and losses do, and no frame moved. For
// sweeps; within a point of efficiency of packets where docs/flows.md says so.
#pragma once

#include <memory>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::fabric_flows {

// `graph` says which rank is at which site; it must outlive the fabric. Throws std::invalid_argument for what flows
// have no model of (limits.hpp), and for lab flows, which have no graph.
std::unique_ptr<fabric::Fabric> make_rate_fabric(const scenario::Scenario& scenario, const trace::Graph* graph);

}  // namespace farlink::fabric_flows
