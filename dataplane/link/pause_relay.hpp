// SPDX-License-Identifier: Apache-2.0
// PFC relay: the far gateway repeats each pause of the receivers behind it over the fibre, as it comes, and keeps what
// is on its way until then. The receivers' buffer is the first part of the far edge's queue of a priority: bytes pass
// from the gateway into it at the line's rate, a receiver above XOFF stops that, and at XON it goes on. What they stop
// for so long, the near edge stops for as long a round trip later, so the gateway never holds more than one
// bandwidth-delay product, whatever the receivers do. A near edge ends the frame that it has begun, and pauses wait for
// different frames on their way; so that this never adds up, each XON is told later by as much as one pause may bring
// too much. Owner: the far edge, which asks only while its queue is long enough to matter.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/pause_signal.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class PauseRelay {
 public:
  // `counters` must outlive this object.
  PauseRelay(const PauseRelayConfig& config, Bytes buffer, FarCounters& counters);

  // While the edge holds no more than this, no receiver can be above XOFF.
  std::uint64_t quiet_below() const noexcept { return quiet_below_; }
  bool is_quiet(std::uint64_t edge_bytes) const noexcept {
    return next_signal_ == Instant::never() && stopped_ == 0 && edge_bytes <= quiet_below_ / 2;
  }
  // Begins to watch: what is queued already, a frame at a time, has reached the receivers.
  void start_counting() noexcept { queues_ = {}; }
  void count(std::uint8_t priority, std::uint32_t bytes) noexcept { queues_[priority].at_receiver += bytes; }

  // A frame arrives at `now`. False: the gateway is full, it is lost.
  bool admit(std::uint8_t priority, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept;
  // A frame has left at `now`.
  void release(std::uint8_t priority, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept;

  // When the next XOFF, refresh or XON is due; never(): none is, unless something comes or leaves before.
  Instant next_signal() const noexcept { return next_signal_; }
  // It; `now` must be next_signal() or later.
  PauseSignal take_signal(Instant now) noexcept;

 private:
  static constexpr std::size_t priorities = 8;
  struct Queue {
    std::uint64_t at_receiver = 0, at_gateway = 0;  // bytes
    std::uint64_t passed = 0;                       // since `passing_since`
    Instant passing_since;
    Instant changed_at;  // the receiver stopped the gateway, or let it go on
    Instant held_since;  // the near edge was told to stop
    Instant told_at;     // ... and told so last
    Instant due = Instant::never();
    bool is_stopped = false;       // by the receiver
    bool is_told_to_stop = false;  // the near edge
  };
  Instant crossing(const Queue& queue) const noexcept;
  Instant due(const Queue& queue) const noexcept;
  void settle(Queue& queue, Instant now) noexcept;
  void begin_passing(Queue& queue, Instant now) noexcept;
  void schedule(Queue& queue) noexcept;

  PauseRelayConfig config_;
  std::uint64_t capacity_ = 0, quiet_below_ = 0;
  FarCounters& counters_;
  std::array<Queue, priorities> queues_{};
  std::uint32_t stopped_ = 0;  // priorities that are stopped, or told to
  Instant next_signal_ = Instant::never();
};

}  // namespace farlink::link
