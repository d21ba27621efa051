// SPDX-License-Identifier: Apache-2.0
// A demand with round numbers: 8 Gb/s is one byte a nanosecond, and a mean frame takes 1,000 bytes of line.
#pragma once

#include "control/live/live_plan.hpp"

namespace farlink::live::test {

inline DirectionDemand round_direction(const std::string& from, const std::string& to) {
  return {.link = "west-east",
          .from = from,
          .to = to,
          .rate = units::BitRate::gigabits(8),
          .propagation = units::Duration::milliseconds(1),
          .other_delay = units::Duration::zero(),
          .near_buffer = units::Bytes{500'000},
          .far_buffer = units::Bytes{500'000},
          .has_distance = false,
          .distance = {}};
}

inline Demand round_demand() {
  return {.directions = {round_direction("west", "east"), round_direction("east", "west")},
          .ports = 2,
          .descriptors = 1'024,
          .lcores = 1,
          .mean_frame = units::Bytes{976},
          .largest_frame = units::Bytes{9'216}};
}

}  // namespace farlink::live::test
