// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_live/live_events.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace farlink::fabric_live {

using units::Duration;
using units::Instant;

LiveEvents::LiveEvents(fabric_packets::Schedule schedule, Publish publish)
    : schedule_{std::move(schedule)}, publish_{std::move(publish)} {}

void LiveEvents::arm(Instant epoch) {
  epoch_ = epoch;
  find_next();
}

// Events are at whole microseconds, which a double holds.
Instant LiveEvents::at(const fabric::LinkEvent& event) const noexcept {
  return epoch_ + Duration::microseconds(std::llround(event.at_seconds * 1e6));
}

void LiveEvents::find_next() noexcept {
  next_due_ = Instant::never();
  for (std::size_t d = 0; d < 2; ++d)
    if (next_change_[d] < changes(d).size())
      next_due_ = std::min(next_due_, changes(d)[next_change_[d]].at + epoch_.since_start());
  if (next_event_ < schedule_.events.size()) next_due_ = std::min(next_due_, at(schedule_.events[next_event_]));
}

void LiveEvents::apply(Instant now) {
  while (next_due_ <= now) {
    const Instant due = next_due_;
    std::vector<link::DirectionConfig> configs;
    for (std::size_t d = 0; d < 2; ++d) {
      const std::vector<virtual_time::Change>& all = changes(d);
      if (next_change_[d] == all.size() || all[next_change_[d]].at + epoch_.since_start() > due) continue;
      configs.push_back(all[next_change_[d]++].config);
    }
    const Instant applied = configs.empty() ? now : publish_(configs);
    const Duration lag = std::max(Duration::zero(), applied - due);
    largest_lag_ = std::max(largest_lag_, lag);
    for (; next_event_ < schedule_.events.size() && at(schedule_.events[next_event_]) <= due; ++next_event_) {
      happened_.push_back(schedule_.events[next_event_]);
      happened_.back().at_seconds = due.seconds();
      happened_.back().lag_seconds = lag.seconds();
    }
    find_next();
  }
}

}  // namespace farlink::fabric_live
