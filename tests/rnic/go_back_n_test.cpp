// SPDX-License-Identifier: Apache-2.0
// Go-back-N: what is sent again after a loss, who asks for it, and when the timer has to.
#include <catch2/catch.hpp>

#include "dataplane/wire/syndrome.hpp"
#include "tests/rnic/write_run.hpp"

namespace farlink {
namespace {

using namespace testing;

constexpr Duration timeout = Duration::picoseconds(4'096'000LL << 4);  // ack_timeout 4: 65.536 us

rnic::Config config_with(rnic::NakMode nak) {
  rnic::Config config = lab_config();
  config.nak = nak;
  config.ack_timeout = 4;
  return config;
}

TEST_CASE("a lost first packet is NAKed and all is sent again", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::once), 8, lose(Side::west, {0})};
  CHECK(run.is_complete());
  CHECK(run.sender().naks == 1);
  CHECK(run.sender().timeouts == 0);
  CHECK(run.sender().sent == 16);
  CHECK(run.sender().retransmitted == 8);
  CHECK(run.receiver().out_of_sequence == 7);
  CHECK(run.receiver().delivered == 8);
  const auto naks = run.lab.frames(Side::east, Opcode::acknowledge);
  REQUIRE(naks.size() == 2);
  CHECK(naks[0].syndrome() == 0x60);
  CHECK(naks[0].psn == 0);
  CHECK(naks[0].msn() == 0);
}

TEST_CASE("a lost middle packet: the NAK names it and what follows is sent again", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::once), 8, lose(Side::west, {3})};
  CHECK(run.is_complete());
  CHECK(run.sender().sent == 8 + 5);
  CHECK(run.sender().retransmitted == 5);
  CHECK(run.receiver().naks == 1);
  CHECK(run.lab.frames(Side::east)[0].psn == 3);
  // The retransmission starts one round trip and the packet that showed the gap after the loss.
  const auto& log = run.lab.log();
  const auto is_third = [](const Sent& s) { return s.from == Side::west && s.frame.psn == 3; };
  const auto lost = std::find_if(log.begin(), log.end(), is_third);
  const auto again = std::find_if(std::next(lost), log.end(), is_third);
  CHECK(again->left - lost->left == Duration::picoseconds(334'240 + 20'000'000 + 6'880 + 334'240));
}

TEST_CASE("a lost last packet waits for the timer, exactly 4.096 us x 2^n", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::once), 1, lose(Side::west, {0})};
  CHECK(run.is_complete());
  CHECK(run.sender().timeouts == 1);
  CHECK(run.sender().naks == 0);
  REQUIRE(run.lab.log().size() == 3);
  // The timer runs from the start of the transmission, so frames leave one timeout apart.
  CHECK(run.lab.log()[1].left - run.lab.log()[0].left == timeout);
}

TEST_CASE("a lost ACK waits for the timer; the duplicate is acknowledged again and not executed twice", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::once), 4, lose(Side::east, {0})};
  CHECK(run.is_complete());
  CHECK(run.sender().timeouts == 1);
  CHECK(run.sender().sent == 8);
  CHECK(run.receiver().delivered == 4);
  CHECK(run.receiver().delivered_bytes == 4 * 4096);
  CHECK(run.receiver().duplicates == 4);
  const auto acks = run.lab.frames(Side::east);
  REQUIRE(acks.size() == 2);
  CHECK(acks[0].psn == 3);
  CHECK(acks[1].psn == 3);
  CHECK(acks[1].msn() == 1);
}

TEST_CASE("a lost NAK waits for the timer", "[rnic]") {
  for (const rnic::NakMode nak : {rnic::NakMode::once, rnic::NakMode::every_gap}) {
    WriteRun run{config_with(nak), 6, [](const Sent& s) {
                   const bool is_hit =
                       (s.from == Side::west && s.number == 2) || (s.from == Side::east && s.number == 0);
                   return is_hit ? Fate::lost : Fate::delivered;
                 }};
    CHECK(run.is_complete());
    CHECK(run.sender().naks == 0);
    CHECK(run.sender().timeouts == 1);
    CHECK(run.sender().sent == 12);  // nothing is acknowledged: AckReq stood on packet 5 alone
    CHECK(run.receiver().naks == 1);
    CHECK(run.receiver().duplicates == 2);
  }
}

TEST_CASE("nak once: a lost retransmission gets no second NAK, the timer brings it", "[rnic]") {
  // 8 packets; number 2 is lost, and again as number 8, the first one after the NAK.
  WriteRun run{config_with(rnic::NakMode::once), 8, lose(Side::west, {2, 8})};
  CHECK(run.is_complete());
  CHECK(run.receiver().naks == 1);
  CHECK(run.sender().naks == 1);
  CHECK(run.sender().timeouts == 1);
  CHECK(run.sender().sent == 8 + 6 + 6);
  const auto& log = run.lab.log();
  std::vector<Instant> second;
  for (const Sent& sent : log)
    if (sent.from == Side::west && sent.frame.psn == 2) second.push_back(sent.left);
  REQUIRE(second.size() == 3);
  // The NAK acknowledged packets 0 and 1: progress, so the timer runs from when it came, the instant the second
  // transmission began.
  CHECK(second[2] - second[1] == timeout);
}

