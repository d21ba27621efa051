// SPDX-License-Identifier: Apache-2.0
// A run in virtual time knows beforehand what will happen to its links: the timeline played through once, as the
// configurations of each direction and the words of a report.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::fabric_packets {

struct Schedule {
  std::vector<std::array<std::vector<virtual_time::Change>, 2>> changes;  // [link][direction], in order of time
  std::vector<fabric::LinkEvent> events;                                  // in order of time
};

// Times count from the moment that the scenario is armed. Throws std::invalid_argument when an event does not go
// together with the values in force at its time.
Schedule schedule_of(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& access_ports);

// Bits that the direction's line can carry in [from, to), on the clock of the changes; `rate`: before the first.
double capacity_bits(double rate, const std::vector<virtual_time::Change>& changes, units::Instant from,
                     units::Instant to);

}  // namespace farlink::fabric_packets
