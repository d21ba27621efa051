// SPDX-License-Identifier: Apache-2.0
// Selective repeat: what is sent again after a loss is what was lost, and the timer is for the end of a burst alone.
#include <catch2/catch.hpp>
#include <random>

#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/syndrome.hpp"
#include "tests/rnic/write_run.hpp"

namespace farlink {
namespace {

using namespace testing;

rnic::Config selective() {
  rnic::Config config = lab_config();
  config.recovery = rnic::Recovery::selective_repeat;
  config.tells_placements = true;
  config.ack_timeout = 5;  // 131 us
  return config;
}

constexpr std::uint32_t first_psn = wire::psn_mask - 15;  // PSNs wrap after 16 packets

WriteRun write_run(std::size_t packets, const FateOf& fate, const rnic::Config& config = selective()) {
  return WriteRun{config, packets, fate, first_psn};
}

TEST_CASE("selective repeat sends the lost packets again and no others", "[rnic]") {
  WriteRun run = write_run(200, lose(Side::west, {3, 50, 51, 52, 120}));
  CHECK(run.is_complete());
  CHECK(run.sender().retransmitted == 5);
  CHECK(run.sender().sent == 205);
  CHECK(run.sender().timeouts == 0);
  CHECK(run.sender().naks == 3);  // one for each gap
  CHECK(run.receiver().delivered == 200);
  CHECK(run.receiver().duplicates == 0);
}

TEST_CASE("a gap is told with its first packet and the one that arrived behind it", "[rnic]") {
  WriteRun run = write_run(200, lose(Side::west, {50, 51, 52}));
  std::vector<Frame> naks;
  for (const Frame& frame : run.lab.frames(Side::east, Opcode::acknowledge))
    if (wire::ack_kind(frame.syndrome()) == wire::AckKind::nak) naks.push_back(frame);
  REQUIRE(naks.size() == 1);
  CHECK(naks[0].psn == ((first_psn + 50) & wire::psn_mask));
  CHECK(naks[0].msn() == ((first_psn + 53) & wire::psn_mask));
}

// 64 packets are a round trip of 20 us: the retransmission and what follows it are all on the way.
TEST_CASE("a lost retransmission is sent again without a timeout", "[rnic]") {
  // Packet 10 is sent again as soon as the NAK is here; that too is lost, and the next time as well.
  std::size_t losses = 0;
  WriteRun run = write_run(2'000, [&](const Sent& sent) {
    const std::uint32_t psn = (first_psn + 10) & wire::psn_mask;
    if (sent.from != Side::west || sent.frame.psn != psn || losses == 3) return Fate::delivered;
    ++losses;
    return Fate::lost;
  });
  CHECK(run.is_complete());
  CHECK(run.sender().retransmitted == 3);
  CHECK(run.sender().timeouts == 0);
}

TEST_CASE("a gap whose NAK is lost is found by the acknowledgements that stand still", "[rnic]") {
  std::size_t lost_naks = 0;
  WriteRun run = write_run(2'000, [&](const Sent& sent) {
    if (sent.from == Side::west) return sent.number == 10 || sent.number == 11 ? Fate::lost : Fate::delivered;
    if (wire::ack_kind(sent.frame.syndrome()) != wire::AckKind::nak) return Fate::delivered;
    ++lost_naks;
    return Fate::lost;
  });
  CHECK(run.is_complete());
  CHECK(lost_naks == 1);
  CHECK(run.sender().retransmitted == 2);
  CHECK(run.sender().timeouts == 0);
}

// The second sending of packet 20 is one of the 201: the last two packets are numbers 199 and 200.
// Every 16th packet asks for an acknowledge: packet 191 was the last to be known.
TEST_CASE("the end of a burst waits for the timer, and only what is not known to be there is sent again", "[rnic]") {
  WriteRun run = write_run(200, lose(Side::west, {20, 199, 200}));
  CHECK(run.is_complete());
  CHECK(run.sender().timeouts == 1);
  CHECK(run.sender().retransmitted == 1 + 8);
  CHECK(run.receiver().duplicates == 6);
}

// 100 packets of 334.24 ns, of which those that leave between 5 and 30 us are lost.
TEST_CASE("after an outage everything that it took is sent again, once", "[rnic]") {
  std::size_t lost = 0;
  WriteRun run = write_run(400, [&](const Sent& sent) {
    const double us = sent.left.seconds() * 1e6;
    if (us < 5 || us > 30) return Fate::delivered;
    lost += sent.from == Side::west ? 1U : 0U;
    return Fate::lost;
  });
  CHECK(run.is_complete());
  CHECK(lost > 70);
  CHECK(run.sender().retransmitted == lost);
}

TEST_CASE("a window of one packet works", "[rnic]") {
  rnic::Config config = selective();
  config.window = 1;
  WriteRun run = write_run(20, lose(Side::west, {4}), config);
  CHECK(run.is_complete());
  CHECK(run.sender().timeouts == 1);
}

// A peer, or somebody in between, may send anything.
TEST_CASE("no acknowledge does harm", "[rnic]") {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    rnic::Config config = selective();
    config.window = 1 + random() % 40;
    TwoNics lab{config};
    const std::uint32_t first = static_cast<std::uint32_t>(random()) & wire::psn_mask;
    const std::uint32_t qp = lab.connect(first);
    const std::vector<std::byte> west = pattern(60 * 4096, 1);
    std::vector<std::byte> east(60 * 4096);
    lab.post(Side::west, qp, request(Operation::write, west, &east));
    lab.post(Side::west, qp, request(Operation::read, west, &east));
    for (int i = 0; i < 100; ++i) {
      lab.run(lab.now() + Duration::nanoseconds(static_cast<std::int64_t>(random() % 3'000)));
      Frame frame;
      frame.opcode = Opcode::acknowledge;
      frame.destination_qp = qp;
      frame.psn = (first + static_cast<std::uint32_t>(random() % 140) - 20) & wire::psn_mask;
      const bool is_nak = random() % 2 == 0;
      frame.immediate = rnic::aeth(is_nak ? std::uint8_t{0x60} : wire::ack_syndrome(),
                                   (first + static_cast<std::uint32_t>(random() % 140) - 20) & wire::psn_mask);
      lab.inject(Side::west, frame);
      CHECK(lab.nic(Side::west).requester(qp).outstanding() <= 60 + config.window);
    }
  }
}

}  // namespace
}  // namespace farlink
