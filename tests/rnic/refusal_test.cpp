// SPDX-License-Identifier: Apache-2.0
// Frames that do not belong: counted, NAKed or dropped in silence, each as the specification has it.
#include <catch2/catch.hpp>

#include "dataplane/wire/syndrome.hpp"
#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

Frame frame_of(Opcode opcode, std::uint32_t qp, std::uint32_t psn, std::uint16_t payload = 0,
               std::uint32_t dma_length = 0) {
  Frame frame;
  frame.opcode = opcode;
  frame.destination_qp = qp;
  frame.psn = psn;
  frame.payload_bytes = payload;
  frame.dma_length = dma_length;
  frame.ack_request = true;
  return frame;
}

TEST_CASE("corrupt frames are dropped in silence and counted; go-back-N makes them good", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(8 * 4096, 1), east = pattern(8 * 4096, 2);
  lab.set_fate([](const Sent& s) { return s.from == Side::west && s.number == 2 ? Fate::corrupted : Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  CHECK(east == west);
  CHECK(lab.nic(Side::east).corrupt() == 1);
  CHECK(lab.nic(Side::west).requester(qp).counters().naks == 1);
  CHECK(lab.nic(Side::east).responder(qp).counters().delivered == 8);
}

TEST_CASE("a frame for a queue pair that is not open is counted and not answered", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  for (const std::uint32_t number : {qp + 1, 0U, 1U, 15U, 0xff'ffffU}) {
    CHECK_FALSE(lab.inject(Side::east, frame_of(Opcode::send_only, number, 0)));
  }
  lab.run();
  CHECK(lab.nic(Side::east).unknown_qp() == 5);
  CHECK(lab.log().empty());
}

TEST_CASE("regression: a corrupt frame is corrupt whatever queue pair it names", "[rnic]") {
  TwoNics lab;
  lab.connect();
  Frame frame = frame_of(Opcode::send_only, 999, 0);
  frame.is_corrupt = true;
  lab.inject(Side::east, frame);
  CHECK(lab.nic(Side::east).corrupt() == 1);
  CHECK(lab.nic(Side::east).unknown_qp() == 0);
}

TEST_CASE("requests that make no sense are NAKed as invalid and end the responder", "[rnic]") {
  const std::uint32_t too_long = rnic::max_message_bytes + 1;
  const std::vector<Frame> bad{
      frame_of(Opcode::send_middle, 16, 0, 4096),             // without a FIRST
      frame_of(Opcode::send_last, 16, 0, 10),                 //
      frame_of(Opcode::write_middle, 16, 0, 4096),            //
      frame_of(Opcode::write_first, 16, 0, 4096, 4096),       // FIRST, but the RETH ends with it
      frame_of(Opcode::write_first, 16, 0, 100, 8192),        // FIRST that is not full
      frame_of(Opcode::write_only, 16, 0, 100, 101),          // ONLY, but the RETH asks for more
      frame_of(Opcode::write_only, 16, 0, 0, too_long),       //
      frame_of(Opcode::read_request, 16, 0, 0, too_long),     //
      frame_of(Opcode::read_request, 16, 0, 0, 0xffff'ffff),  // its packet count would overflow
      frame_of(Opcode::compare_swap, 16, 0),                  // atomics are not served
      frame_of(Opcode::atomic_write, 16, 0, 8, 8),            //
      frame_of(Opcode::flush, 16, 0, 0, 8),                   //
  };
  for (const Frame& frame : bad) {
    TwoNics lab;
    lab.connect();
    CAPTURE(static_cast<int>(frame.opcode), frame.payload_bytes, frame.dma_length);
    CHECK_FALSE(lab.inject(Side::east, frame));
    CHECK_FALSE(lab.inject(Side::east, frame_of(Opcode::send_only, 16, 0)));  // dead: even a good one is not executed
    lab.run();
    const auto answers = lab.frames(Side::east);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].opcode == Opcode::acknowledge);
    CHECK(answers[0].syndrome() == 0x61);
    CHECK(answers[0].psn == 0);
    CHECK(lab.nic(Side::east).responder(16).counters().delivered == 0);
  }
}

TEST_CASE("a message may not change its kind on the way", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  CHECK(lab.inject(Side::east, frame_of(Opcode::send_first, qp, 0, 4096)));
  CHECK_FALSE(lab.inject(Side::east, frame_of(Opcode::write_middle, qp, 1, 4096)));
  lab.run();
  CHECK(lab.frames(Side::east).back().syndrome() == 0x61);
}

TEST_CASE("a NAK that is not a sequence error fails the queue pair", "[rnic]") {
  for (const std::uint8_t syndrome : std::vector<std::uint8_t>{0x61, 0x62, 0x63, 0x64}) {
    TwoNics lab;
    const auto qp = lab.connect();
    auto west = pattern(100, 1), east = pattern(100, 2);
    lab.set_fate([](const Sent&) { return Fate::lost; });
    lab.post(Side::west, qp, request(Operation::write, west, &east, 5));
    lab.run(Instant::start() + Duration::microseconds(1));
    Frame nak = frame_of(Opcode::acknowledge, qp, 0);
    nak.immediate = rnic::aeth(syndrome, 0);
    lab.inject(Side::west, nak);
    REQUIRE(lab.done(Side::west, Completion::Kind::failed).size() == 1);
    CHECK(lab.done(Side::west, Completion::Kind::failed)[0].completion.id == 5);
    lab.run();
    CHECK(lab.log().size() == 1);
  }
}

TEST_CASE("acknowledgements of what was never sent, and reserved syndromes, change nothing", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(100, 1), east = pattern(100, 2);
  lab.set_fate([](const Sent&) { return Fate::lost; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run(Instant::start() + Duration::microseconds(1));
  Frame ack = frame_of(Opcode::acknowledge, qp, 1);
  ack.immediate = rnic::aeth(0x1f, 1);
  lab.inject(Side::west, ack);
  ack.psn = 0x7f'ffff;
  lab.inject(Side::west, ack);
  ack.psn = 0xff'ffff;
  lab.inject(Side::west, ack);
  ack.psn = 0;
  ack.immediate = rnic::aeth(0x40, 1);
  lab.inject(Side::west, ack);
  CHECK(lab.nic(Side::west).requester(qp).outstanding() == 1);
  CHECK(lab.done().empty());
}

TEST_CASE("regression: a repeated READ that asks for more than was executed is not answered", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto east = pattern(4096, 2);
  Frame read = frame_of(Opcode::read_request, qp, 0, 0, 4096);
  read.remote_address = address(east);
  lab.inject(Side::east, read);
  lab.run();
  CHECK(lab.frames(Side::east).size() == 1);
  read.dma_length = 8192;  // PSN 1 has not been executed
  lab.inject(Side::east, read);
  read.dma_length = 4096;
  read.psn = 0xff'ffff;  // before the first PSN there ever was
  lab.inject(Side::east, read);
  lab.run();
  CHECK(lab.frames(Side::east).size() == 1);
  read.psn = 0;
  lab.inject(Side::east, read);
  lab.run();
  CHECK(lab.frames(Side::east).size() == 2);
  CHECK(lab.frames(Side::east)[1].opcode == Opcode::read_response_only);
}

TEST_CASE("CNPs and atomic responses are ignored", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  CHECK_FALSE(lab.inject(Side::west, frame_of(Opcode::cnp, qp, 0)));
  CHECK_FALSE(lab.inject(Side::west, frame_of(Opcode::atomic_acknowledge, qp, 0)));
  CHECK_FALSE(lab.inject(Side::west, frame_of(static_cast<Opcode>(0xff), qp, 0)));
  lab.run();
  CHECK(lab.log().empty());
}

}  // namespace
}  // namespace farlink
