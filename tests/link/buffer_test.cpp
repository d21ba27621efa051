// SPDX-License-Identifier: Apache-2.0
// Tail drop and XOFF/XON. Bytes leave the buffer when their serialization starts.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

// 1000 B last a microsecond.
DirectionConfig slow() {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::gigabits(8);
  return config;
}

}  // namespace

TEST_CASE("the buffer drops exactly what does not fit") {
  DirectionConfig config = slow();
  config.near_edge.buffer = Bytes{3'000};
  Direction direction{config};
  // 0 is serialized, 1-3 fill the buffer, 4 does not fit.
  const Log log = play(direction, evenly(5, 1'000, Duration::zero()));
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 2, 3});
  REQUIRE(log.drops.size() == 1);
  CHECK(log.drops[0].frame.token == 4);
  CHECK(log.drops[0].cause == Cause::queue);
  CHECK(log.drops[0].stamp == at_us(0));
  CHECK(direction.near().counters().dropped.queue == 1);
  CHECK(direction.near().counters().queue_peak_bytes == 3'000);
  CHECK(direction.near().counters().frames_in == 5);
}

TEST_CASE("one byte more than the rest of the buffer is dropped, one less fits") {
  DirectionConfig config = slow();
  config.near_edge.buffer = Bytes{1'999};
  CHECK(play(config, evenly(3, 1'000, Duration::zero())).drops.size() == 1);
  config.near_edge.buffer = Bytes{2'000};
  CHECK(play(config, evenly(3, 1'000, Duration::zero())).drops.empty());
}

TEST_CASE("room comes back when the next serialization starts") {
  DirectionConfig config = slow();
  config.near_edge.buffer = Bytes{1'000};
  std::vector<Step> steps = evenly(2, 1'000, Duration::zero());  // one in the serializer until 1 us, one queued
  steps.push_back({at_ns(999), frame(2, 1'000), {}});
  steps.push_back({at_ns(1'000), frame(3, 1'000), {}});
  const Log log = play(config, steps);
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 3});
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000'000, 2'000'000, 3'000'000});
}

TEST_CASE("a frame as large as the buffer passes an idle link, a larger one never does") {
  DirectionConfig config = slow();
  config.near_edge.buffer = Bytes{1'000};
  const Log log = play(config, {{at_us(0), frame(0, 1'000), {}}, {at_us(5), frame(1, 1'001), {}}});
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0});
  CHECK(log.dropped(Cause::queue) == 1);
}

TEST_CASE("XOFF above its threshold, XON at or below its own, once each, at exact times") {
  DirectionConfig config = slow();
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{3'000};
  config.near_edge.xon = Bytes{1'000};
  Direction direction{config};
  std::vector<Step> steps =
      evenly(6, 1'000, Duration::nanoseconds(100));  // 1-5 queued; 4,000 B when 4 comes, at 400 ns
  for (Step& step : steps) step.frame.priority = 3;
  const Log log = play(direction, steps);
  REQUIRE(log.pauses.size() == 2);
  CHECK(log.pauses[0].kind == Output::Kind::xoff);
  CHECK(log.pauses[0].priority == 3);
  CHECK(log.pauses[0].stamp == at_ns(400));
  // Starts at 1, 2, 3, 4 us leave 4000, 3000, 2000, 1000 B.
  CHECK(log.pauses[1].kind == Output::Kind::xon);
  CHECK(log.pauses[1].priority == 3);
  CHECK(log.pauses[1].stamp == at_us(4));
  CHECK(direction.near().counters().xoff_sent == 1);
  CHECK(direction.near().counters().paused == Duration::nanoseconds(3'600));
  CHECK(log.drops.empty());
}

TEST_CASE("between the thresholds nothing is told again") {
  DirectionConfig config = slow();
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{3'000};
  config.near_edge.xon = Bytes{1'000};
  std::vector<Step> steps = evenly(5, 1'000, Duration::zero());  // 4,000 B queued: XOFF
  // The queue goes 3000, 2000 at 1, 2 us; up to 4000 and down again: still held.
  for (std::uint64_t i = 0; i < 2; ++i) steps.push_back({at_us(2), frame(10 + i, 1'000), {}});
  const Log log = play(config, steps);
  REQUIRE(log.pauses.size() == 2);
  CHECK(log.pauses[0].stamp == at_us(0));
  CHECK(log.pauses[1].stamp == at_us(5));
}

TEST_CASE("priorities are held one by one, over all waves") {
  DirectionConfig config = slow();
  config.near_edge.waves = 2;
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{3'000};
  config.near_edge.xon = Bytes{3'000};
  std::vector<Step> steps;
  for (std::uint64_t i = 0; i < 6; ++i) {  // two serialized, four queued, two on each wave: 4,000 B of priority 5
    steps.push_back({at_us(0), frame(i, 1'000), {}});
    steps.back().frame.flow = static_cast<std::uint32_t>(i);
    steps.back().frame.priority = 5;
  }
  for (std::uint64_t i = 6; i < 9; ++i) {  // 3,000 B of priority 1
    steps.push_back({at_us(0), frame(i, 1'000), {}});
    steps.back().frame.priority = 1;
  }
  const Log log = play(config, steps);
  REQUIRE(log.pauses.size() == 2);
  CHECK(log.pauses[0].priority == 5);
  CHECK(log.pauses[1].priority == 5);
  CHECK(log.pauses[1].stamp == at_us(1));
}

TEST_CASE("without back-pressure nobody is held") {
  DirectionConfig config = slow();
  config.near_edge.xoff = config.near_edge.xon = Bytes{0};
  Direction direction{config};
  CHECK(play(direction, evenly(50, 1'000, Duration::zero())).pauses.empty());
  CHECK(direction.near().counters().xoff_sent == 0);
}

}  // namespace farlink::link::test
