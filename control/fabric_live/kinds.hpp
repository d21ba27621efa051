// SPDX-License-Identifier: Apache-2.0
// Lab flows, and messages of a replay, over a live network: the same senders and sites as in virtual time.
#pragma once

#include <memory>
#include <string>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"
#include "dataplane/dpdk/eal.hpp"

namespace farlink::fabric_live {

// name: unique in the process.
std::unique_ptr<fabric::Fabric> make_live_flow_fabric(const scenario::Scenario& scenario, const dpdk::Eal& eal,
                                                      const std::string& name);
std::unique_ptr<fabric::Fabric> make_live_message_fabric(const scenario::Scenario& scenario, const trace::Graph& graph,
                                                         const dpdk::Eal& eal, const std::string& name);

}  // namespace farlink::fabric_live
