// SPDX-License-Identifier: Apache-2.0
// New values for a link that is running: the grammar of the scenario file, applied to typed values, all or nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "control/scenario/error.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// Number of the link in the scenario. Throws ScenarioError with the nearest name.
std::size_t link_number(const Scenario& scenario, std::string_view name);

// "both", or "west->east" with the names of the link's sites. Throws ScenarioError with what is allowed.
DirectionChoice parse_direction(const Link& link, std::string_view text);

// "west->east", or "both".
std::string to_text(const Link& link, DirectionChoice direction);

// The scenario after `values` ("loss=0.1%", "ecn.kmin=1MiB", "burst-loss=off") are set together on a link. What is not
// named stays, also in the other direction. `lossless` is of the link as a whole; the number of waves cannot change.
// The hash stays that of the file. Throws ScenarioError: "set KEY: what is wrong; what is allowed".
Scenario with_values(const Scenario& scenario, std::string_view link, DirectionChoice direction,
                     std::span<const std::string> values);

// Puts the value that `key` names `share` of the way (0-1) between two settings. Keys: those of ramp_section().
void move_value(DirectionSettings& settings, std::string_view key, const DirectionSettings& from,
                const DirectionSettings& to, double share);

}  // namespace farlink::scenario
