// SPDX-License-Identifier: Apache-2.0
// The closed forms that flows are held against, and how long a run must be for its sampling error to stay well inside
// the tolerance. Derivations: docs/model.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace farlink::validate {

inline constexpr double full_packet_bytes = 4178;  // on the line: 4096 of payload, IPv4
inline constexpr double acknowledge_bytes = 86;
inline constexpr double payload_share = 4096 / full_packet_bytes;

// Seconds that a full packet takes at `rate`.
inline double packet_time(double rate) noexcept { return full_packet_bytes * 8 / rate; }

// From the last bit of a packet out of the sender's RNIC to its answer there: both fibres, and the store and forward of
// both edges of the link each way, which are as fast as the RNIC.
inline double round_trip(double delay_both_ways, double rate) noexcept {
  return delay_both_ways + (2 * full_packet_bytes + 3 * acknowledge_bytes) * 8 / rate;
}

// Share of the loss-free goodput. `window`: packets in one round trip at the queue pair's own rate, W.
inline double go_back_n_ideal(double p, double window) noexcept { return (1 - p) / (1 + p * (window + 1)); }

// `timeouts`: expected retransmission timeouts per packet that gets through, p^2 / (1 - p) if they come at random.
inline double go_back_n_with_timer(double p, double window, double timeout_packets, double timeouts) noexcept {
  return 1 / (1 + p * (window + 2) + timeouts * (timeout_packets + 1));
}
inline double expected_timeouts(double p) noexcept { return p * p / (1 - p); }

inline double go_back_n_bursts(double p, double burst, double window) noexcept {
  return 1 / (1 + p / burst * (window + burst));
}

// Recoveries to see so that three standard errors of the goodput are within 5 %: it varies by (1 - share) / sqrt(n),
// since the good packets between losses are geometric. At least 200.
inline double recoveries_for(double share) noexcept { return std::max(200.0, 4000 * (1 - share) * (1 - share)); }

}  // namespace farlink::validate
