// SPDX-License-Identifier: Apache-2.0
// A lossless plan as people and as programs read it.
#pragma once

#include <string>

#include "control/headroom/plan.hpp"
#include "control/json/json.hpp"

namespace farlink::headroom {

// Two tables, what the scenario's mode needs and has, and what each mode would take; then the notes.
std::string to_text(const Plan& plan);

// {"directions": [{link, direction, pfc, rate_bps, round_trip_s, in_flight_bytes, need: {headroom_bytes, xon_bytes,
// xoff_bytes, buffer_bytes}, has: {the same}, modes: {segmented, end-to-end, relay, rate-matched: {the same}}}],
// "notes": []}
json::object to_json(const Plan& plan);

}  // namespace farlink::headroom
