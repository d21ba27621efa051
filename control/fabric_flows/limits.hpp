// SPDX-License-Identifier: Apache-2.0
// What flows have no model of. Nothing of it is left out in silence.
#pragma once

#include "control/scenario/scenario.hpp"

namespace farlink::fabric_flows {

// Throws std::invalid_argument that names the key, and says why frames are needed for it.
void check_limits(const scenario::Scenario& scenario);

}  // namespace farlink::fabric_flows
