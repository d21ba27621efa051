// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/timeline.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "control/scenario/change.hpp"

namespace farlink::fabric_packets {

Timeline::Timeline(std::span<const scenario::Event> events) {
  for (const scenario::Event& event : events) add(event);
}

void Timeline::add(const scenario::Event& event) {
  if (steps_.size() >= most_waiting) {
    throw std::runtime_error("event: " + std::to_string(most_waiting) +
                             " events wait already; give more when some have happened");
  }
  add(Instant::at(event.at), Step{std::make_shared<const scenario::Event>(event)});
}

void Timeline::add(Instant at, Step step) { steps_.emplace(at, std::move(step)); }

Instant Timeline::next_due() const noexcept { return steps_.empty() ? Instant::never() : steps_.begin()->first; }

std::vector<Happened> Timeline::apply_due(Instant now, LinkState& state) {
  std::vector<Happened> happened;
  while (next_due() <= now && !steps_.empty()) {
    const auto first = steps_.extract(steps_.begin());
    Happened what = apply(first.mapped(), first.key(), now, state);
    if (!what.what.empty()) happened.push_back(std::move(what));
  }
  return happened;
}

// An empty `what`: a step of a ramp, of which nobody is told.
Happened Timeline::apply(const Step& step, Instant due, Instant now, LinkState& state) {
  const scenario::Event& event = *step.event;
  const std::size_t link = scenario::link_number(state.scenario(), event.link);
  Happened happened{due, now, event.link, scenario::to_text(state.scenario().links[link], event.direction), {}, {}};
  try {
    switch (step.what) {
      case What::begin:
        happened.what = scenario::words_of(event);
        begin(step, now, link, state);
        break;
      case What::end_of_cut:
        happened.what = event.route.empty() ? "cut ends" : "switched to the route";
        state.end_cut(link, event.direction);
        if (!event.route.empty()) state.set(event.link, event.direction, event.route);
        break;
      case What::end_of_wave_loss:
        happened.what = "wave " + std::to_string(event.wave_loss->wave) + " is back";
        state.end_wave_loss(link, event.direction, *event.wave_loss);
        break;
      case What::ramp:
        next_step(step, due, link, state, happened.what);
        break;
    }
  } catch (const scenario::ScenarioError& error) {
    happened.refusal = error.what();
  }
  return happened;
}

void Timeline::begin(const Step& step, Instant now, std::size_t link, LinkState& state) {
  const scenario::Event& event = *step.event;
  if (event.cut) {
    state.begin_cut(link, event.direction);
    add(now + *event.cut, Step{step.event, What::end_of_cut});
  } else if (event.wave_loss) {
    state.begin_wave_loss(link, event.direction, *event.wave_loss);
    add(now + event.wave_loss->length, Step{step.event, What::end_of_wave_loss});
  } else if (event.ramp) {
    begin_ramp(step, now, link, state);
  } else {
    state.set(event.link, event.direction, event.set);
  }
}

void Timeline::begin_ramp(const Step& step, Instant now, std::size_t link, LinkState& state) {
  const scenario::Event& event = *step.event;
  auto course = std::make_shared<const RampCourse>(state.course_of(link, event.direction, event.set));
  add(now + std::min(event.ramp->step, event.ramp->over), Step{step.event, What::ramp, std::move(course), 1});
}

// Each step sets the next one, so that a ramp waits as one.
void Timeline::next_step(const Step& step, Instant due, std::size_t link, LinkState& state, std::string& what) {
  const scenario::Ramp& ramp = *step.event->ramp;
  const Duration passed = std::min(ramp.over, ramp.step * step.number);
  state.move_along(link, step.event->direction, *step.course, passed / ramp.over);
  if (passed == ramp.over) {
    what = "ramp ends";
    return;
  }
  const Duration next = std::min(ramp.over, passed + ramp.step) - passed;
  add(due + next, Step{step.event, What::ramp, step.course, step.number + 1});
}

}  // namespace farlink::fabric_packets
