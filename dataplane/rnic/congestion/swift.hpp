// SPDX-License-Identifier: Apache-2.0
// Swift: the window of one queue pair, from the delay between a packet and its acknowledgement. Kumar et al., SIGCOMM
// 2020; docs/model.md has the formulas. One packet at a time is timed, the next one after its answer, so that there is
// one decision in a round trip and no state per packet. Owner: the RNIC.
#pragma once

#include <cstdint>

#include "dataplane/units/time.hpp"

namespace farlink::rnic {

struct SwiftConfig {
  units::Duration base_delay;                                         // there and back over an empty path
  units::Duration target = units::Duration::microseconds(50);         // queueing aimed at, on top of base_delay
  units::Duration flow_scaling = units::Duration::microseconds(100);  // on top of both at the smallest windows
  double additive_increase = 1;                                       // packets in a round trip
  double multiplicative_decrease = 0.8;                               // times the share of the delay that is too much
  double largest_cut = 0.5;                                           // of the window; above 0.5 it might wait for ever
  double initial_window = 1;                                          // packets
  bool operator==(const SwiftConfig&) const = default;
};

class Swift {
 public:
  Swift(const SwiftConfig& config, double largest_window) noexcept;

  // A request packet was sent: the last of `end` so far, retransmissions not counted again. has_answer: it asks for an
  // acknowledgement.
  void on_sent(std::uint64_t end, bool has_answer, units::Instant now) noexcept;
  // The first `count` packets are acknowledged.
  void on_acknowledged(std::uint64_t count, units::Instant now) noexcept;

  double window() const noexcept { return window_; }  // packets; below one they are spread over more round trips
  bool may_send(std::uint64_t outstanding) const noexcept {
    return outstanding == 0 || static_cast<double>(outstanding + 1) <= window_;
  }
  // Between packets while the window is below one; else zero.
  units::Duration gap() const noexcept;
  // What the delay is compared with.
  units::Duration target_delay() const noexcept;
  units::Duration delay() const noexcept { return delay_; }  // last measured
  std::uint64_t cuts() const noexcept { return cuts_; }

 private:
  void decide() noexcept;

  const SwiftConfig* config_;
  double window_, largest_window_;
  units::Duration delay_;
  std::uint64_t sent_ = 0;          // packets
  std::uint64_t acknowledged_ = 0;  // packets
  std::uint64_t fresh_ = 0;         // acknowledged since the last decision
  std::uint64_t timed_end_ = 0;     // of the packet that is timed; 0: none
  units::Instant timed_at_;
  std::uint64_t cuts_ = 0;
};

}  // namespace farlink::rnic
