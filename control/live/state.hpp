// SPDX-License-Identifier: Apache-2.0
// A running dataplane as JSON. Seconds, bytes, bits per second, shares of 1.
// schema, scenario, scenario_hash, version, now_seconds, valid, why_invalid [], is_conserved, held, clock_drift_ppm,
//   mbufs, mbufs_free, links [], ports [], workers [], events [] (the latest 100), events_happened, events_waiting,
//   captures []
// links[]: name, west, east, directions[] with settings (as in the scenario file), frames_*, dropped (as in
//   result.json), utilisation, queues, pauses, lag {count, median_ns, p99_ns, max_ns, early}; state.cpp is the list.
//   pauses_carried and frames_absorbed: pause frames and grants of the other direction's far edge.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/live/link_state.hpp"
#include "dataplane/dpdk/snapshot.hpp"

namespace farlink::live {

// What of the schema above the snapshot and the values in force tell: all but version, events and captures.
// capacity_bits[2 x link + direction]: what the line could have carried since the start.
json::object state_of(const dpdk::Snapshot& snapshot, const LinkState& links, std::span<const double> capacity_bits,
                      const std::vector<std::string>& further_reasons);

}  // namespace farlink::live
