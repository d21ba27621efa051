// SPDX-License-Identifier: Apache-2.0
// Rate matching after Bifrost (Yu et al., ICNP 2023): the far edge knows the upper bound of what can still be on its
// way, the grants of the slots of one round trip, and each slot grants what is sure to find room:
//   grant = min(R T, buffer - queue - grants on the way - three frames).
// A near edge that has been told nothing, or that no limit holds, sends at the full rate R. So the far edge keeps
// silent as long as its queue leaves room for that, and the buffer it wants is R (round trip + 2 T): one
// bandwidth-delay product. Owner: the far edge, which asks only while its queue is long enough to matter.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/pause_signal.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class RateMatcher {
 public:
  // `counters` must outlive this object.
  RateMatcher(const RateMatchingConfig& config, Bytes buffer, FarCounters& counters);

  // The buffer that never makes an idle link wait.
  static Bytes least_buffer(const RateMatchingConfig& config) noexcept;

  std::uint64_t quiet_below() const noexcept { return quiet_below_; }
  bool is_quiet(std::uint64_t) const noexcept { return next_signal_ == Instant::never(); }
  void start_counting() noexcept {}
  void count(std::uint8_t, std::uint32_t) noexcept {}

  // False: the buffer is full.
  bool admit(std::uint8_t priority, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept;
  void release(std::uint8_t, std::uint32_t, std::uint64_t edge_bytes, Instant) noexcept { queued_ = edge_bytes; }

  Instant next_signal() const noexcept { return next_signal_; }
  // The grant of the slot that begins at `now`.
  PauseSignal take_signal(Instant now) noexcept;

 private:
  static std::uint64_t slots_on_the_way(const RateMatchingConfig& config) noexcept;
  static std::uint64_t spoken_for(const RateMatchingConfig& config) noexcept;

  RateMatchingConfig config_;
  std::uint64_t buffer_ = 0, full_slot_ = 0, quiet_below_ = 0;
  FarCounters& counters_;
  std::vector<std::uint64_t> grants_;  // a ring of what the slots of the last round trip were granted
  std::size_t oldest_ = 0;
  std::uint64_t on_the_way_ = 0;     // their sum
  std::uint64_t limited_slots_ = 0;  // among them, below the full rate
  std::uint64_t queued_ = 0;
  Instant next_signal_ = Instant::never();
};

}  // namespace farlink::link
