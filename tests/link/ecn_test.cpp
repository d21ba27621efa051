// SPDX-License-Identifier: Apache-2.0
// RED marking on a queue whose length is known for every frame: a microsecond per frame of 1000 B at 8 Gb/s.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

DirectionConfig marking() {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::gigabits(8);
  config.near_edge.ecn = EcnMarking{Bytes{10'000}, Bytes{20'000}, Probability::of(0.5)};
  return config;
}

std::uint64_t marked(const Log& log) {
  std::uint64_t count = 0;
  for (const Output& o : log.exits) count += (o.frame.edits & edit_ce) != 0;
  return count;
}

}  // namespace

TEST_CASE("no mark up to kmin, every frame above kmax") {
  // Frame 0 goes to the serializer; frame n finds n - 1 queued, and makes it n x 1000 B.
  Direction direction{marking()};
  const Log log = play(direction, evenly(41, 1'000, Duration::zero()));
  REQUIRE(log.exits.size() == 41);
  for (std::size_t n = 0; n <= 10; ++n) CHECK(log.exits[n].frame.edits == 0);
  for (std::size_t n = 21; n <= 40; ++n) CHECK(log.exits[n].frame.edits == edit_ce);
  CHECK(direction.near().counters().ecn_marked == marked(log));
}

TEST_CASE("between kmin and kmax the share grows to pmax") {
  // 16 frames ahead, then one in and one out each microsecond: every further frame makes the queue 15,000 B, p = 0.25.
  std::vector<Step> steps = evenly(16, 1'000, Duration::zero());
  constexpr std::uint64_t frames = 10'000;
  for (std::uint64_t i = 0; i < frames; ++i)
    steps.push_back({at_us(static_cast<std::int64_t>(i) + 1), frame(100 + i, 1'000), {}});
  Direction direction{marking()};
  std::uint64_t count = 0;
  for (const Output& o : play(direction, steps).exits) count += o.frame.token >= 100 && o.frame.edits == edit_ce;
  CHECK(count > 2'500 - 4 * 43);  // sigma = sqrt(10,000 x 0.25 x 0.75) = 43
  CHECK(count < 2'500 + 4 * 43);
  CHECK(count == 2'529);  // seed 1
  std::uint64_t expected = 0;
  const Random draws{1, 0, 0, Stage::ecn};
  for (std::uint64_t i = 0; i < frames; ++i) expected += (draws.draw(16 + i) >> 1) < (std::uint64_t{1} << 61);
  CHECK(count == expected);
}

TEST_CASE("kmin = kmax is a step, and only frames that can carry a mark get one") {
  DirectionConfig config = marking();
  config.near_edge.ecn = EcnMarking{Bytes{5'000}, Bytes{5'000}, Probability::of(0.5)};
  for (const Ecn ecn : {Ecn::ect0, Ecn::ect1, Ecn::not_ect, Ecn::ce}) {
    std::vector<Step> steps = evenly(11, 1'000, Duration::zero());
    for (Step& step : steps) step.frame.ecn = ecn;
    Direction direction{config};
    const Log log = play(direction, steps);
    const bool can_mark = ecn == Ecn::ect0 || ecn == Ecn::ect1;
    CHECK(marked(log) == (can_mark ? 5 : 0));  // frames 6 to 10
    CHECK(direction.near().counters().ecn_marked == marked(log));
    CHECK(log.drops.empty());
  }
}

TEST_CASE("the queue that marks is that of the frame's own wave and priority") {
  DirectionConfig config = marking();
  config.near_edge.waves = 2;
  config.near_edge.ecn = EcnMarking{Bytes{5'000}, Bytes{5'000}, Probability::always()};
  std::vector<Step> steps = evenly(20, 1'000, Duration::zero());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].frame.flow = static_cast<std::uint32_t>(i % 2);
    steps[i].frame.priority = static_cast<std::uint8_t>(i / 2 % 2);
  }
  CHECK(marked(play(config, steps)) == 0);  // four queues of 4,000 to 5,000 B
}

}  // namespace farlink::link::test
