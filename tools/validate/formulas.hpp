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

// Mean seconds from the first bit of a message of `packets` packets to its last acknowledgement, under a selective
// repeat without a window: packet i starts after i packet times; each time it is lost, with probability p, costs
// `again` until it starts again. The mean of the largest of independent geometric times, by the integral of its tail,
// which changes at whole packet times only to the precision of one of them.
inline double selective_repeat_completion(double packets, double p, double packet, double again, double round_trip) {
  const double last = (packets - 1) * packet;
  double mean = last;
  for (double late = last + packet / 2;; late += packet) {
    double none = 0;  // logarithm of the chance that no packet starts for good at `late` or after
    double ahead = packets;
    for (int losses = 1; ahead > 0; ++losses) {
      // The packets that must be lost so many times to be as late.
      const double first = std::max(0.0, std::ceil((late - losses * again) / packet));
      if (first < ahead) none += (ahead - first) * std::log1p(-std::pow(p, losses));
      ahead = std::min(ahead, first);
    }
    const double tail = -std::expm1(none);
    if (tail < 1e-9) return mean + packet + round_trip;
    mean += tail * packet;
  }
}

// Recoveries to see so that three standard errors of the goodput are within 5 %: it varies by (1 - share) / sqrt(n),
// since the good packets between losses are geometric. At least 200.
inline double recoveries_for(double share) noexcept { return std::max(200.0, 4000 * (1 - share) * (1 - share)); }

// Equivalent compute efficiency when a share f of the single-site step is network time that nothing hides, and loss
// leaves eta of the rate.
inline double efficiency_under_loss(double f, double eta) noexcept { return 1 / (1 + f * (1 / eta - 1)); }

}  // namespace farlink::validate
