// SPDX-License-Identifier: Apache-2.0
// Opcode traits, sizes, PSN arithmetic, syndromes and timer codes against the tables of the specification.
#include "dataplane/wire/opcode.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <set>

#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/size.hpp"
#include "dataplane/wire/syndrome.hpp"
#include "tests/support/print_units.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using farlink::testing::all_opcodes;
using farlink::units::Duration;

TEST_CASE("exactly the opcodes of RC and the CNP are known") {
  std::set<unsigned> known;
  for (unsigned code = 0; code < 256; ++code) {
    if (is_known(static_cast<Opcode>(code))) known.insert(code);
  }
  std::set<unsigned> listed;
  for (const Opcode opcode : all_opcodes) listed.insert(static_cast<unsigned>(opcode));
  CHECK(known == listed);
  CHECK(known.size() == 26);
}

TEST_CASE("bytes of BTH and extension headers of every opcode") {
  struct Row {
    unsigned opcode;
    std::uint32_t bytes;
    bool payload;
  };
  for (const Row row :
       {Row{0x00, 12, true},  Row{0x01, 12, true}, Row{0x02, 12, true},  Row{0x03, 16, true},  Row{0x04, 12, true},
        Row{0x05, 16, true},  Row{0x06, 28, true}, Row{0x07, 12, true},  Row{0x08, 12, true},  Row{0x09, 16, true},
        Row{0x0a, 28, true},  Row{0x0b, 32, true}, Row{0x0c, 28, false}, Row{0x0d, 16, true},  Row{0x0e, 12, true},
        Row{0x0f, 16, true},  Row{0x10, 16, true}, Row{0x11, 16, false}, Row{0x12, 24, false}, Row{0x13, 40, false},
        Row{0x14, 40, false}, Row{0x16, 16, true}, Row{0x17, 16, true},  Row{0x1c, 32, false}, Row{0x1d, 28, true},
        Row{0x81, 28, false}}) {
    CAPTURE(row.opcode);
    CHECK(header_bytes(static_cast<Opcode>(row.opcode)) == row.bytes);
    CHECK(has_payload(static_cast<Opcode>(row.opcode)) == row.payload);
  }
}

TEST_CASE("place in the message and direction") {
  CHECK(is_first(Opcode::write_first));
  CHECK_FALSE(is_first(Opcode::write_only));
  CHECK(starts_message(Opcode::write_only));
  CHECK_FALSE(starts_message(Opcode::write_middle));
  CHECK(is_last(Opcode::write_last_with_immediate));
  CHECK(is_last(Opcode::send_only));
  CHECK_FALSE(is_last(Opcode::send_middle));
  CHECK(is_only(Opcode::read_request));
  CHECK(is_middle(Opcode::read_response_middle));
  CHECK_FALSE(has_aeth(Opcode::read_response_middle));
  CHECK(has_reth(Opcode::write_only_with_immediate));
  CHECK(has_immediate(Opcode::write_only_with_immediate));
  CHECK(is_send(Opcode::send_last_with_invalidate));
  CHECK(is_atomic(Opcode::fetch_add));
  for (const Opcode opcode : all_opcodes) {
    CAPTURE(static_cast<unsigned>(opcode));
    CHECK(int{is_first(opcode)} + int{is_middle(opcode)} + int{is_only(opcode)} +
              int{is_last(opcode) && !is_only(opcode)} ==
          (is_cnp(opcode) ? 0 : 1));
    CHECK(int{is_request(opcode)} + int{is_response(opcode)} + int{is_cnp(opcode)} == 1);
  }
}

