// SPDX-License-Identifier: Apache-2.0
// Oracle O1: worked frames, bit exact. HW-1 was captured from a ConnectX-4 Lx, HW-2 is a UC frame of real hardware; the
// others were made by an independent implementation. Each is built from its fields, parsed back, and its ICRC
// recomputed.
#include <catch2/catch.hpp>
#include <string_view>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/cnp.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/syndrome.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using farlink::testing::built;
using farlink::testing::counting_payload;
using farlink::testing::from_hex;
using farlink::testing::to_hex;

namespace {

constexpr std::string_view hw1 =
    "e41d2dab2bc27cfe90643b32080045c2003c718c4000401191610a0011010a001201000012b7002800008100ffff4000011800000000"
    "00000000000000000000000000000000 82fd002a";
constexpr std::string_view hw2 =
    "248a07a8fa22248a07a8fa22080045010040047840004011b4d5c0a80007c0a80007c00012b7002caca22460ffff000000d300cf1710"
    "4630818be28935d90e9a95505401be885e500000 78f353f3";
constexpr std::string_view v1 =
    "0200000000020200000000010800456a004c00004000401126350a0000010a000002c00012b7003800000a40ffff0000001180000100"
    "00007f00000010000000123400000010000102030405060708090a0b0c0d0e0f 2ea3c233";
constexpr std::string_view v2 =
    "0200000000010200000000020800456a003000004000401126510a0000020a000001c00012b7001c00001140ffff0000002200000100"
    "1f000001 6785a0b6";
constexpr std::string_view v3 =
    "0200000000010200000000020800456a003000004000401126510a0000020a000001c00012b7001c00001140ffff0000002200000105"
    "60000001 ddba1c4d";
constexpr std::string_view v4 =
    "020000000001020000000002080045c1003c00004000401125ee0a0000020a000001c00012b7002800008100ffff4000002200000000"
    "00000000000000000000000000000000 8cd0dd38";
constexpr std::string_view v5 =
    "0200000000020200000000010800456a003c00004000401126450a0000010a000002c00012b7002800000470ffff0000001180ffffff"
    "000102030405060708090a0b0c000000 607983dc";
constexpr std::string_view v6 =
    "0200000000020200000000010800456a003c00004000401126450a0000010a000002c00012b7002800000c40ffff0000001180000101"
    "00007f00000020000000567800001000 d54243fd";
constexpr std::string_view v7 =
    "02000000000202000000000186dd66a1234500381140fd000000000000000000000000000001fd000000000000000000000000000002"
    "c00012b7003800000a40ffff000000118000010000007f00000010000000123400000010000102030405060708090a0b0c0d0e0f "
    "89ee63e6";

// From 10.0.0.1 to 10.0.0.2, as most of the vectors are.
RocePacket forward() {
  RocePacket packet;
  packet.destination_mac = {2, 0, 0, 0, 0, 2};
  packet.source_mac = {2, 0, 0, 0, 0, 1};
  packet.ip = Ipv4{.source = {10, 0, 0, 1}, .destination = {10, 0, 0, 2}, .options = {}};
  packet.bth.destination_qp = 0x11;
  return packet;
}

RocePacket backward() {
  RocePacket packet;
  packet.destination_mac = {2, 0, 0, 0, 0, 1};
  packet.source_mac = {2, 0, 0, 0, 0, 2};
  packet.ip = Ipv4{.source = {10, 0, 0, 2}, .destination = {10, 0, 0, 1}, .options = {}};
  packet.bth.destination_qp = 0x22;
  return packet;
}

// Builds `packet` to `vector` bit by bit, and back; the ICRC stands in the last four bytes.
void check_exact(const RocePacket& packet, std::string_view vector) {
  const auto expected = from_hex(vector);
  CHECK(to_hex(built(packet)) == to_hex(expected));
  const Parsed parsed = parse(expected);
  REQUIRE(parsed.verdict == Verdict::ok);
  CHECK(parsed.frame_bytes == expected.size());
  CHECK(to_hex(built(parsed.packet)) == to_hex(expected));
  CHECK(parsed.packet.bth == packet.bth);
  CHECK(has_valid_icrc(expected));
  CHECK(icrc(expected) == parsed.icrc);
}

}  // namespace

