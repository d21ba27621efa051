// SPDX-License-Identifier: Apache-2.0
// Events in order of time, and what a late hand does to them.
#include <catch2/catch.hpp>

#include "control/live/link_state.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {
namespace {

const std::string events =
    "events:\n"
    "  - {at: 20ms, link: west-east, cut: 5ms}\n"
    "  - {at: 10ms, link: west-east, direction: east->west, set: {loss: 1%}}\n"
    "  - {at: 10ms, link: west-east, direction: east->west, set: {loss: 2%}}\n";

std::vector<std::string> words(const std::vector<Happened>& happened) {
  std::vector<std::string> all;
  for (const Happened& h : happened) all.push_back(h.direction + " " + h.what);
  return all;
}

}  // namespace

TEST_CASE("events happen when they are due, those of one moment in the order of the file") {
  const scenario::Scenario scenario = lab(events);
  LinkState links{scenario};
  Timeline timeline{scenario.events};
  CHECK(timeline.next_due() == at_ms(10));
  CHECK(timeline.apply_due(Instant::at(Duration::microseconds(9'999)), links).empty());
  CHECK(words(timeline.apply_due(at_ms(10), links)) ==
        std::vector<std::string>{"east->west set loss=1%", "east->west set loss=2%"});
  CHECK(links.configs()[0].impairments.loss.is_zero());
  CHECK(links.configs()[1].impairments.loss == Probability::of(0.02));
  CHECK(timeline.next_due() == at_ms(20));
  CHECK(words(timeline.apply_due(at_ms(20), links)) == std::vector<std::string>{"both cut 5ms"});
  CHECK(links.is_cut(0, 0));
  CHECK(links.is_cut(0, 1));
  CHECK(timeline.next_due() == at_ms(25));
  CHECK(words(timeline.apply_due(at_ms(25), links)) == std::vector<std::string>{"both cut ends"});
  CHECK_FALSE(links.is_cut(0, 0));
  CHECK(timeline.next_due() == Instant::never());
  CHECK(timeline.waiting() == 0);
}

TEST_CASE("a cut that begins late is as long as it was to be") {
  const scenario::Scenario scenario = lab(events);
  LinkState links{scenario};
  Timeline timeline{scenario.events};
  const auto happened = timeline.apply_due(at_ms(40), links);  // nobody looked until then
  REQUIRE(happened.size() == 3);
  CHECK(happened[2].due == at_ms(20));
  CHECK(happened[2].applied == at_ms(40));
  CHECK(links.is_cut(0, 0));
  CHECK(timeline.next_due() == at_ms(45));
}

TEST_CASE("an event that no longer goes together with the values in force is refused, and told") {
  const scenario::Scenario scenario = lab("events: [{at: 1ms, link: west-east, set: {lossless: {xon: 100MiB}}}]\n");
  LinkState links{scenario};
  Timeline timeline{scenario.events};
  links.set("west-east", scenario::DirectionChoice::both,
            std::vector<std::string>{"lossless.xon=1MiB", "lossless.xoff=2MiB"});
  const auto before = links.configs();
  const auto happened = timeline.apply_due(at_ms(1), links);
  REQUIRE(happened.size() == 1);
  CHECK(happened[0].refusal == "set lossless.xon: is above xoff; xon <= xoff <= buffer");
  CHECK(links.configs() == before);
}

TEST_CASE("the number of waiting events is bounded") {
  const scenario::Scenario scenario = lab(events);
  Timeline timeline{scenario.events};
  for (std::size_t i = timeline.waiting(); i < Timeline::most_waiting; ++i) timeline.add(scenario.events[0]);
  CHECK_THROWS_WITH(timeline.add(scenario.events[0]),
                    "event: 100000 events wait already; give more when some have happened");
}

}  // namespace farlink::live::test
