// SPDX-License-Identifier: Apache-2.0
// Flow measurements the way a user makes them: the bench scenario, --set values, the packet fabric.
#pragma once

#include <string>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

// Runs settings.bench with `sets` ("PATH=VALUE") and returns what `farlink run` would report. Throws what loading
// throws, and std::runtime_error when the run is invalid.
fabric::Statistics run_flows(const Settings& settings, const std::vector<std::string>& sets);

// Shorthands for sets of the bench's link.
std::string set_loss(double p);
std::string set_distance(double km);
std::string set_rate(double gigabits);
// Stops at this many frames, whatever is lost.
std::vector<std::string> stop_at(std::uint64_t frames);

// Seconds from posting a message of one byte to its acknowledgement over an idle link.
double measured_round_trip(const Settings& settings, std::vector<std::string> sets);

// "1e-4", "3388", "0.5": as few digits as say it.
std::string short_number(double value, int digits = 4);

}  // namespace farlink::validate