TEST_CASE("O1 HW-1: CNP of a ConnectX-4 Lx") {
  RocePacket packet;
  packet.destination_mac = {0xe4, 0x1d, 0x2d, 0xab, 0x2b, 0xc2};
  packet.source_mac = {0x7c, 0xfe, 0x90, 0x64, 0x3b, 0x32};
  packet.ip = Ipv4{.source = {10, 0, 17, 1}, .destination = {10, 0, 18, 1}, .identification = 0x718c, .options = {}};
  packet.dscp = cnp_dscp;
  packet.udp_source_port = 0;
  packet.bth = Bth{.opcode = Opcode::cnp, .migration_request = false, .becn = true, .destination_qp = 0x118};
  check_exact(packet, hw1);
}

TEST_CASE("O1 HW-2: the ICRC of a UC frame is right although UC is not spoken here") {
  const auto frame = from_hex(hw2);
  REQUIRE(icrc(frame).has_value());
  CHECK(*icrc(frame) == 0xf353f378);
  CHECK(has_valid_icrc(frame));
  CHECK(parse(frame).verdict == Verdict::unknown_opcode);
}

TEST_CASE("O1 V-1: RC WRITE only, 16 bytes") {
  const auto payload = counting_payload(16);
  RocePacket packet = forward();
  packet.bth.opcode = Opcode::write_only;
  packet.bth.ack_request = true;
  packet.bth.psn = 0x100;
  packet.reth = {0x7f00'0000'1000, 0x1234, 16};
  packet.payload = payload;
  check_exact(packet, v1);
  CHECK(parse(from_hex(v1)).packet.reth == packet.reth);
}

TEST_CASE("O1 V-2: RC ACK") {
  RocePacket packet = backward();
  packet.bth.opcode = Opcode::acknowledge;
  packet.bth.psn = 0x100;
  packet.aeth = {ack_syndrome(), 1};
  check_exact(packet, v2);
  CHECK(parse(from_hex(v2)).packet.aeth == packet.aeth);
}

TEST_CASE("O1 V-3: RC NAK, PSN sequence error") {
  RocePacket packet = backward();
  packet.bth.opcode = Opcode::acknowledge;
  packet.bth.psn = 0x105;
  packet.aeth = {nak_syndrome(NakCode::psn_sequence_error), 1};
  check_exact(packet, v3);
}

TEST_CASE("O1 V-4: CNP with DSCP 48 and ECT(1), made as the answer to a marked packet") {
  RocePacket packet = cnp_for(forward(), 0x22);
  packet.ecn = Ecn::ect1;
  check_exact(packet, v4);
}

TEST_CASE("O1 V-5: RC SEND only, 13 bytes and 3 of pad") {
  const auto payload = counting_payload(13);
  RocePacket packet = forward();
  packet.bth.ack_request = true;
  packet.bth.psn = 0xffffff;
  packet.payload = payload;
  check_exact(packet, v5);
  CHECK(parse(from_hex(v5)).packet.payload.size() == 13);
}

TEST_CASE("O1 V-6: RC READ request, 4096 bytes") {
  RocePacket packet = forward();
  packet.bth.opcode = Opcode::read_request;
  packet.bth.ack_request = true;
  packet.bth.psn = 0x101;
  packet.reth = {0x7f00'0000'2000, 0x5678, 4096};
  check_exact(packet, v6);
}

TEST_CASE("O1 V-7: IPv6 RC WRITE only") {
  const auto payload = counting_payload(16);
  RocePacket packet = forward();
  packet.ip = Ipv6{.source = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                   .destination = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2},
                   .flow_label = 0x12345};
  packet.bth.opcode = Opcode::write_only;
  packet.bth.ack_request = true;
  packet.bth.psn = 0x100;
  packet.reth = {0x7f00'0000'1000, 0x1234, 16};
  packet.payload = payload;
  check_exact(packet, v7);
}
