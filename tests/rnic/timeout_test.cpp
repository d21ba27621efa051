// SPDX-License-Identifier: Apache-2.0
// Timer and retries: exact instants, the count that fails a queue pair, and the one that never does.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

TEST_CASE("a queue pair fails after retry + 1 timeouts, to the picosecond", "[rnic]") {
  for (const std::uint32_t retry : {0U, 1U, 7U}) {
    rnic::Config config = lab_config();
    config.ack_timeout = 14;
    config.retry = retry;
    TwoNics lab{config};
    const auto qp = lab.connect();
    auto west = pattern(100, 1), east = pattern(100, 2);
    lab.set_fate([](const Sent&) { return Fate::lost; });
    lab.post(Side::west, qp, request(Operation::write, west, &east, 42));
    lab.run();
    CAPTURE(retry);
    const auto failed = lab.done(Side::west, Completion::Kind::failed);
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].completion.id == 42);
    CHECK(failed[0].completion.qp == qp);
    CHECK(failed[0].at == Instant::start() + Duration::nanoseconds(4'096) * (std::int64_t{retry + 1} << 14));
    CHECK(lab.log().size() == retry + 1);
    CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == retry + 1);
    CHECK(lab.nic(Side::west).requester(qp).has_failed());
  }
}

TEST_CASE("endless retry goes on after eight timeouts", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_timeout = 4;
  config.retry.reset();
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.set_fate([](const Sent& s) { return s.from == Side::west && s.number < 50 ? Fate::lost : Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(east == west);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 50);
}

TEST_CASE("progress starts the retry count anew", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_timeout = 4;
  config.retry = 2;
  config.window = 1;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(3 * 4096, 1), east = pattern(3 * 4096, 2);
  // Every packet gets through at its third transmission.
  lab.set_fate([](const Sent& s) { return s.from == Side::west && s.number % 3 != 2 ? Fate::lost : Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(east == west);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 6);
  CHECK(lab.done(Side::west, Completion::Kind::failed).empty());
}

TEST_CASE("ack_timeout 0 never times out", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_timeout = 0;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.set_fate([](const Sent&) { return Fate::lost; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.log().size() == 1);
  CHECK(lab.nic(Side::west).next_event() == Instant::never());
}

TEST_CASE("an acknowledgement of everything stops the timer", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.nic(Side::west).requester(qp).deadline() == Instant::never());
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
}

TEST_CASE("each queue pair has its own timer", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_timeout = 4;
  config.retry = 0;
  TwoNics lab{config};
  std::vector<std::uint32_t> qps{lab.connect(), lab.connect(), lab.connect()};
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.set_fate([&](const Sent& s) { return s.frame.destination_qp == qps[1] ? Fate::lost : Fate::delivered; });
  for (const auto qp : qps) lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.done(Side::west, Completion::Kind::sent).size() == 2);
  const auto failed = lab.done(Side::west, Completion::Kind::failed);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].completion.qp == qps[1]);
  // 100 bytes of payload: 98 + 100 = 198 bytes on the line; its serialization began behind that of the first one.
  CHECK(failed[0].at == Instant::start() + Duration::picoseconds(198 * 80) + Duration::nanoseconds(65'536));
}

TEST_CASE("after a failure nothing is sent any more", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_timeout = 4;
  config.retry = 0;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.set_fate([](const Sent&) { return Fate::lost; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  lab.set_fate([](const Sent&) { return Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.log().size() == 1);
  CHECK(lab.done().size() == 1);
}

}  // namespace
}  // namespace farlink
