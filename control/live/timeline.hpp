// SPDX-License-Identifier: Apache-2.0
// What happens to the links and when: the scenario's events and those given while it runs, in order of time on the
// dataplane's clock; events of one moment in the order they were given. A cut lasts its length from the moment it was
// applied, so that a late start never makes it shorter.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/live/link_state.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::live {

using units::Duration;
using units::Instant;

// One event that was applied, or refused because it no longer goes together with the values in force.
struct Happened {
  Instant due, applied;
  std::string link, direction;  // "west-east", "west->east" or "both"
  std::string what;             // "set loss=1%", "cut 50ms", "cut ends"
  std::string refusal;          // empty: applied
};

class Timeline {
 public:
  static constexpr std::size_t most_waiting = 100'000;

  explicit Timeline(std::span<const scenario::Event> events);

  // `event.at` is on the dataplane's clock; one that has passed is due at once. Throws std::runtime_error when
  // most_waiting events wait already.
  void add(const scenario::Event& event);

  // When apply_due() is to be called next; never() when nothing waits.
  Instant next_due() const noexcept;
  std::size_t waiting() const noexcept { return steps_.size(); }

  // Applies to `state` what is due by `now`, in order, and tells it.
  std::vector<Happened> apply_due(Instant now, LinkState& state);

 private:
  struct Step {
    scenario::Event event;
    bool is_end_of_cut = false;
  };
  Happened apply(const Step& step, Instant due, Instant now, LinkState& state);

  std::multimap<Instant, Step> steps_;  // equal keys keep the order of insertion
};

}  // namespace farlink::live
