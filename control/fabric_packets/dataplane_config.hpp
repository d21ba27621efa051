// SPDX-License-Identifier: Apache-2.0
// From a scenario's values to what the dataplane is configured with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "control/scenario/scenario.hpp"
#include "dataplane/link/config.hpp"
#include "dataplane/rnic/config.hpp"
#include "dataplane/virtual_time/background.hpp"

namespace farlink::fabric_packets {

// Both directions of link number `ordinal`; [0] leads west to east. ports: access ports at the west and at the east
// site.
std::array<link::DirectionConfig, 2> direction_configs(const scenario::Scenario& scenario, std::uint32_t ordinal,
                                                       std::uint32_t west_ports, std::uint32_t east_ports);

// Traffic of others into one direction of a link, if there is any.
std::optional<virtual_time::BackgroundConfig> background_config(const scenario::Scenario& scenario,
                                                                std::uint32_t ordinal, std::uint32_t direction);

// Round-trip time of an empty link: both fibres and all equipment.
units::Duration round_trip(const scenario::Link& link);

// The RNICs of one site. A window in bandwidth-delay products is k x min(NIC rate, link rate) x RTT, in packets on the
// line, for the longest link of the site; never below 64 packets, so that an ideal link is not limited by it. Throws
// std::invalid_argument when the window does not fit into PSN arithmetic (2^23 packets).
rnic::Config nic_config(const scenario::Scenario& scenario, const scenario::Site& site);

}  // namespace farlink::fabric_packets