TEST_CASE("nak every-gap: a lost retransmission is NAKed again", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::every_gap), 8, lose(Side::west, {2, 8})};
  CHECK(run.is_complete());
  CHECK(run.receiver().naks == 2);
  CHECK(run.sender().naks == 2);
  CHECK(run.sender().timeouts == 0);
  CHECK(run.sender().sent == 8 + 6 + 6);
}

TEST_CASE("nak every-gap: stale packets behind a gap do not repeat the NAK", "[rnic]") {
  WriteRun run{config_with(rnic::NakMode::every_gap), 200, lose(Side::west, {5})};
  CHECK(run.is_complete());
  CHECK(run.receiver().naks == 1);
  CHECK(run.receiver().out_of_sequence > 50);
}

TEST_CASE("two gaps are two NAKs in either mode", "[rnic]") {
  for (const rnic::NakMode nak : {rnic::NakMode::once, rnic::NakMode::every_gap}) {
    WriteRun run{config_with(nak), 300, lose(Side::west, {10, 200})};
    CHECK(run.is_complete());
    CHECK(run.receiver().naks == 2);
    CHECK(run.sender().timeouts == 0);
  }
}

struct ReadRun {
  ReadRun(std::size_t packets, const FateOf& fate)
      : lab{config_with(rnic::NakMode::once)},
        qp{lab.connect()},
        west(packets * 4096),
        east{pattern(packets * 4096, 2)} {
    lab.set_fate(fate);
    lab.post(Side::west, qp, request(Operation::read, west, &east));
    lab.run();
  }
  bool is_complete() const { return east == west && lab.done(Side::west, Completion::Kind::sent).size() == 1; }

  TwoNics lab;
  std::uint32_t qp;
  std::vector<std::byte> west, east;
};

TEST_CASE("a lost READ request waits for the timer", "[rnic]") {
  ReadRun run{4, lose(Side::west, {0})};
  CHECK(run.is_complete());
  CHECK(run.lab.nic(Side::west).requester(run.qp).counters().timeouts == 1);
  CHECK(run.lab.log()[1].left - run.lab.log()[0].left == timeout);
}

TEST_CASE("a lost READ response is asked for again from its PSN on", "[rnic]") {
  ReadRun run{8, lose(Side::east, {3})};
  CHECK(run.is_complete());
  const auto requests = run.lab.frames(Side::west, Opcode::read_request);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].psn == 3);
  CHECK(requests[1].dma_length == 5 * 4096);
  CHECK(requests[1].remote_address == address(run.east) + 3 * 4096);
  CHECK(run.lab.frames(Side::east).size() == 8 + 5);
  CHECK(run.lab.nic(Side::west).requester(run.qp).counters().timeouts == 0);
}

TEST_CASE("a lost last READ response waits for the timer", "[rnic]") {
  ReadRun run{3, lose(Side::east, {2})};
  CHECK(run.is_complete());
  const auto requests = run.lab.frames(Side::west, Opcode::read_request);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].psn == 2);
  CHECK(requests[1].dma_length == 4096);
}

// 1 MiB takes 86 us to answer and a round trip 20 us, so the repeated request comes while the first is being answered.
TEST_CASE("regression: a READ repeated while it is answered is answered from its PSN at once", "[rnic]") {
  ReadRun run{256, lose(Side::east, {10})};
  CHECK(run.is_complete());
  const auto& log = run.lab.log();
  const auto again = std::find_if(log.begin(), log.end(), [](const Sent& s) {
    return s.from == Side::west && s.frame.opcode == Opcode::read_request && s.frame.psn == 10;
  });
  REQUIRE(again != log.end());
  const Instant arrival = again->left + Duration::microseconds(10);
  // Only the response in the serializer may still go before the one that was asked for.
  const auto answer = std::find_if(log.begin(), log.end(), [&](const Sent& s) {
    return s.from == Side::east && s.left > arrival && s.frame.psn == 10;
  });
  REQUIRE(answer != log.end());
  CHECK(answer->left - arrival < Duration::picoseconds(2 * 334'560));
  CHECK(run.lab.frames(Side::west, Opcode::read_request).size() == 2);
}

TEST_CASE("WRITEs around a READ whose responses are lost: an ACK behind it goes back to it", "[rnic]") {
  TwoNics lab{config_with(rnic::NakMode::once)};
  const auto qp = lab.connect();
  auto a = pattern(4096, 1), b = pattern(4096, 2), c = pattern(4096, 3), d = pattern(4096, 4);
  auto a_to = pattern(4096, 5), c_to = pattern(4096, 6);
  lab.set_fate([](const Sent& s) {
    const bool is_first_response = s.from == Side::east && s.frame.opcode == Opcode::read_response_only && s.number < 3;
    return is_first_response ? Fate::lost : Fate::delivered;
  });
  lab.post(Side::west, qp, request(Operation::write, a, &a_to, 0));
  lab.post(Side::west, qp, request(Operation::read, b, &d, 1));
  lab.post(Side::west, qp, request(Operation::write, c, &c_to, 2));
  lab.run();
  CHECK(a_to == a);
  CHECK(b == d);
  CHECK(c_to == c);
  const auto done = lab.done(Side::west, Completion::Kind::sent);
  REQUIRE(done.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(done[i].completion.id == i);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
}

}  // namespace
}  // namespace farlink
