// SPDX-License-Identifier: Apache-2.0
// The near edge under pauses and grants of its far edge, and pause frames on the line.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

// 1000 B last a microsecond; so do 15.625 quanta.
DirectionConfig slow() {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::gigabits(8);
  return config;
}

Descriptor of_priority(std::uint64_t token, std::uint8_t priority, std::uint32_t flow = 0) {
  Descriptor d = frame(token, 1'000);
  d.priority = priority;
  d.flow = flow;
  return d;
}

constexpr PauseSignal pause(std::uint8_t priority, std::uint64_t quanta) { return {Purpose::pause, priority, quanta}; }
constexpr PauseSignal grant(std::uint64_t bytes) { return {Purpose::grant, 0, bytes}; }

std::vector<std::int64_t> exits_until(Direction& direction, Instant end) {
  Log log;
  collect(direction, end, log);
  std::vector<std::int64_t> microseconds;
  for (const Output& o : log.exits) microseconds.push_back(o.stamp.since_start().picoseconds() / 1'000'000);
  return microseconds;
}

using Times = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a pause stops behind the frame being serialized, and zero quanta resume at once") {
  Direction direction{slow()};
  for (std::uint64_t i = 0; i < 4; ++i) direction.enqueue(of_priority(i, 3), at_us(0));
  direction.near().obey(pause(3, 65'535), at_ns(1'500));
  direction.near().obey(pause(3, 0), at_ns(7'000));
  CHECK(exits_until(direction, at_us(100)) == Times{1, 2, 8, 9});
  CHECK(direction.near().counters().pauses_expired == 0);
}

TEST_CASE("a pause ends when its quanta have run out, and a new one counts from its own time") {
  Direction direction{slow()};
  for (std::uint64_t i = 0; i < 2; ++i) direction.enqueue(of_priority(i, 3), at_us(0));
  direction.near().obey(pause(3, 125), at_us(0));  // until 8 us
  CHECK(direction.near().next_event() == at_us(8));
  direction.near().obey(pause(3, 125), at_us(6));  // until 14 us
  CHECK(exits_until(direction, at_us(100)) == Times{1, 15});
  CHECK(direction.near().counters().pauses_expired == 1);
}

TEST_CASE("other priorities go on, also on a wave where held frames wait") {
  Direction direction{slow()};
  direction.near().obey(pause(3, 65'535), at_us(0));
  direction.enqueue(of_priority(0, 3), at_us(0));
  direction.enqueue(of_priority(1, 5), at_us(10));
  direction.enqueue(of_priority(2, 5), at_us(10));
  direction.enqueue(of_priority(3, 3), at_us(20));
  direction.near().obey(pause(3, 0), at_us(30));
  CHECK(exits_until(direction, at_us(100)) == Times{11, 12, 31, 32});
}

TEST_CASE("stamps do not depend on when it is asked, with pauses that run out by themselves on two waves") {
  std::vector<Output> first;
  for (const std::int64_t step : {100'000, 7, 1}) {
    DirectionConfig config = slow();
    config.near_edge.waves = 2;
    Direction direction{config};
    Log log;
    for (std::int64_t us = 0; us < 60; ++us) {
      const auto token = static_cast<std::uint64_t>(us);
      direction.enqueue(of_priority(token, static_cast<std::uint8_t>(us % 3), static_cast<std::uint32_t>(us % 2)),
                        at_us(us));
      if (us % 10 == 4) direction.near().obey(pause(static_cast<std::uint8_t>(us / 10 % 3), 100), at_us(us));
      if (us % step == 0) collect(direction, at_us(us), log);
    }
    collect(direction, at_us(1'000), log);
    REQUIRE(log.exits.size() == 60);
    if (first.empty()) first = log.exits;
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(log.exits[i].stamp == first[i].stamp);
      CHECK(log.exits[i].frame.token == first[i].frame.token);
    }
    CHECK(direction.near().counters().pauses_expired == 6);
  }
}

TEST_CASE("a held near edge fills, and holds its access ports as ever") {
  DirectionConfig config = slow();
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{2'000};
  config.near_edge.xon = Bytes{1'000};
  Direction direction{config};
  direction.near().obey(pause(3, 65'535), at_us(0));
  Log log;
  for (std::uint64_t i = 0; i < 3; ++i) direction.enqueue(of_priority(i, 3), at_us(1));
  collect(direction, at_us(20), log);
  REQUIRE(log.pauses.size() == 1);
  CHECK(log.pauses[0].stamp == at_us(1));
  direction.near().obey(pause(3, 0), at_us(30));
  collect(direction, at_us(40), log);
  REQUIRE(log.pauses.size() == 2);
  CHECK(log.pauses[1].stamp == at_us(31));
}

TEST_CASE("a grant is what may start; what it was overdrawn by comes off the next") {
  Direction direction{slow()};
  for (std::uint64_t i = 0; i < 10; ++i) direction.enqueue(of_priority(i, 3), at_us(0));  // 0 has begun
  direction.near().obey(grant(1'500), at_ns(500));                                        // 1 and 2: 500 B too much
  direction.near().obey(grant(1'500), at_us(10));                                         // 1,000 B: 3
  direction.near().obey(grant(0), at_us(20));
  direction.near().obey(grant(PauseSignal::no_limit), at_us(30));
  CHECK(exits_until(direction, at_us(33)) == Times{1, 2, 3, 11, 31, 32, 33});
}

TEST_CASE("a grant that nothing renews ends with the longest pause") {
  Direction direction{slow()};
  direction.near().obey(grant(0), at_us(0));
  direction.enqueue(of_priority(0, 3), at_us(1));
  const Duration longest = wire::pause_time(65'535, BitRate::gigabits(8));
  CHECK(direction.near().next_event() == Instant::start() + longest);
  CHECK(exits_until(direction, at_us(10'000)).size() == 1);
  CHECK(direction.near().counters().pauses_expired == 1);
}

TEST_CASE("the watchdog drops the queue of a priority that is held too long, again and again") {
  DirectionConfig config = slow();
  config.near_edge.watchdog = Duration::microseconds(50);
  Direction direction{config};
  direction.near().obey(pause(3, 65'535), at_us(0));
  direction.enqueue(of_priority(0, 3), at_us(1));
  direction.enqueue(of_priority(1, 3), at_us(49));
  direction.enqueue(of_priority(2, 3), at_us(51));
  direction.enqueue(of_priority(3, 4), at_us(60));
  Log log;
  collect(direction, at_us(120), log);
  REQUIRE(log.drops.size() == 3);
  CHECK(log.drops[0].stamp == at_us(50));
  CHECK(log.drops[1].stamp == at_us(50));
  CHECK(log.drops[2].stamp == at_us(100));
  CHECK(log.exits.size() == 1);
  CHECK(direction.near().counters().watchdog_dropped == 3);
  CHECK(direction.near().counters().dropped.queue == 3);
  CHECK(direction.near().queued_bytes() == 0);
  CHECK(direction.is_conserved());
}

TEST_CASE("a pause frame skips the queue, waits for the frame being serialized, and flies") {
  DirectionConfig config = slow();
  config.fibre.delay = Duration::microseconds(100);
  Direction direction{config};
  for (std::uint64_t i = 0; i < 3; ++i) direction.enqueue(of_priority(i, 3), at_us(0));
  direction.near().send_signal(pause(6, 1'234), at_ns(200));
  direction.near().send_signal(pause(6, 0), at_ns(300));
  std::vector<Output> outputs(16);
  const std::size_t count = direction.advance(at_us(1'000), outputs);
  REQUIRE(count == 5);
  CHECK(outputs[1].kind == Output::Kind::pause);
  CHECK(outputs[1].stamp == at_ns(1'000 + 84 + 100'000));
  CHECK(to_signal(outputs[1].frame) == pause(6, 1'234));
  CHECK(outputs[2].kind == Output::Kind::pause);
  CHECK(outputs[2].stamp == at_ns(1'000 + 168 + 100'000));
  CHECK(outputs[3].stamp >= at_ns(2'000 + 168 + 100'000));  // and the exit port, which takes next to nothing
  CHECK(outputs[3].stamp <= at_ns(2'000 + 169 + 100'000));
  CHECK(direction.near().counters().frames_generated == 2);
  CHECK(direction.far().counters().frames_absorbed == 2);
  CHECK(direction.far().counters().frames_out == 3);
  CHECK(direction.is_conserved());
}

TEST_CASE("a pause frame can be lost, and moves no draw of the frames around it") {
  DirectionConfig config = slow();
  config.impairments.loss = Probability::of(0.2);
  config.impairments.burst = GilbertElliott{Probability::of(0.05), Probability::of(0.3), {}, Probability::always()};
  std::vector<std::uint64_t> lost[2];
  for (const bool has_pauses : {false, true}) {
    Direction direction{config};
    Log log;
    for (std::uint64_t i = 0; i < 500; ++i) {
      direction.enqueue(of_priority(i, 3), at_us(static_cast<std::int64_t>(i) * 2));
      if (has_pauses) direction.near().send_signal(pause(3, 0), at_us(static_cast<std::int64_t>(i) * 2));
    }
    std::vector<Output> outputs(4'096);
    const std::size_t count = direction.advance(at_us(10'000), outputs);
    std::uint64_t lost_pauses = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (outputs[i].kind != Output::Kind::drop) continue;
      if (outputs[i].frame.purpose == Purpose::traffic)
        lost[has_pauses ? 1 : 0].push_back(outputs[i].frame.token);
      else
        ++lost_pauses;
    }
    CHECK(direction.is_conserved());
    CHECK(direction.frames_held() == 0);
    if (!has_pauses) continue;
    CHECK(lost_pauses > 100);
    CHECK(direction.far().counters().frames_absorbed == 500 - lost_pauses);
  }
  CHECK(lost[0] == lost[1]);
}

}  // namespace farlink::link::test