TEST_CASE("frames and line bytes by path MTU") {
  struct Row {
    std::uint32_t payload, frame, line;
  };
  for (const Row row :
       {Row{256, 314, 338}, Row{512, 570, 594}, Row{1024, 1082, 1106}, Row{2048, 2106, 2130}, Row{4096, 4154, 4178}}) {
    const std::uint32_t frame = frame_bytes(Opcode::write_middle, row.payload, IpVersion::v4, false);
    CHECK(frame == row.frame);
    CHECK(line_bytes(frame) == row.line);
    CHECK(frame_bytes(Opcode::write_middle, row.payload, IpVersion::v6, false) == row.frame + 20);
    CHECK(frame_bytes(Opcode::write_middle, row.payload, IpVersion::v4, true) == row.frame + 4);
    CHECK(frame_bytes(Opcode::write_first, row.payload, IpVersion::v4, false) == row.frame + 16);
  }
  CHECK(line_bytes(frame_bytes(Opcode::acknowledge, 0, IpVersion::v4, false)) == 86);
  CHECK(line_bytes(frame_bytes(Opcode::cnp, 0, IpVersion::v4, false)) == 98);
  CHECK(frame_bytes(Opcode::send_only, 0, IpVersion::v4, false) == 58);
  CHECK(line_bytes(58) == 84);  // padded by the MAC
  CHECK(pad_bytes(0) == 0);
  CHECK(pad_bytes(1) == 3);
  CHECK(pad_bytes(13) == 3);
  CHECK(pad_bytes(4094) == 2);
}

TEST_CASE("PSNs are serial numbers of 24 bits") {
  CHECK(psn_difference(5, 3) == 2);
  CHECK(psn_difference(3, 5) == -2);
  CHECK(psn_difference(0, 0xffffff) == 1);
  CHECK(psn_difference(0xffffff, 0) == -1);
  CHECK(psn_difference(0x7fffff, 0) == 0x7fffff);
  CHECK(psn_difference(0x800000, 0) == -0x800000);
  CHECK(psn_difference(0xff000005, 5) == 0);  // bits above 24 do not count
  CHECK(psn_add(0xffffff, 1) == 0);
  CHECK(psn_add(0, -1) == 0xffffff);
  CHECK(psn_add(0x123456, 0x1000000) == 0x123456);
  CHECK(psn_add(10, -0x1000000LL * 3 - 11) == 0xffffff);
  CHECK(psn_is_newer(2, 0xfffffe));
  CHECK_FALSE(psn_is_newer(7, 7));
}

TEST_CASE("AETH syndromes") {
  CHECK(ack_syndrome() == 0x1f);
  CHECK(ack_syndrome(5) == 0x05);
  CHECK(rnr_nak_syndrome(12) == 0x2c);
  CHECK(nak_syndrome(NakCode::psn_sequence_error) == 0x60);
  CHECK(nak_syndrome(NakCode::remote_operational_error) == 0x63);
  CHECK(ack_kind(0x1f) == AckKind::ack);
  CHECK(ack_kind(0x2c) == AckKind::rnr_nak);
  CHECK(ack_kind(0x40) == AckKind::reserved);
  CHECK(ack_kind(0x60) == AckKind::nak);
  CHECK(syndrome_value(0x2c) == 12);
  CHECK(credit_count(0) == 0);
  CHECK(credit_count(10) == 32);
  CHECK(credit_count(11) == 48);
  CHECK(credit_count(30) == 32'768);
}

TEST_CASE("RNR timers and local ACK timeouts") {
  CHECK(rnr_timer(0) == Duration::microseconds(655'360));
  CHECK(rnr_timer(1) == Duration::microseconds(10));
  CHECK(rnr_timer(12) == Duration::microseconds(640));
  CHECK(rnr_timer(25) == Duration::microseconds(61'440));
  CHECK(rnr_timer(31) == Duration::microseconds(491'520));
  CHECK(local_ack_timeout(0) == Duration::max());
  CHECK(local_ack_timeout(1) == Duration::nanoseconds(8'192));
  CHECK(local_ack_timeout(14) == Duration::nanoseconds(67'108'864));
  CHECK(local_ack_timeout(20) == Duration::nanoseconds(4'294'967'296));
}
