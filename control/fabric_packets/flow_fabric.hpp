// SPDX-License-Identifier: Apache-2.0
// The bench: back-to-back WRITEs from the first link's west site to its east site, no training (`workload: {flows:
// ...}`).
#pragma once

#include <memory>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::fabric_packets {

// Runs until every queue pair has sent its messages, or the forward direction has lost stop_losses frames, or the RNICs
// have sent stop_frames. Goodput per pair = acknowledged payload / (last acknowledgement - first send).
// has_trains: as Speed has it.
std::unique_ptr<fabric::Fabric> make_flow_fabric(const scenario::Scenario& scenario, bool has_trains);

}  // namespace farlink::fabric_packets
