// SPDX-License-Identifier: Apache-2.0
// What a live run of a scenario needs: mbufs for the frames that can be under way at once, and how many frames a second
// the core has to make and check.
#pragma once

#include <cstdint>

#include "control/scenario/scenario.hpp"

namespace farlink::fabric_live {

// Longest frame without FCS.
std::uint32_t frame_bytes(const scenario::Scenario& scenario);

// Frames in fibres and buffers, no more than the windows of lab flows let out, their acknowledgements, and what lies in
// ports and caches.
std::uint32_t mbufs(const scenario::Scenario& scenario);

// The most of any run that efficiency and attribution make of the scenario.
std::uint32_t mbufs_of_all_runs(const scenario::Scenario& scenario);

// Data frames per second when the link is full: both ways, or the one way that lab flows use.
double frames_per_second(const scenario::Scenario& scenario);

// What one core makes, carries and checks a second, of 4 KiB each: about 20 Gb/s.
inline constexpr double frames_per_core = 0.5e6;

}  // namespace farlink::fabric_live
