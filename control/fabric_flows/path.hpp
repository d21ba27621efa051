// SPDX-License-Identifier: Apache-2.0
// What one direction of a link is to messages: times that do not depend on load, loss, and how many bytes of the line
// they take. Times are picoseconds, rates bytes per picosecond.
#pragma once

#include <cstdint>
#include <vector>

#include "control/fabric_flows/line.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/rnic/config.hpp"

namespace farlink::fabric_flows {

struct Path {
  std::uint32_t link = 0, direction = 0;
  std::uint32_t from = 0, to = 0;      // sites
  double delay = 0;                    // fibre, equipment and jitter, which delays most frames by nearly all of it
  double skew = 0;                     // of the last wave
  double loss = 0;                     // of a full packet: 0-1
  double answer_loss = 0;              // of an acknowledgement
  double near_rate = 0, far_rate = 0;  // of the sender's port and of the receiver's
  double overhead = 0;                 // bytes of encapsulation, on the line alone
  double packet = 0;                   // bytes of a full packet, without that
  double buffer = 0;                   // of the near edge
  bool is_lossless = true;             // the near edge holds RNICs before it is full
  Line line;

  double skew_of(std::uint32_t wave) const noexcept { return line.waves() > 1 ? skew * wave / (line.waves() - 1) : 0; }
  // Bytes that a packet and its encapsulation take of a wave, for one byte of the RNIC's.
  double stretch() const noexcept { return (packet + overhead) / packet; }
};

// All directions: [2 x link + direction]. Throws std::invalid_argument for what the dataplane cannot be set to.
std::vector<Path> paths_of(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site);

// Bytes of a frame that acknowledges.
std::uint32_t answer_bytes() noexcept;

// Bytes on the line of a message that travels in `requests` requests, and in how many packets it does.
struct Shape {
  double bytes = 0;
  std::uint64_t packets = 0;
};
Shape shape_of(std::uint64_t payload, std::uint32_t mtu, std::uint32_t requests) noexcept;

inline double per_picosecond(units::BitRate rate) noexcept {
  return static_cast<double>(rate.bits_per_second()) / 8e12;
}

}  // namespace farlink::fabric_flows
