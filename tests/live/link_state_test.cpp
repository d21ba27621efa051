// SPDX-License-Identifier: Apache-2.0
// Values in force: what a change becomes for the dataplane, and that a refused one changes nothing.
#include "control/live/link_state.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/error.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {

using enum scenario::DirectionChoice;

TEST_CASE("the configurations are those of the scenario") {
  const LinkState links{lab("", {"links.west-east.loss=1%", "links.west-east.reverse.delay=2ms", "run.seed=7"})};
  REQUIRE(links.configs().size() == 2);
  const link::DirectionConfig& forward_config = links.configs()[0];
  CHECK(forward_config.link == 0);
  CHECK(forward_config.direction == 0);
  CHECK(forward_config.seed == 7);
  CHECK(forward_config.near_edge.rate == BitRate::gigabits(1));
  CHECK(forward_config.fibre.delay == Duration::milliseconds(1));
  CHECK(forward_config.impairments.loss == Probability::of(0.01));
  CHECK(forward_config.far_edge.ports == 1);
  CHECK(links.configs()[1].direction == 1);
  CHECK(links.configs()[1].fibre.delay == Duration::milliseconds(2));
}

TEST_CASE("a change is of the directions that differ, with whole configurations") {
  const LinkState before{lab()};
  LinkState after = before;
  CHECK(changes_between(before, after).empty());
  after.set("west-east", reverse, std::vector<std::string>{"loss=0.1%", "delay=1500us"});
  const auto changes = changes_between(before, after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].link == 0);
  CHECK(changes[0].direction == 1);
  link::DirectionConfig expected = before.configs()[1];
  expected.impairments.loss = Probability::of(0.001);
  expected.fibre.delay = Duration::microseconds(1'500);
  CHECK(changes[0].config == expected);
  after.set("west-east", both, std::vector<std::string>{"loss=2%"});
  CHECK(changes_between(before, after).size() == 2);
}

TEST_CASE("a refused change changes nothing") {
  LinkState links{lab()};
  const auto before = links.configs();
  CHECK_THROWS_AS(links.set("west-east", both, std::vector<std::string>{"loss=1%", "delay=1"}),
                  scenario::ScenarioError);
  CHECK_THROWS_AS(links.set("east-west", both, std::vector<std::string>{"loss=1%"}), scenario::ScenarioError);
  CHECK(links.configs() == before);
}

TEST_CASE("a direction is cut until every cut has ended") {
  LinkState links{lab()};
  links.begin_cut(0, both);
  links.begin_cut(0, forward);
  CHECK(links.configs()[0].impairments.is_cut);
  CHECK(links.configs()[1].impairments.is_cut);
  links.end_cut(0, both);
  CHECK(links.configs()[0].impairments.is_cut);
  CHECK_FALSE(links.configs()[1].impairments.is_cut);
  links.end_cut(0, forward);
  CHECK_FALSE(links.configs()[0].impairments.is_cut);
}

}  // namespace farlink::live::test
