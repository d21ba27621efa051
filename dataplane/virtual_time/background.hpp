// SPDX-License-Identifier: Apache-2.0
// Cross traffic that comes to the near edge of one direction: frames of one length at a constant rate, always or in on
// periods. A frame is there when its last bit is; the first bit of the first one comes with the start of its period,
// and a period that has no room left for a whole frame sends none. It is open-loop: nothing that happens to its frames
// changes when the next one comes. Owner: the site that the direction leaves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dataplane/link/random.hpp"
#include "dataplane/units/line_clock.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::virtual_time {

using units::Duration;
using units::Instant;

struct BackgroundConfig {
  units::BitRate rate;           // on the line (preamble and gap included), while it is on
  std::uint32_t line_bytes = 0;  // of each frame
  std::uint8_t priority = 0;
  Duration on, off;     // periods, an on period first; off zero: always on
  bool draws = false;   // periods are exponential with these means
  link::Random random;  // that they are drawn from
};

class Background {
 public:
  explicit Background(const BackgroundConfig& config) : config_{config}, clock_{config.rate} {
    begin_period();
    skip_short_periods();
  }

  // When the next frame is there.
  Instant next() const noexcept { return next_; }
  std::uint32_t line_bytes() const noexcept { return config_.line_bytes; }
  std::uint8_t priority() const noexcept { return config_.priority; }

  // The frame of next() has been taken.
  void advance() noexcept {
    next_ += clock_.serialize(config_.line_bytes);
    skip_short_periods();
  }

 private:
  void skip_short_periods() noexcept {
    while (next_ > period_end_) {
      period_start_ = period_end_ + length_of(config_.off);
      begin_period();
    }
  }
  void begin_period() noexcept {
    clock_.restart();
    period_end_ = config_.off == Duration::zero() ? Instant::never() : period_start_ + length_of(config_.on);
    next_ = period_start_ + clock_.serialize(config_.line_bytes);
  }

  // Of the next period, on and off in turn.
  Duration length_of(Duration mean) noexcept {
    if (!config_.draws) return mean;
    const double drawn = -std::log1p(-config_.random.uniform(periods_++)) * static_cast<double>(mean.picoseconds());
    return Duration::picoseconds(std::max<std::int64_t>(1, std::llround(drawn)));
  }

  BackgroundConfig config_;
  units::LineClock clock_;
  std::uint64_t periods_ = 0;
  Instant period_start_, period_end_;
  Instant next_;
};

}  // namespace farlink::virtual_time
