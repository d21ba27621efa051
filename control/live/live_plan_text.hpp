// SPDX-License-Identifier: Apache-2.0
// A plan as people and as programs read it.
#pragma once

#include <string>

#include "control/json/json.hpp"
#include "control/live/live_plan.hpp"

namespace farlink::live {

// A few lines for a terminal: each direction, the sum, the notes.
std::string to_text(const LivePlan& plan);

// {"directions": [{link, direction, rate_bps, delay_s, in_fibre_bytes, near_buffer_bytes, far_buffer_bytes, frames,
// frames_per_second, core}], "mbufs": {links, ports, caches, total, bytes_each}, "memory_bytes", "hugepages_2mib",
// "link_state_bytes", "memory_bytes_per_second", "cores", "notes"}
json::object to_json(const LivePlan& plan);

}  // namespace farlink::live
