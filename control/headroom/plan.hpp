// SPDX-License-Identifier: Apache-2.0
// What being lossless over its distance asks of each direction of a scenario's links, and what the scenario gives.
#pragma once

#include <string>
#include <vector>

#include "control/headroom/bounds.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::headroom {

struct DirectionPlan {
  std::string link, from, to;
  scenario::PfcMode mode = scenario::PfcMode::off;
  Path path;
  Bytes in_flight;                                    // rate x round trip: the bandwidth-delay product
  Bounds segmented, end_to_end, relay, rate_matched;  // what each mode needs
  Bounds need;                                        // of the scenario's mode; zeros for off
  Bounds has;                                         // as configured
};

struct Plan {
  std::vector<DirectionPlan> directions;
  std::vector<std::string> notes;  // whole sentences: what is short, and what to set
  // Those of them that tell of a buffer, a headroom or an XON which is short as the scenario writes it. The default far
  // edge, which is a switch's, is short of most long links, and that matters only to receivers slower than them.
  std::vector<std::string> shortages;
};

// RNICs are those of the workload's flow pairs, or one per GPU.
Plan plan_lossless(const scenario::Scenario& scenario);

}  // namespace farlink::headroom
