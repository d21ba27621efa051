// SPDX-License-Identifier: Apache-2.0
// A far edge that repeats the pauses of the receivers behind it: 1000 B pass to them in a microsecond.
#include "dataplane/link/pause_relay.hpp"

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

PauseRelayConfig relaying() {
  PauseRelayConfig config;
  config.rate = BitRate::gigabits(8);
  config.xoff = Bytes{3'000};
  config.xon = Bytes{1'000};
  config.headroom = Bytes{5'000};
  config.xon_later = Duration::microseconds(2);
  config.refresh = Duration::microseconds(100);
  return config;
}

struct Rig {
  explicit Rig(const PauseRelayConfig& config = relaying()) : relay{config, Bytes::gibi(1), counters} {}
  void arrive(std::uint8_t priority, int frames, Instant at) {
    for (int i = 0; i < frames; ++i) {
      REQUIRE(relay.admit(priority, 1'000, queued, at));
      queued += 1'000;
    }
  }
  void leave(std::uint8_t priority, Instant at) {
    queued -= 1'000;
    relay.release(priority, 1'000, queued, at);
  }
  FarCounters counters;
  PauseRelay relay;
  std::uint64_t queued = 0;
};

constexpr PauseSignal xoff(std::uint8_t priority) { return {Purpose::pause, priority, 65'535}; }
constexpr PauseSignal xon(std::uint8_t priority) { return {Purpose::pause, priority, 0}; }

}  // namespace

TEST_CASE("a receiver stops the gateway above XOFF, and the far edge repeats that at once") {
  Rig rig;
  rig.arrive(5, 6, at_us(0));
  CHECK(rig.relay.next_signal() == at_ps(3'001'001));  // 3001 B have passed; a picosecond late rather than early
  CHECK(rig.relay.take_signal(at_ps(3'001'001)) == xoff(5));
  CHECK(rig.counters.xoff_sent == 1);
  CHECK(rig.relay.next_signal() == at_ps(103'001'001));  // renewal
}

TEST_CASE("at XON the gateway goes on at once, and the near edge is told later") {
  Rig rig;
  rig.arrive(5, 6, at_us(0));
  rig.relay.take_signal(at_ps(3'001'001));
  rig.leave(5, at_us(4));
  rig.leave(5, at_us(5));  // 1001 B at the receiver
  CHECK(rig.relay.next_signal() == at_ps(103'001'001));
  rig.leave(5, at_us(6));
  CHECK(rig.relay.next_signal() == at_us(8));
  // At 6.5 us 500 B have passed; with a frame more the receiver would stop again at 9 us.
  rig.arrive(5, 1, at_ps(6'500'000));
  CHECK(rig.relay.next_signal() == at_us(8));
  CHECK(rig.relay.take_signal(at_us(8)) == xon(5));
  CHECK(rig.counters.paused == Duration::picoseconds(8'000'000 - 3'001'001));
  CHECK(rig.relay.next_signal() == at_ps(9'000'001));
  CHECK(rig.relay.take_signal(at_ps(9'000'001)) == xoff(5));
  CHECK(rig.counters.signals_sent == 3);
}

TEST_CASE("a receiver that stops again before XON is told has never let go") {
  PauseRelayConfig config = relaying();
  config.xon_later = Duration::microseconds(4);
  Rig rig{config};
  rig.arrive(5, 6, at_us(0));
  rig.relay.take_signal(at_ps(3'001'001));
  for (const int at : {4, 5, 6}) rig.leave(5, at_us(at));
  CHECK(rig.relay.next_signal() == at_us(10));
  rig.arrive(5, 1, at_ps(6'500'000));  // stops at 9 us
  CHECK(rig.relay.next_signal() == at_ps(103'001'001));
  CHECK(rig.relay.take_signal(at_ps(103'001'001)) == xoff(5));
  CHECK(rig.counters.xoff_sent == 1);
  CHECK(rig.counters.signals_sent == 2);
}

TEST_CASE("each priority has its own receivers, all share the gateway, and what finds it full is lost") {
  Rig rig;
  rig.arrive(1, 4, at_us(0));
  rig.arrive(7, 4, at_us(0));
  CHECK_FALSE(rig.relay.admit(1, 1, rig.queued, at_us(0)));
  CHECK(rig.relay.take_signal(at_ps(3'001'001)) == xoff(1));
  CHECK(rig.relay.take_signal(at_ps(3'001'001)) == xoff(7));
  CHECK(rig.counters.xoff_sent == 2);
  for (int i = 0; i < 3; ++i) rig.leave(1, at_us(10 + i));
  CHECK(rig.relay.take_signal(at_us(14)) == xon(1));
}

TEST_CASE("without renewal an XOFF is told once, and a queue that has gone is quiet") {
  PauseRelayConfig config = relaying();
  config.refresh = Duration::zero();
  Rig rig{config};
  CHECK(rig.relay.is_quiet(0));
  rig.arrive(0, 4, at_us(0));
  CHECK_FALSE(rig.relay.is_quiet(0));
  CHECK(rig.relay.take_signal(at_ps(3'001'001)) == xoff(0));
  CHECK(rig.relay.next_signal() == Instant::never());
  CHECK_FALSE(rig.relay.is_quiet(0));
  for (int i = 0; i < 4; ++i) rig.leave(0, at_us(10 + i));
  CHECK(rig.relay.take_signal(at_us(14)) == xon(0));
  CHECK(rig.relay.is_quiet(1'500));
  CHECK_FALSE(rig.relay.is_quiet(1'501));
}

}  // namespace farlink::link::test
