// SPDX-License-Identifier: Apache-2.0
// The bounds with numbers that can be checked in the head.
#include "control/headroom/bounds.hpp"

#include <catch2/catch.hpp>

namespace farlink::headroom {
namespace {

// 1000 B last a microsecond; a millisecond of round trip holds 1 MB.
Path path() {
  Path p;
  p.rate = p.wave_back = p.nic = p.drain = BitRate::gigabits(8);
  p.round_trip = Duration::milliseconds(1);
  p.frame = Bytes{1'000};
  p.near_xoff = Bytes{50'000};
  p.slot = Duration::microseconds(10);
  return p;
}

// Rounding up: a picosecond and a byte here and there.
bool is_about(Bytes value, std::uint64_t expected) {
  return value.count() >= expected && value.count() <= expected + 3;
}

}  // namespace

TEST_CASE("a pause frame waits for a frame, is serialized, and flies") {
  const Duration longer = reaction(path()) - (Duration::microseconds(1'001) + Duration::nanoseconds(84));
  CHECK(longer >= Duration::zero());
  CHECK(longer <= Duration::picoseconds(2));
}

TEST_CASE("segmented: a bandwidth-delay product, the frame that crosses XOFF, and one in each serializer") {
  Path p = path();
  const Bounds b = bounds(Scheme::segmented, p);
  CHECK(is_about(b.headroom, 1'001'084 + 2 * 1'000));
  CHECK(is_about(b.xon, 1'002'084 + 2 * 1'000));
  CHECK(b.xoff == b.xon + Bytes{2'000});
  CHECK(b.total == b.xoff + b.headroom);
  p.waves = 4;  // of 2 Gb/s: a frame lasts 4 us, there and back
  p.wave_back = BitRate::gigabits(2);
  CHECK(is_about(bounds(Scheme::segmented, p).headroom, 1'004'336 + 5 * 1'000));
}

TEST_CASE("encapsulation lengthens what waits and is sent on the lines, and not what is kept") {
  Path p = path();
  p.overhead = Bytes{100};
  p.overhead_back = Bytes{200};
  CHECK(is_about(bounds(Scheme::segmented, p).headroom, 1'001'484 + 2 * 1'000));
  CHECK(is_about(bounds(Scheme::segmented, p).xon, 1'002'584 + 2 * 1'000));
}

TEST_CASE("end-to-end: each RNIC ends its frame, and what the near edge has queued comes too") {
  Path p = path();
  CHECK(is_about(bounds(Scheme::end_to_end, p).headroom, 1'001'084 + 3 * 1'000));
  CHECK(is_about(bounds(Scheme::end_to_end, p).xon, 1'003'084 + 2 * 1'000));
  p.senders = 2;  // together faster than the line
  CHECK(is_about(bounds(Scheme::end_to_end, p).headroom, 1'001'084 + 5 * 1'000 + 50'000));
}

TEST_CASE("XON is counted at the rate that drains, never above the line's") {
  Path p = path();
  p.drain = BitRate::gigabits(4);
  CHECK(is_about(bounds(Scheme::segmented, p).xon, 501'042 + 2 * 1'000));
  p.drain = BitRate::gigabits(80);
  CHECK(is_about(bounds(Scheme::segmented, p).xon, 1'002'084 + 2 * 1'000));
}

TEST_CASE("relay: one bandwidth-delay product, and what receivers need who pause all the time") {
  Path p = path();
  const Bounds b = bounds(Scheme::relay, p);
  CHECK(is_about(b.headroom, 1'001'084 + 2 * 1'000));
  // A repetition lets a frame through, and may wait for another: 2 us. sqrt(2000 x 1'001'084) / 2, and two frames.
  CHECK(repetition(p) >= Duration::microseconds(2));
  CHECK(repetition(p) <= Duration::microseconds(2) + Duration::picoseconds(2));
  CHECK(is_about(b.xon, 22'378 + 2 * 1'000));
  CHECK(b.xoff == b.xon * 2);
  CHECK(b.total == b.xoff + b.headroom);
  p.jitter_back = Duration::microseconds(1);
  CHECK(repetition(p) >= Duration::microseconds(3));
}

TEST_CASE("rate matching: one bandwidth-delay product in slots, and two more") {
  // 1002.1 us are 101 slots of 10 kB, one is granted, one is in the queue; three jumbo frames.
  const Bounds b = bounds(Scheme::rate_matched, path());
  CHECK(b.total.count() == 103 * 10'001 + 3 * 9'258);
  CHECK(b.headroom == Bytes{});
}

}  // namespace farlink::headroom
