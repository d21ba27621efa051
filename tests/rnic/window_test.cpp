// SPDX-License-Identifier: Apache-2.0
// Window and acknowledgements: it closes, reopens, and never waits for an ACK that nobody asked for.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

constexpr std::int64_t packet_ps = 334'240;        // 4178 bytes x 80 ps
constexpr std::int64_t first_packet_ps = 335'520;  // with RETH
constexpr std::int64_t ack_ps = 6'880;

TEST_CASE("a window of 4 packets closes and reopens with the ACK it asked for", "[rnic]") {
  rnic::Config config = lab_config();
  config.window = 4;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(8 * 4096, 1);
  auto east = pattern(8 * 4096, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run(Instant::start() + Duration::microseconds(5));
  CHECK(lab.frames(Side::west).size() == 4);
  CHECK(lab.nic(Side::west).requester(qp).outstanding() == 4);
  CHECK(lab.frames(Side::west)[3].ack_request);  // ack_every is 16: asked for because the window closes
  lab.run();
  // Two windows of four, one round trip after each.
  const std::int64_t window = 4 * packet_ps + 20'000'000 + ack_ps;
  CHECK(lab.done()[0].at == Instant::start() + Duration::picoseconds(2 * window + first_packet_ps - packet_ps));
  CHECK(east == west);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
}

TEST_CASE("a window of one packet is stop-and-wait", "[rnic]") {
  rnic::Config config = lab_config();
  config.window = 1;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(3 * 4096, 1);
  auto east = pattern(3 * 4096, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.done()[0].at ==
        Instant::start() + Duration::picoseconds(3 * (packet_ps + 20'000'000 + ack_ps) + first_packet_ps - packet_ps));
  CHECK(lab.frames(Side::east, Opcode::acknowledge).size() == 3);
}

TEST_CASE("windows around ack_every never stall", "[rnic]") {
  for (std::uint64_t window = 1; window <= 40; ++window) {
    rnic::Config config = lab_config();
    config.window = window;
    TwoNics lab{config};
    const auto qp = lab.connect(7);  // PSNs out of step with ack_every
    auto west = pattern(200'000, 1);
    auto east = pattern(200'000, 2);
    lab.post(Side::west, qp, request(Operation::write, west, &east));
    lab.run();
    CAPTURE(window);
    CHECK(east == west);
    CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
    CHECK(lab.nic(Side::west).requester(qp).counters().retransmitted == 0);
  }
}

TEST_CASE("an open window keeps the line busy", "[rnic]") {
  rnic::Config config = lab_config();
  config.window = 80;  // 20 us + ACK is 60 packets; AckReq on every 16th costs up to 16 more
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(std::size_t{1} << 20, 1);
  auto east = pattern(std::size_t{1} << 20, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.done()[0].at == Instant::start() + Duration::picoseconds(256 * packet_ps + 16 * 80 + 20'000'000 + ack_ps));
}

TEST_CASE("ACKs are cumulative: one that is lost is made good by the next", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_every = 4;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(16 * 4096, 1);
  auto east = pattern(16 * 4096, 2);
  lab.set_fate([](const Sent& s) { return s.from == Side::east && s.number < 3 ? Fate::lost : Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(lab.frames(Side::east).size() == 4);
  CHECK(lab.nic(Side::west).requester(qp).counters().sent == 16);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
}

}  // namespace
}  // namespace farlink
