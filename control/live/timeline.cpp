// SPDX-License-Identifier: Apache-2.0
#include "control/live/timeline.hpp"

#include <stdexcept>

#include "control/scenario/change.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::live {
namespace {

std::string words_of(const scenario::Event& event) {
  if (event.cut) return "cut " + units::to_text(*event.cut);
  std::string words = "set";
  for (const std::string& value : event.set) words += " " + value;
  return words;
}

}  // namespace

Timeline::Timeline(std::span<const scenario::Event> events) {
  for (const scenario::Event& event : events) add(event);
}

void Timeline::add(const scenario::Event& event) {
  if (steps_.size() >= most_waiting) {
    throw std::runtime_error("event: " + std::to_string(most_waiting) +
                             " events wait already; give more when some have happened");
  }
  steps_.emplace(Instant::at(event.at), Step{event});
}

Instant Timeline::next_due() const noexcept { return steps_.empty() ? Instant::never() : steps_.begin()->first; }

std::vector<Happened> Timeline::apply_due(Instant now, LinkState& state) {
  std::vector<Happened> happened;
  while (next_due() <= now && !steps_.empty()) {
    const auto first = steps_.extract(steps_.begin());
    happened.push_back(apply(first.mapped(), first.key(), now, state));
  }
  return happened;
}

Happened Timeline::apply(const Step& step, Instant due, Instant now, LinkState& state) {
  const scenario::Event& event = step.event;
  const std::size_t link = scenario::link_number(state.scenario(), event.link);
  Happened happened{due,
                    now,
                    event.link,
                    scenario::to_text(state.scenario().links[link], event.direction),
                    step.is_end_of_cut ? "cut ends" : words_of(event),
                    {}};
  if (step.is_end_of_cut) {
    state.end_cut(link, event.direction);
  } else if (event.cut) {
    state.begin_cut(link, event.direction);
    steps_.emplace(now + *event.cut, Step{event, true});
  } else {
    try {
      state.set(event.link, event.direction, event.set);
    } catch (const scenario::ScenarioError& error) {
      happened.refusal = error.what();
    }
  }
  return happened;
}

}  // namespace farlink::live
