// SPDX-License-Identifier: Apache-2.0
// What a change does to frames in flight: each sentence of NearEdge::reconfigure and FarEdge::reconfigure.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

// Three frames of 5,000 B at 0 (100 ns each at 400 Gb/s), then `next` at 50 ns, then all out.
Log change_at_50ns(const DirectionConfig& before, const DirectionConfig& next, std::uint64_t frames = 3) {
  Direction direction{before};
  Log log;
  for (std::uint64_t i = 0; i < frames; ++i) direction.enqueue(frame(i, 5'000), at_ns(0));
  direction.reconfigure(next, at_ns(50));
  CHECK(direction.config() == next);
  collect(direction, at_us(100'000), log);
  CHECK(direction.frames_held() == 0);
  return log;
}

}  // namespace

TEST_CASE("the frame being serialized keeps its end, queued frames take the new rate") {
  DirectionConfig half = plain();
  half.near_edge.rate = BitRate::gigabits(200);
  CHECK(change_at_50ns(plain(), half).exit_times() == std::vector<std::int64_t>{100'000, 300'000, 500'000});
}

TEST_CASE("frames on the fibre keep their arrival, also when the delay gets longer") {
  DirectionConfig before = plain(), after = plain();
  before.fibre.delay = Duration::nanoseconds(1'000);
  after.fibre.delay = Duration::nanoseconds(5'000);
  CHECK(change_at_50ns(before, after).exit_times() == std::vector<std::int64_t>{1'100'000, 5'200'000, 5'300'000});
}

TEST_CASE("a shorter delay never lets a frame overtake") {
  DirectionConfig before = plain(), after = plain();
  before.fibre.delay = Duration::nanoseconds(1'000);
  after.fibre.delay = Duration::nanoseconds(850);
  // 200 + 850 and 300 + 850: the first would overtake the frame that arrives at 1100 (5,000 B last
  // half a picosecond at the exit port).
  const Log log = change_at_50ns(before, after);
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'100'000, 1'100'001, 1'150'000});
}

TEST_CASE("accepted frames keep their verdict") {
  DirectionConfig lossy = plain();
  lossy.impairments.loss = Probability::always();
  CHECK(change_at_50ns(lossy, plain()).dropped(Cause::random) == 3);
  CHECK(change_at_50ns(plain(), lossy).drops.empty());
}

TEST_CASE("a cut loses what starts serialization from then on, and its restoration ends that") {
  DirectionConfig cut = plain();
  cut.impairments.is_cut = true;
  Log log = change_at_50ns(plain(), cut);
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0});
  CHECK(log.dropped(Cause::cut) == 2);
  for (const Output& o : log.drops) CHECK(o.stamp == at_ns(o.frame.token == 1 ? 200 : 300));  // they have used the line
  CHECK(change_at_50ns(cut, plain()).exit_tokens() == std::vector<std::uint64_t>{1, 2});

  cut.impairments.loss = Probability::always();  // a cause that was decided before is kept
  CHECK(change_at_50ns(cut, cut).dropped(Cause::random) == 3);
}

TEST_CASE("a smaller buffer drops nothing that is inside") {
  DirectionConfig small = plain();
  small.near_edge.buffer = small.far_edge.buffer = Bytes{5'000};
  CHECK(change_at_50ns(plain(), small).exits.size() == 3);
}

TEST_CASE("thresholds adopted release whom they no longer hold") {
  DirectionConfig held = plain();
  held.near_edge.has_backpressure = true;
  held.near_edge.xoff = held.near_edge.xon = Bytes{5'000};
  DirectionConfig wider = held, off = held;
  wider.near_edge.xon = wider.near_edge.xoff = Bytes{10'000};
  off.near_edge.has_backpressure = false;
  for (const DirectionConfig& next : {wider, off}) {
    Direction direction{held};
    Log log;
    for (std::uint64_t i = 0; i < 3; ++i) direction.enqueue(frame(i, 5'000), at_ns(0));  // 10,000 B queued
    collect(direction, at_ns(0), log);
    direction.reconfigure(next, at_ns(50));
    collect(direction, at_us(1), log);
    REQUIRE(log.pauses.size() == 2);
    CHECK(log.pauses[0].stamp == at_ns(0));
    CHECK(log.pauses[1].stamp == at_ns(50));
  }
}

TEST_CASE("the far edge: a frame being serialized keeps its end, the next takes the new rate, pauses keep theirs") {
  DirectionConfig before = plain(), after = plain();
  before.near_edge.rate = after.near_edge.rate = BitRate::terabits(80'000);
  before.far_edge.port_rate = BitRate::gigabits(400);
  after.far_edge.port_rate = BitRate::gigabits(100);
  CHECK(change_at_50ns(before, after).exit_times() == std::vector<std::int64_t>{100'000, 500'000, 900'000});

  Direction direction{before};
  Log log;
  direction.pause(0, 0, 100, at_ns(0));  // until 128 ns
  direction.enqueue(frame(0, 50), at_ns(1));
  direction.reconfigure(after, at_ns(50));
  collect(direction, at_us(1), log);
  CHECK(log.exit_times() == std::vector<std::int64_t>{128'000 + 4'000});
}

TEST_CASE("a change takes effect at its time, however late the caller asks") {
  DirectionConfig before = plain(), after = plain();
  before.far_edge.port_rate = BitRate::gigabits(400);
  after.far_edge.port_rate = BitRate::gigabits(100);
  after.near_edge.rate = BitRate::gigabits(100);
  std::vector<std::vector<std::int64_t>> times;
  for (const bool asks_before : {true, false}) {
    Direction direction{before};
    Log log;
    for (std::uint64_t i = 0; i < 20; ++i) direction.enqueue(frame(i, 5'000), at_ns(0));
    if (asks_before)
      for (std::int64_t t = 0; t <= 1'030; ++t) collect(direction, at_ns(t), log);
    direction.reconfigure(after, at_ns(1'030));
    REQUIRE(direction.is_conserved());
    collect(direction, at_us(100), log);
    times.push_back(log.exit_times());
  }
  CHECK(times[0].size() == 20);
  CHECK(times[0] == times[1]);
}

TEST_CASE("listed entries that stay keep their count") {
  DirectionConfig before = plain();
  before.impairments.listed = {listed({}, {}, {}, 5)};
  DirectionConfig after = before;
  after.impairments.listed.push_back(listed({}, {}, {}, 3));
  Direction direction{before};
  Log log;
  for (std::uint64_t i = 1; i <= 3; ++i) direction.enqueue(frame(i, 50), at_ns(0));
  direction.reconfigure(after, at_ns(1));
  for (std::uint64_t i = 4; i <= 8; ++i) direction.enqueue(frame(i, 50), at_ns(1));
  collect(direction, at_us(1), log);
  REQUIRE(log.drops.size() == 2);
  CHECK(log.drops[0].frame.token == 5);  // the fifth of all
  CHECK(log.drops[1].frame.token == 6);  // the third since the entry was added
}

}  // namespace farlink::link::test
