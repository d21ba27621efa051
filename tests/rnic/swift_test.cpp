// SPDX-License-Identifier: Apache-2.0
// Swift's window: each rule by itself with numbers for the head, and in the RNIC that nothing waits for ever.
#include "dataplane/rnic/congestion/swift.hpp"

#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;
using rnic::Swift;
using rnic::SwiftConfig;

// 10 us there and back, 10 us of queue, nothing on top; 64 packets.
SwiftConfig ten_and_ten() {
  SwiftConfig config;
  config.base_delay = config.target = Duration::microseconds(10);
  config.flow_scaling = Duration::zero();
  config.initial_window = 64;
  return config;
}

Instant at(std::int64_t us) { return Instant::at(Duration::microseconds(us)); }

// Packet `end` is sent at 0 and answered after `us`, with all before it.
Swift after_sample(const SwiftConfig& config, std::uint64_t end, std::int64_t us) {
  Swift swift{config, 1000};
  swift.on_sent(end, true, at(0));
  swift.on_acknowledged(end, at(us));
  return swift;
}

TEST_CASE("Swift: one delayed sample cuts by beta times the share that is too much", "[rnic]") {
  const SwiftConfig config = ten_and_ten();
  const Swift swift = after_sample(config, 64, 40);  // half of 40 us is too much: 1 - 0.8 / 2
  CHECK(swift.window() == Approx(64 * 0.6));
  CHECK(swift.delay() == Duration::microseconds(40));
  CHECK(swift.cuts() == 1);
}

TEST_CASE("Swift: no cut takes more than the largest", "[rnic]") {
  SwiftConfig config = ten_and_ten();
  CHECK(after_sample(config, 64, 200).window() == Approx(32));  // 1 - 0.8 x 0.9 would be 0.28
  config.largest_cut = 0.25;
  CHECK(after_sample(config, 64, 200).window() == Approx(48));
}

TEST_CASE("Swift: below the target a round trip of acknowledgements adds one packet", "[rnic]") {
  SwiftConfig config = ten_and_ten();
  CHECK(after_sample(config, 64, 19).window() == Approx(65));
  CHECK(after_sample(config, 32, 19).window() == Approx(64.5));
  CHECK(after_sample(config, 64, 19).cuts() == 0);
  CHECK(after_sample(config, 64, 20).window() == Approx(64));  // at the target: nothing is too much
  config.additive_increase = 4;
  CHECK(after_sample(config, 64, 19).window() == Approx(68));
  config.initial_window = 999.5;
  CHECK(after_sample(config, 1000, 19).window() == 1000);  // the largest
}

TEST_CASE("Swift: one decision in a round trip, by the packet that is timed", "[rnic]") {
  const SwiftConfig config = ten_and_ten();
  Swift swift{config, 1000};
  swift.on_sent(1, false, at(0));  // asks for no answer: not timed
  swift.on_sent(2, true, at(1));
  swift.on_sent(3, true, at(2));  // one is timed already
  swift.on_acknowledged(1, at(30));
  CHECK(swift.window() == 64);
  swift.on_acknowledged(2, at(41));  // 40 us
  CHECK(swift.window() == Approx(38.4));
  swift.on_acknowledged(3, at(100));
  CHECK(swift.window() == Approx(38.4));
  swift.on_sent(4, true, at(100));
  swift.on_acknowledged(4, at(140));
  CHECK(swift.window() == Approx(38.4 * 0.6));
  CHECK(swift.cuts() == 2);
}

TEST_CASE("Swift: a packet that was sent again times nothing", "[rnic]") {
  const SwiftConfig config = ten_and_ten();
  Swift swift{config, 1000};
  swift.on_sent(8, true, at(0));
  swift.on_sent(5, true, at(50));  // gone back
  swift.on_sent(8, true, at(51));
  swift.on_acknowledged(8, at(90));
  CHECK(swift.window() == 64);
  swift.on_sent(9, true, at(90));
  swift.on_acknowledged(9, at(130));
  CHECK(swift.window() == Approx(38.4));
}

TEST_CASE("Swift: small windows may queue longer", "[rnic]") {
  SwiftConfig config = ten_and_ten();
  config.flow_scaling = Duration::microseconds(100);
  config.initial_window = 100;
  CHECK(Swift(config, 1000).target_delay() == Duration::microseconds(20));
  config.initial_window = 400;
  CHECK(Swift(config, 1000).target_delay() == Duration::microseconds(20));
  config.initial_window = 1;  // (1 - 0.1) / (3.162 - 0.1)
  CHECK(Swift(config, 1000).target_delay().seconds() == Approx(20e-6 + 100e-6 * 0.29389).epsilon(1e-4));
}

