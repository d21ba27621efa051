// SPDX-License-Identifier: Apache-2.0
// The adaptive retransmission timer: when it fires, to the picosecond, in vain over a long fibre and in good time over
// a short one; and when the queue pair fails.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

constexpr std::int64_t frame_ps = 198 * 80;  // 100 bytes of payload at 100 Gb/s
constexpr std::int64_t unit_ps = 4'096'000;

rnic::Config adaptive(std::uint8_t least, std::uint8_t most) {
  rnic::Config config = lab_config();
  config.adaptive_timer = least;
  config.ack_timeout = most;
  return config;
}

// Messages of 100 bytes, one after the other; after each, how often the timer has run out for it.
struct Messages {
  explicit Messages(const rnic::Config& config, Duration delay = Duration::microseconds(10))
      : lab{config, delay}, qp{lab.connect()}, west{pattern(100, 1)}, east(100) {}

  std::uint64_t send() {
    const std::uint64_t before = timeouts();
    begun = lab.now();
    lab.post(Side::west, qp, request(Operation::write, west, &east));
    lab.run();
    return timeouts() - before;
  }
  std::uint64_t timeouts() { return lab.nic(Side::west).requester(qp).counters().timeouts; }
  // When the last frames entered the serializer, since the message was posted.
  std::vector<std::int64_t> sent_at() const {
    std::vector<std::int64_t> times;
    for (const Sent& sent : lab.log())
      if (sent.from == Side::west && sent.left > begun) times.push_back((sent.left - begun).picoseconds() - frame_ps);
    return times;
  }

  TwoNics lab;
  std::uint32_t qp;
  std::vector<std::byte> west, east;
  Instant begun;
};

TEST_CASE("the adaptive timer halves with each acknowledgement until it fires in vain, then doubles", "[rnic]") {
  Messages messages{adaptive(0, 6)};  // from 262 us; a round trip takes 20.02 us
  // 262, 131, 65.5, 32.8: none fires.
  for (int i = 0; i < 4; ++i) CHECK(messages.send() == 0);
  // 16.4 us does, and 32.8 us after it does not; and so for every message that follows.
  for (int i = 0; i < 5; ++i) {
    CHECK(messages.send() == 1);
    CHECK(messages.sent_at() == std::vector<std::int64_t>{0, 4 * unit_ps});
  }
  CHECK(messages.lab.nic(Side::west).requester(messages.qp).counters().retransmitted == 5);
  CHECK(messages.lab.nic(Side::east).responder(messages.qp).counters().duplicates == 5);
  CHECK(messages.east == messages.west);
}

TEST_CASE("an adaptive timer whose least is above the round trip never fires in vain", "[rnic]") {
  Messages near{adaptive(3, 14)};                             // 32.8 us against 20 us
  Messages far{adaptive(3, 14), Duration::microseconds(20)};  // against 40 us
  for (int i = 0; i < 11; ++i) CHECK(near.send() + far.send() == 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(near.send() == 0);
    CHECK(far.send() == 1);
    CHECK(far.sent_at() == std::vector<std::int64_t>{0, 8 * unit_ps});
  }
}

TEST_CASE("what is lost at the end is sent again after the shortened timer", "[rnic]") {
  Messages messages{adaptive(3, 14)};
  for (int i = 0; i < 15; ++i) messages.send();
  std::size_t count = 0;
  messages.lab.set_fate(
      [&](const Sent& s) { return s.from == Side::west && count++ < 2 ? Fate::lost : Fate::delivered; });
  CHECK(messages.send() == 2);  // where the plain timer takes 67 ms
  CHECK(messages.sent_at() == std::vector<std::int64_t>{0, 8 * unit_ps, (8 + 16) * unit_ps});
}

TEST_CASE("with an adaptive timer the queue pair fails when the plain timer would fail it", "[rnic]") {
  for (const int acknowledged : {0, 5, 30}) {
    rnic::Config config = adaptive(3, 14);
    config.retry = 7;
    Messages messages{config};
    for (int i = 0; i < acknowledged; ++i) messages.send();
    messages.lab.set_fate([](const Sent&) { return Fate::lost; });
    const std::uint64_t timeouts = messages.send();
    CAPTURE(acknowledged);
    const auto failed = messages.lab.done(Side::west, Completion::Kind::failed);
    REQUIRE(failed.size() == 1);
    CHECK((failed[0].at - messages.begun).picoseconds() == 8 * unit_ps * (1 << 14));
    // From 2^3: eleven short ones, seven full ones, and what is left.
    if (acknowledged == 0) CHECK(timeouts == 8);
    if (acknowledged == 30) CHECK(timeouts == 11 + 7 + 1);
  }
}

TEST_CASE("an adaptive timer that nobody limits goes on at its longest", "[rnic]") {
  rnic::Config config = adaptive(0, 4);
  config.retry.reset();
  Messages messages{config};
  std::size_t count = 0;
  messages.lab.set_fate(
      [&](const Sent& s) { return s.from == Side::west && count++ < 50 ? Fate::lost : Fate::delivered; });
  CHECK(messages.send() == 50);
  CHECK(messages.sent_at().back() == 50 * 16 * unit_ps);
}

// A window that is shorter than the round trip leaves a gap without acknowledgements, which the timer takes for loss.
TEST_CASE("over a long fibre the shortest timers fill the line with what has arrived already", "[rnic]") {
  const auto run = [](std::optional<std::uint8_t> least, Duration delay) {
    rnic::Config config = lab_config();
    config.ack_timeout = 14;
    config.adaptive_timer = least;
    config.window = 32;
    TwoNics lab{config, delay};
    const auto qp = lab.connect();
    auto west = pattern(1'000 * 4'096, 1);
    std::vector<std::byte> east(west.size());
    lab.post(Side::west, qp, request(Operation::write, west, &east));
    lab.run();
    CHECK(east == west);
    CHECK(lab.done(Side::west, Completion::Kind::failed).empty());
    return lab.nic(Side::west).requester(qp).counters();
  };
  const auto far = run(1, Duration::microseconds(100)), near = run(1, Duration::microseconds(1));
  CHECK(far.retransmitted > 500);
  CHECK(near.retransmitted == 0);
  CHECK(near.timeouts == 0);
  CHECK(run(std::nullopt, Duration::microseconds(100)).retransmitted == 0);
  CHECK(run(6, Duration::microseconds(100)).retransmitted == 0);  // 262 us against 200 us
}

}  // namespace
}  // namespace farlink
