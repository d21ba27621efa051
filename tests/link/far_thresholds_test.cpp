// SPDX-License-Identifier: Apache-2.0
// XOFF, XON and headroom of the far edge, and that a far edge which nothing fills is as one without them.
#include "dataplane/link/far_thresholds.hpp"

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

FarThresholdConfig fixed() {
  FarThresholdConfig config;
  config.xoff = Bytes{3'000};
  config.xon = Bytes{1'000};
  config.headroom = Bytes{2'000};
  config.refresh = Duration::microseconds(10);
  return config;
}

Descriptor of_priority_5(std::uint64_t token) {
  Descriptor d = frame(token, 1'000);
  d.priority = 5;
  return d;
}

constexpr PauseSignal xoff(std::uint8_t priority) { return {Purpose::pause, priority, 65'535}; }
constexpr PauseSignal xon(std::uint8_t priority) { return {Purpose::pause, priority, 0}; }

}  // namespace

TEST_CASE("up to XOFF a priority is in the shared part, then in the headroom, then lost") {
  FarCounters counters;
  FarThresholds t{fixed(), Bytes{5'000}, counters};
  for (int i = 0; i < 3; ++i) CHECK(t.admit(3, 1'000, 0, at_ns(i)));
  CHECK(t.next_signal() == Instant::never());
  CHECK(t.admit(3, 1'000, 0, at_ns(10)));  // above XOFF
  CHECK(t.next_signal() == at_ns(10));
  CHECK(t.take_signal(at_ns(10)) == xoff(3));
  CHECK(t.admit(3, 1'000, 0, at_ns(11)));
  CHECK_FALSE(t.admit(3, 1, 0, at_ns(12)));
  CHECK(counters.xoff_sent == 1);
  CHECK(counters.signals_sent == 1);
}

TEST_CASE("an XOFF is renewed until XON, which comes at or below its threshold") {
  FarCounters counters;
  FarThresholds t{fixed(), Bytes{5'000}, counters};
  for (int i = 0; i < 4; ++i) CHECK(t.admit(3, 1'000, 0, at_us(0)));
  CHECK(t.take_signal(at_us(0)) == xoff(3));
  CHECK(t.next_signal() == at_us(10));
  CHECK(t.take_signal(at_us(10)) == xoff(3));
  CHECK(t.next_signal() == at_us(20));
  t.release(3, 1'000, 0, at_us(11));
  t.release(3, 1'000, 0, at_us(12));
  CHECK(t.next_signal() == at_us(20));
  t.release(3, 1'000, 0, at_us(13));
  CHECK(t.next_signal() == at_us(13));
  CHECK(t.take_signal(at_us(13)) == xon(3));
  CHECK(t.next_signal() == Instant::never());
  CHECK(counters.paused == Duration::microseconds(13));
  CHECK(counters.signals_sent == 3);
}

TEST_CASE("without refresh an XOFF is told once") {
  FarThresholdConfig config = fixed();
  config.refresh = Duration::zero();
  FarCounters counters;
  FarThresholds t{config, Bytes{5'000}, counters};
  for (int i = 0; i < 4; ++i) CHECK(t.admit(0, 1'000, 0, at_us(0)));
  CHECK(t.take_signal(at_us(0)) == xoff(0));
  CHECK(t.next_signal() == Instant::never());
}

TEST_CASE("each priority has its own threshold; the headroom is for all") {
  FarThresholdConfig config = fixed();
  FarCounters counters;
  FarThresholds t{config, Bytes{20'000}, counters};
  for (int i = 0; i < 3; ++i) {
    CHECK(t.admit(1, 1'000, 0, at_us(0)));
    CHECK(t.admit(7, 1'000, 0, at_us(0)));
  }
  CHECK(t.next_signal() == Instant::never());
  CHECK(t.admit(7, 1'500, 0, at_us(1)));
  CHECK(t.admit(1, 500, 0, at_us(2)));
  CHECK(t.take_signal(at_us(2)) == xoff(1));
  CHECK(t.take_signal(at_us(2)) == xoff(7));
  CHECK_FALSE(t.admit(1, 1, 0, at_us(3)));
}

TEST_CASE("a shared part that others have filled pauses below XOFF too") {
  FarCounters counters;
  FarThresholds t{fixed(), Bytes{6'000}, counters};  // 4,000 B shared
  for (int i = 0; i < 3; ++i) CHECK(t.admit(1, 1'000, 0, at_us(0)));
  CHECK(t.admit(2, 1'000, 0, at_us(0)));
  CHECK(t.next_signal() == Instant::never());
  CHECK(t.admit(2, 1'000, 0, at_us(1)));
  CHECK(t.take_signal(at_us(1)) == xoff(2));
}

TEST_CASE("a threshold that moves is alpha times what is free") {
  FarThresholdConfig config = fixed();
  config.alpha = 1;
  config.headroom = Bytes{20'000};
  FarCounters counters;
  FarThresholds t{config, Bytes{120'000}, counters};  // 100,000 B shared: one priority alone gets half of it
  CHECK(t.quiet_below() == 50'000);
  for (int i = 0; i < 50; ++i) CHECK(t.admit(3, 1'000, 0, at_us(0)));
  CHECK(t.next_signal() == Instant::never());
  CHECK(t.admit(3, 1'000, 0, at_us(1)));
  CHECK(t.take_signal(at_us(1)) == xoff(3));
  for (int i = 0; i < 25; ++i) CHECK(t.admit(4, 1'000, 0, at_us(2)));  // 25,000 of 50,000 that are free
  CHECK(t.admit(4, 1'000, 0, at_us(2)));
  CHECK(t.take_signal(at_us(2)) == xoff(4));
  // 26,000 B and two jumbo frames are free again after 20,256 B have gone: 75,000 - 20,256 queued, 45,256 free.
  int gone = 0;
  for (; t.next_signal() > at_us(3); ++gone) t.release(3, 1'000, 0, at_us(3));
  CHECK(gone == 21);
  CHECK(t.take_signal(at_us(3)) == xon(4));
}

TEST_CASE("the far edge looks at thresholds once its queue is long, whatever was queued before") {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::terabits(80'000);
  config.far_edge.port_rate = BitRate::gigabits(8);  // 1000 B last a microsecond
  config.far_edge.buffer = Bytes{5'000};
  config.far_edge.control = fixed();
  Direction direction{config};
  Log log;
  for (std::uint64_t i = 0; i < 6; ++i) {
    Descriptor d = frame(i, 1'000);
    d.priority = 5;
    direction.enqueue(d, at_ns(static_cast<std::int64_t>(i) * 10));
    collect(direction, at_ns(static_cast<std::int64_t>(i) * 10 + 5), log);
  }
  CHECK(log.dropped(Cause::headroom) == 1);
  CHECK(direction.far().next_signal() <= at_ns(31));
  CHECK(direction.far().next_signal() >= at_ns(30));
  CHECK(direction.next_event() == direction.far().next_signal());
  CHECK(direction.far().take_signal(at_ns(31)) == xoff(5));
  collect(direction, at_ns(3'900), log);
  CHECK(direction.far().next_signal() > at_us(4));  // 2,000 B are left
  collect(direction, at_ns(4'001), log);
  CHECK(direction.far().next_signal() <= at_ns(4'001));
  CHECK(direction.far().take_signal(at_ns(4'001)) == xon(5));
  collect(direction, at_us(10), log);
  CHECK(log.exits.size() == 5);
  CHECK(direction.far().counters().dropped.headroom == 1);
  CHECK(direction.far().counters().dropped.queue == 0);
  CHECK(direction.is_conserved());
}

TEST_CASE("a change while priorities are held starts from what is queued") {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::terabits(80'000);
  config.far_edge.port_rate = BitRate::gigabits(8);
  config.far_edge.buffer = Bytes{10'000};
  config.far_edge.control = fixed();
  Direction direction{config};
  Log log;
  for (std::uint64_t i = 0; i < 5; ++i) direction.enqueue(of_priority_5(i), at_ns(static_cast<std::int64_t>(i)));
  collect(direction, at_ns(10), log);
  CHECK(direction.far().take_signal(at_ns(10)) == xoff(5));
  FarThresholdConfig smaller = fixed();
  smaller.alpha = 1;
  smaller.headroom = Bytes{1'000};
  config.far_edge.buffer = Bytes{4'000};  // less than is queued
  config.far_edge.control = smaller;
  direction.reconfigure(config, at_ns(20));
  CHECK(direction.far().next_signal() == Instant::never());
  direction.enqueue(of_priority_5(5), at_ns(30));  // into the headroom
  direction.enqueue(of_priority_5(6), at_ns(31));
  collect(direction, at_ns(40), log);
  CHECK(direction.far().take_signal(at_ns(40)) == xoff(5));
  CHECK(direction.far().counters().dropped.headroom == 1);
  collect(direction, at_us(20), log);
  CHECK(direction.far().take_signal(at_us(20)) == xon(5));
  CHECK(log.exits.size() == 6);
  CHECK(direction.is_conserved());
}

}  // namespace farlink::link::test
