// SPDX-License-Identifier: Apache-2.0
// The values in force and the timeline, as live runs use them: states are compared, and the difference is published.
#pragma once

#include <vector>

#include "control/fabric_packets/link_state.hpp"
#include "control/fabric_packets/timeline.hpp"
#include "control/live/dataplane.hpp"

namespace farlink::live {

using fabric_packets::Happened;
using fabric_packets::includes;
using fabric_packets::LinkState;
using fabric_packets::Timeline;
using units::Duration;
using units::Instant;

// The directions whose configuration differs.
std::vector<Change> changes_between(const LinkState& before, const LinkState& after);

}  // namespace farlink::live
