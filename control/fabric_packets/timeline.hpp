// SPDX-License-Identifier: Apache-2.0
// What happens to the links and when: the scenario's events and those given while it runs, in order of time on the
// dataplane's clock; events of one moment in the order they were given. A cut lasts its length from the moment it was
// applied, so that a late start never makes it shorter. Live, control asks whenever something is due; for a run in
// virtual time schedule.hpp plays it through beforehand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "control/fabric_packets/link_state.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::fabric_packets {

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

  // Applies to `state` what is due by `now`, in order, and tells it; of a ramp its beginning and its end.
  std::vector<Happened> apply_due(Instant now, LinkState& state);

 private:
  enum class What : std::uint8_t { begin, end_of_cut, end_of_wave_loss, ramp };
  struct Step {
    std::shared_ptr<const scenario::Event> event;
    What what = What::begin;
    std::shared_ptr<const RampCourse> course = {};  // of a ramp
    std::int64_t number = 0;                        // of its step, from 1
  };
  void add(Instant at, Step step);
  Happened apply(const Step& step, Instant due, Instant now, LinkState& state);
  void begin(const Step& step, Instant now, std::size_t link, LinkState& state);
  void begin_ramp(const Step& step, Instant now, std::size_t link, LinkState& state);
  void next_step(const Step& step, Instant due, std::size_t link, LinkState& state, std::string& what);

  std::multimap<Instant, Step> steps_;  // equal keys keep the order of insertion
};

}  // namespace farlink::fabric_packets
