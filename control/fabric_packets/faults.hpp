// SPDX-License-Identifier: Apache-2.0
// Everything that happens to the links of one run: the events of the file, and the faults drawn from its seed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/scenario/scenario.hpp"

namespace farlink::fabric_packets {

using units::Duration;
using units::Instant;

// In order of time; those of one moment as the file has them, faults last. Cuts begin as a Poisson process of each link
// (intervals -mtbf ln(1 - u), rounded up to whole microseconds); equal seeds give equal faults.
std::vector<scenario::Event> events_of(const scenario::Scenario& scenario);

// The earliest end of any link's faults; unset: there are none.
std::optional<Duration> end_of_faults(const scenario::Scenario& scenario);

// Why a run that ended at `end` is not what its scenario says: its faults were drawn for less time, counted from
// `epoch`. Empty: they were not.
std::string why_outlasted(const scenario::Scenario& scenario, Instant epoch, Instant end);

}  // namespace farlink::fabric_packets
