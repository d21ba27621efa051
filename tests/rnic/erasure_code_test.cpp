// SPDX-License-Identifier: Apache-2.0
// Erasure coding: what parity gives back nobody asks for again; what it cannot is sent again, once.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "dataplane/rnic/message_packet.hpp"
#include "dataplane/wire/psn.hpp"
#include "tests/rnic/coded_nics.hpp"

namespace farlink {
namespace {

using namespace testing;
using Kind = rnic::ErasureCode::Kind;

constexpr std::uint32_t mtu = 4096;
constexpr std::uint32_t first_psn = wire::psn_mask - 15;  // PSNs wrap after 16 packets

// The listed frames of the sender, counted from 0 as they leave: of a message of full blocks of 8 + 2, frame 10 is the
// second block's first packet, frames 8 and 9 are the first block's parity.
CodedNics::Loses lose(std::set<std::size_t> numbers) {
  return [numbers = std::move(numbers)](Side from, const Frame&, std::size_t number) {
    return from == Side::west && numbers.count(number) > 0;
  };
}

struct Run {
  Run(const rnic::Config& config, std::uint32_t bytes, const CodedNics::Loses& loses) : nics{config, loses, first_psn} {
    nics.post(Operation::write_with_immediate, bytes, 77);
    nics.run();
  }
  bool is_complete(std::uint32_t bytes) {
    return nics.sent().size() == 1 && nics.received().size() == 1 && nics.received()[0].bytes == bytes &&
           nics.received()[0].immediate == 77 && nics.receiver().delivered == rnic::packets_of(bytes, mtu);
  }
  CodedNics nics;
};

TEST_CASE("parity follows every block, and a share of it a shorter one", "[rnic]") {
  Run run{coded_config(8, 2), 19 * mtu, lose({})};  // blocks of 8, 8 and 3
  CHECK(run.is_complete(19 * mtu));
  CHECK(run.nics.sender().parity == 2 + 2 + 1);
  CHECK(run.nics.sender().sent == 19);
  CHECK(run.nics.receiver().rebuilt == 0);
  std::vector<bool> is_parity;
  for (const auto& [side, frame] : run.nics.log())
    if (side == Side::west) is_parity.push_back(rnic::is_parity(frame.opcode));
  std::vector<bool> expected(24, false);
  for (const std::size_t at : {8U, 9U, 18U, 19U, 23U}) expected[at] = true;
  CHECK(is_parity == expected);
  // A parity packet is as long as a full packet, with 8 bytes of its own, RETH and immediate data.
  CHECK(run.nics.log()[8].second.line_bytes == 4178 + 8 + 16 + 4);
}

TEST_CASE("losses up to the number of parity packets cost nothing", "[rnic]") {
  const Run clean{coded_config(8, 2), 80 * mtu, lose({})};
  // Of the first block FIRST and another, of the third one of data and one of parity, of the last LAST.
  Run run{coded_config(8, 2), 80 * mtu, lose({0, 5, 22, 28, 97})};
  CHECK(run.is_complete(80 * mtu));
  CHECK(run.nics.receiver().rebuilt == 4);
  CHECK(run.nics.sender().retransmitted == 0);
  CHECK(run.nics.receiver().naks == 0);
  CHECK(run.nics.sender().timeouts == 0);
  CHECK(run.nics.now() - clean.nics.now() < Duration::microseconds(1));
}

TEST_CASE("a block with more losses than parity sends them again, once, and no others", "[rnic]") {
  Run run{coded_config(8, 2), 80 * mtu, lose({1, 3, 4})};
  CHECK(run.is_complete(80 * mtu));
  CHECK(run.nics.receiver().rebuilt == 0);
  CHECK(run.nics.sender().retransmitted == 3);
  CHECK(run.nics.receiver().naks == 2);  // one for each gap
  CHECK(run.nics.receiver().duplicates == 0);
  CHECK(run.nics.sender().timeouts == 0);
}

TEST_CASE("an end of a block that is beyond repair is told when something behind it comes", "[rnic]") {
  // All of a block's parity and its last two packets; then a whole block with its parity.
  for (const auto& lost : {std::set<std::size_t>{6, 7, 8, 9}, {10, 11, 12, 13, 14, 15, 16, 17, 18, 19}}) {
    Run run{coded_config(8, 2), 80 * mtu, lose(lost)};
    CHECK(run.is_complete(80 * mtu));
    CHECK(run.nics.sender().retransmitted == (lost.size() == 4 ? 2 : 8));
    CHECK(run.nics.receiver().naks == 1);
    CHECK(run.nics.sender().timeouts == 0);
  }
}

TEST_CASE("xor gives back one loss of each group", "[rnic]") {
  const rnic::Config config = coded_config(8, 2, Kind::exclusive_or);
  Run different{config, 80 * mtu, lose({2, 3})};  // even and odd places are the two groups
  CHECK(different.is_complete(80 * mtu));
  CHECK(different.nics.receiver().rebuilt == 2);
  CHECK(different.nics.sender().retransmitted == 0);
  Run same{config, 80 * mtu, lose({2, 4})};
  CHECK(same.is_complete(80 * mtu));
  CHECK(same.nics.receiver().rebuilt == 0);
  CHECK(same.nics.sender().retransmitted == 2);
  Run without{config, 80 * mtu, lose({2, 8})};  // and that group's parity
  CHECK(without.is_complete(80 * mtu));
  CHECK(without.nics.sender().retransmitted == 1);
}

TEST_CASE("a message of one packet has a parity packet of its own", "[rnic]") {
  for (const Operation operation : {Operation::send, Operation::send_with_immediate, Operation::write_with_immediate}) {
    CodedNics nics{coded_config(32, 8), lose({0})};
    nics.post(operation, 100, 5);
    nics.run();
    REQUIRE(nics.received().size() == 1);
    CHECK(nics.received()[0].operation == operation);
    CHECK(nics.received()[0].bytes == 100);
    CHECK(nics.sender().parity == 1);
    CHECK(nics.sender().retransmitted == 0);
    CHECK(nics.log()[1].second.payload_bytes == 100);
  }
}

// The window closes in the middle of the block that has the loss.
TEST_CASE("a window of one block and an acknowledgement goes on behind a loss", "[rnic]") {
  rnic::Config config = coded_config(32, 8);
  config.window = 32 + config.ack_every;
  for (std::size_t lost = 0; lost < 200; ++lost) {
    Run run{config, 160 * mtu, lose({lost})};
    CHECK(run.is_complete(160 * mtu));
    CHECK(run.nics.sender().timeouts == 0);
    CHECK(run.nics.sender().retransmitted == 0);
  }
}

TEST_CASE("READs are not coded", "[rnic]") {
  CodedNics nics{coded_config(8, 2), lose({})};
  nics.post(Operation::read, 10 * mtu);
  nics.run();
  CHECK(nics.sent().size() == 1);
  CHECK(nics.sender().parity == 0);
}

TEST_CASE("any losses up to a fifth: every message arrives, once and in order", "[rnic]") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random{seed};
    const auto pick = [&](std::uint64_t below) { return static_cast<std::uint32_t>(random() % below); };
    rnic::Config config = coded_config(8 + pick(40), 1 + pick(12), pick(2) == 0 ? Kind::mds : Kind::exclusive_or);
    config.ack_every = 1 + pick(20);
    config.window = config.erasure_code->data + config.ack_every + pick(200);
    config.retry.reset();
    const std::uint32_t loss = pick(201);
    CodedNics nics{config, [&](Side, const Frame&, std::size_t) { return pick(1000) < loss; }, pick(1U << 24)};
    std::vector<std::uint32_t> sizes;
    std::uint64_t packets = 0;
    for (std::uint32_t i = 0; i < 30; ++i) {
      sizes.push_back(pick(4) == 0 ? pick(100) : pick(400'000));
      packets += rnic::packets_of(sizes.back(), mtu);
      nics.post(Operation::write_with_immediate, sizes.back(), i);
    }
    nics.run();
    REQUIRE(nics.received().size() == sizes.size());
    REQUIRE(nics.sent().size() == sizes.size());
    for (std::uint32_t i = 0; i < sizes.size(); ++i) {
      CHECK(nics.received()[i].immediate == i);
      CHECK(nics.received()[i].bytes == sizes[i]);
      CHECK(nics.sent()[i].id == i);
    }
    CHECK(nics.receiver().delivered == packets);
    CHECK(nics.sender().sent == packets + nics.sender().retransmitted);
  }
}

TEST_CASE("parity that contradicts itself or what came before is not believed", "[rnic]") {
  CodedNics nics{coded_config(8, 2), lose({})};
  const auto parity = [](std::uint32_t psn, std::uint64_t block, std::uint8_t place, std::uint32_t bytes) {
    Frame frame;
    frame.opcode = rnic::parity_opcode(Operation::write);
    frame.destination_qp = rnic::first_qp_number;
    frame.psn = psn;
    frame.local_address = block;
    frame.position = place;
    frame.dma_length = bytes;
    return frame;
  };
  nics.inject(Side::east, parity(0, 1, 0, 8 * mtu));               // a message of one block has no second
  nics.inject(Side::east, parity(0, 0, 2, 8 * mtu));               // no such place
  nics.inject(Side::east, parity(0, 70'000, 0, 0xffff'ffff));      // longer than any message
  nics.inject(Side::east, parity(1U << 23, 0, 0, mtu));            // behind everything
  nics.inject(Side::east, parity(wire::psn_mask - 3, 0, 0, mtu));  // before the first packet there was
  CHECK(nics.receiver().delivered == 0);
  nics.post(Operation::write_with_immediate, 8 * mtu, 1);
  nics.run();
  CHECK(nics.received().size() == 1);
  CHECK(nics.receiver().delivered == 8);
}

}  // namespace
}  // namespace farlink