TEST_CASE("Swift: below one packet the window spaces packets instead", "[rnic]") {
  SwiftConfig config = ten_and_ten();
  config.initial_window = 1;
  const Swift swift = after_sample(config, 1, 200);
  CHECK(swift.window() == 0.5);
  CHECK(swift.gap() == Duration::microseconds(400));
  CHECK(swift.may_send(0));
  CHECK_FALSE(swift.may_send(1));
  CHECK(Swift(config, 1000).gap() == Duration::zero());
}

TEST_CASE("Swift: as many packets are outstanding as the window has", "[rnic]") {
  SwiftConfig config = ten_and_ten();
  config.initial_window = 3.5;
  const Swift swift{config, 1000};
  CHECK(swift.may_send(2));
  CHECK_FALSE(swift.may_send(3));
}

rnic::Config nic_with(const SwiftConfig& swift) {
  rnic::Config config = lab_config();
  config.congestion = swift;
  return config;
}

TEST_CASE("Swift in the RNIC: an idle path stays below its target and keeps its window", "[rnic]") {
  SwiftConfig swift = ten_and_ten();
  swift.base_delay = Duration::microseconds(21);  // 2 x 10 us, a packet and its answer
  TwoNics lab{nic_with(swift)};
  const std::uint32_t qp = lab.connect();
  const std::vector<std::byte> west = pattern(600 * 4096, 1);
  std::vector<std::byte> east(west.size());
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK((east == west));
  CHECK(lab.nic(Side::west).rate_cuts(qp) == 0);
  CHECK(lab.nic(Side::west).window_of(qp) > 64);
  CHECK(lab.nic(Side::west).window_of(qp) < 64 + 600 / 64.0 + 1);
}

TEST_CASE("Swift in the RNIC: a window that is cut to nothing waits for no timeout", "[rnic]") {
  for (const rnic::Recovery recovery : {rnic::Recovery::go_back_n, rnic::Recovery::selective_repeat}) {
    for (const std::uint32_t ack_every : {1U, 3U, 16U, 64U}) {
      SwiftConfig swift = ten_and_ten();  // the way alone takes longer than that
      swift.target = Duration::zero();
      swift.base_delay = Duration::microseconds(1);
      rnic::Config config = nic_with(swift);
      config.ack_every = ack_every;
      config.recovery = recovery;
      TwoNics lab{config};
      const std::uint32_t qp = lab.connect();
      const std::vector<std::byte> west = pattern(200 * 4096, 1);
      std::vector<std::byte> east(west.size());
      lab.post(Side::west, qp, request(Operation::write, west, &east));
      lab.run();
      INFO("ack_every " << ack_every);
      CHECK((east == west));
      CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
      CHECK(lab.nic(Side::west).requester(qp).counters().sent == 200);
      CHECK(lab.nic(Side::west).window_of(qp) < 1);
      CHECK(lab.nic(Side::west).rate_cuts(qp) > 5);
    }
  }
}

TEST_CASE("Swift in the RNIC: loss, READ and what is behind them get through", "[rnic]") {
  for (const rnic::Recovery recovery : {rnic::Recovery::go_back_n, rnic::Recovery::selective_repeat}) {
    SwiftConfig swift = ten_and_ten();
    swift.base_delay = Duration::microseconds(15);
    rnic::Config config = nic_with(swift);
    config.recovery = recovery;
    config.tells_placements = true;
    config.ack_timeout = 8;
    TwoNics lab{config};
    lab.set_fate([](const Sent& sent) { return sent.number % 17 == 5 ? Fate::lost : Fate::delivered; });
    const std::uint32_t qp = lab.connect();
    const std::vector<std::byte> west = pattern(100 * 4096, 1), east = pattern(40 * 4096, 2);
    std::vector<std::byte> written(west.size()), read(east.size());
    lab.post(Side::west, qp, request(Operation::write, west, &written));
    lab.post(Side::west, qp, request(Operation::read, read, &east));
    lab.post(Side::west, qp, request(Operation::write, west, &written));
    lab.run();
    CHECK((written == west));
    CHECK((read == east));
    CHECK(lab.done(Side::west, Completion::Kind::sent).size() == 3);
  }
}

}  // namespace
}  // namespace farlink
