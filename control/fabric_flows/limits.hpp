// SPDX-License-Identifier: Apache-2.0
// What flows have no model of. Nothing of it is left out in silence.
#pragma once

#include <string>
#include <vector>

#include "control/scenario/scenario.hpp"

namespace farlink::fabric_flows {

// Throws std::invalid_argument that names the key, and says why frames are needed for it.
void check_limits(const scenario::Scenario& scenario);

// What a result says about itself: that it was made of flows, and where the scenario lies outside the range in which
// flows were found to be within a point of efficiency of packets.
std::vector<std::string> notes_of(const scenario::Scenario& scenario);

}  // namespace farlink::fabric_flows
