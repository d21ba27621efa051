// SPDX-License-Identifier: Apache-2.0
// One direction of a link as a fluid: what RNICs send flows into the queue of each wave, and each wave drains its own
// at its rate. All waves share the buffer, and when that has filled up to XOFF every RNIC is held for the same share of
// the time, as PFC holds all access ports at once: what they send is scaled by one factor, so that the buffer stays as
// full as it is. The line therefore has a clock that runs at that factor, and by which every sender has its full rate:
// nobody has to be told when the factor changes. Rates are bytes on the line per picosecond.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::fabric_flows {

using units::Duration;
using units::Instant;

class Line {
 public:
  // buffer: bytes where the RNICs are held; infinity: never.
  Line(std::uint32_t waves, double wave_rate, double buffer);

  // Brings queues and clock to `now`, not before the last time.
  void settle(Instant now) noexcept;
  // What flows into a wave while no RNIC is held, from the settled time on; negative: so much less.
  void add_inflow(std::uint32_t wave, double rate) noexcept;
  // After all changes of an instant, and at next_event(): the share of the time that is left to the RNICs from now on.
  void adjust() noexcept;

  // When queues change in a way that adjust() has to see; never() if they do not.
  Instant next_event() const noexcept { return next_event_; }

  // Picoseconds of sending so far.
  double clock() const noexcept { return clock_; }
  // When the clock will show that, if nothing changes; rounded up.
  Instant when(double clock) const noexcept;

  // How long a byte waits that enters the wave now.
  double wait_picoseconds(std::uint32_t wave) const noexcept { return queues_[wave].bytes / wave_rate_; }
  double wave_rate() const noexcept { return wave_rate_; }
  std::uint32_t waves() const noexcept { return static_cast<std::uint32_t>(queues_.size()); }
  double speed() const noexcept { return speed_; }
  double peak_bytes() const noexcept { return peak_; }
  double held_picoseconds() const noexcept { return held_; }

 private:
  struct Queue {
    double bytes = 0, inflow = 0;
  };
  double total_bytes() const noexcept;
  double balanced_speed() const noexcept;

  double wave_rate_, buffer_;
  std::vector<Queue> queues_;
  Instant now_, next_event_ = Instant::never();
  double clock_ = 0, speed_ = 1;
  bool is_full_ = false;
  double peak_ = 0, held_ = 0;
};

}  // namespace farlink::fabric_flows
