// SPDX-License-Identifier: Apache-2.0
// What a run has room for: as many frames as it was started with, whichever value they come from.
#include "control/live/admission.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/change.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {
namespace {

scenario::Scenario changed(const scenario::Scenario& from, const std::vector<std::string>& values,
                           scenario::DirectionChoice direction = scenario::DirectionChoice::both) {
  return scenario::with_values(from, "west-east", direction, values);
}

}  // namespace

TEST_CASE("a change that holds no more frames is admitted, one that holds more is not") {
  const scenario::Scenario start = lab("", {"links.west-east.delay=100ms"});
  const auto admit = admit_within(plan_live(demand_of(start)));
  CHECK_NOTHROW(admit(start));
  CHECK_NOTHROW(admit(changed(start, {"delay=1ms"})));
  CHECK_NOTHROW(admit(changed(start, {"delay=10ms", "rate=10gbit"})));
  CHECK_NOTHROW(admit(changed(start, {"loss=100%"})));
  // One direction may take what the other leaves.
  CHECK_NOTHROW(admit(changed(changed(start, {"delay=50ms"}), {"delay=149ms"}, scenario::DirectionChoice::forward)));
  CHECK_THROWS_AS(admit(changed(start, {"delay=101ms"})), PlanError);
  CHECK_THROWS_AS(admit(changed(start, {"rate=1010mbit"})), PlanError);
  CHECK_THROWS_AS(admit(changed(start, {"lossless.far-buffer=80MiB"})), PlanError);
}

TEST_CASE("what the timeline brings is counted at the start") {
  const scenario::Scenario start = lab("events: [{at: 1s, link: west-east, set: {delay: 50ms}}]\n");
  const auto admit = admit_within(plan_live(demand_of(start)));
  CHECK_NOTHROW(admit(changed(start, {"delay=50ms"})));
  CHECK_THROWS_WITH(admit(changed(start, {"delay=60ms"})), Catch::Contains("start the run with the largest values"));
}

}  // namespace farlink::live::test
