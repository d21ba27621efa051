// SPDX-License-Identifier: Apache-2.0
// What happens to the link of a live run: the list of configurations that a run in virtual time follows, each published
// by the control thread when its time has come, and how much later the link had it. Owner: the control thread.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "control/fabric_packets/schedule.hpp"
#include "dataplane/link/config.hpp"

namespace farlink::fabric_live {

class LiveEvents {
 public:
  // Hands new values of one or both directions to the link; returns when it had them.
  using Publish = std::function<units::Instant(const std::vector<link::DirectionConfig>& configs)>;

  // Of link 0. Times are on the clock of apply_due() and of what `publish` returns.
  LiveEvents(fabric_packets::Schedule schedule, Publish publish);

  // The events count from `epoch`. Once; nothing happens before.
  void arm(units::Instant epoch);
  bool is_armed() const noexcept { return epoch_ != units::Instant::never(); }
  units::Instant epoch() const noexcept { return epoch_; }

  // Publishes what is due, one moment after the other; returns at once when nothing is.
  void apply_due(units::Instant now) {
    if (now >= next_due_) [[unlikely]]
      apply(now);
  }

  // In order of time, those that have happened.
  const std::vector<fabric::LinkEvent>& happened() const noexcept { return happened_; }
  // Of what has happened, steps of ramps included.
  units::Duration largest_lag() const noexcept { return largest_lag_; }
  // Of one direction; times count from epoch().
  const std::vector<virtual_time::Change>& changes(std::size_t direction) const {
    return schedule_.changes.front().at(direction);
  }

 private:
  void apply(units::Instant now);
  void find_next() noexcept;
  units::Instant at(const fabric::LinkEvent& event) const noexcept;

  fabric_packets::Schedule schedule_;
  Publish publish_;
  units::Instant epoch_ = units::Instant::never();
  units::Instant next_due_ = units::Instant::never();
  std::array<std::size_t, 2> next_change_{};  // of each direction
  std::size_t next_event_ = 0;
  std::vector<fabric::LinkEvent> happened_;
  units::Duration largest_lag_;
};

}  // namespace farlink::fabric_live
