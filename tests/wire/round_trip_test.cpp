// SPDX-License-Identifier: Apache-2.0
// Properties over all opcodes, IP versions, VLAN and payload sizes: build then parse gives the same packet, the ICRC
// guards every byte but those it leaves out.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/layout.hpp"
#include "dataplane/wire/parse.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using namespace farlink::testing;

namespace {

void check_same(const RocePacket& a, const RocePacket& b) {
  REQUIRE(a.destination_mac == b.destination_mac);
  REQUIRE(a.source_mac == b.source_mac);
  REQUIRE(a.vlan == b.vlan);
  REQUIRE(a.ip.index() == b.ip.index());
  REQUIRE(a.dscp == b.dscp);
  REQUIRE(a.ecn == b.ecn);
  REQUIRE(a.hop_limit == b.hop_limit);
  REQUIRE(a.udp_source_port == b.udp_source_port);
  REQUIRE(a.bth == b.bth);
  const Opcode opcode = a.bth.opcode;
  REQUIRE((!has_feth(opcode) || a.feth == b.feth));
  REQUIRE((!has_reth(opcode) || a.reth == b.reth));
  REQUIRE((!has_aeth(opcode) || a.aeth == b.aeth));
  REQUIRE((!has_atomic_eth(opcode) || a.atomic == b.atomic));
  REQUIRE((!has_atomic_ack_eth(opcode) || a.atomic_ack == b.atomic_ack));
  REQUIRE((!has_immediate(opcode) || a.immediate == b.immediate));
  REQUIRE((!has_ieth(opcode) || a.invalidate == b.invalidate));
  REQUIRE(std::equal(a.payload.begin(), a.payload.end(), b.payload.begin(), b.payload.end()));
}

// True for bits that a router may change: all in front of IP, and the fields that the ICRC reads as ones.
bool is_masked(const RoceLayout& layout, std::size_t at, unsigned bit) {
  if (at < layout.ip || at == layout.bth + 4 || at == layout.udp + 6 || at == layout.udp + 7) return true;
  const std::size_t in_ip = at - layout.ip;
  if (layout.version == IpVersion::v4) return in_ip == 1 || in_ip == 8 || in_ip == 10 || in_ip == 11;
  return (in_ip == 0 && bit < 4) || (in_ip >= 1 && in_ip <= 3) || in_ip == 7;
}

std::vector<RocePacket> one_of_each(std::span<const std::byte> payload) {
  std::vector<RocePacket> packets;
  for (const Opcode opcode : all_opcodes) {
    for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
      for (const bool vlan : {false, true}) packets.push_back(sample_packet(opcode, version, vlan, payload));
    }
  }
  return packets;
}

}  // namespace

TEST_CASE("build and parse are inverse for every opcode, IP version, VLAN and payload size") {
  const auto payload = counting_payload(max_payload_bytes);
  for (const std::size_t size : {8U, 9U, 10U, 11U, 12U, 13U, 255U, 256U, 1021U, 1024U, 4093U, 4094U, 4095U, 4096U}) {
    for (const RocePacket& packet : one_of_each(std::span{payload}.first(size))) {
      CAPTURE(size, static_cast<unsigned>(packet.bth.opcode), packet.vlan.has_value());
      const auto frame = built(packet);
      REQUIRE_FALSE(frame.empty());
      REQUIRE(frame.size() == frame_bytes(packet.bth.opcode, static_cast<std::uint32_t>(packet.payload.size()),
                                          packet.ip_version(), packet.vlan.has_value()));
      REQUIRE(has_valid_icrc(frame));
      const Parsed parsed = parse(frame);
      REQUIRE(parsed.verdict == Verdict::ok);
      REQUIRE(parsed.frame_bytes == frame.size());
      check_same(parsed.packet, packet);
      REQUIRE(built(parsed.packet) == frame);
    }
  }
}

TEST_CASE("every payload size from 0 to 4096 survives") {
  const auto payload = counting_payload(max_payload_bytes);
  std::vector<std::byte> frame(5'000);
  for (std::size_t size = 0; size <= max_payload_bytes; ++size) {
    const RocePacket packet = sample_packet(Opcode::send_only, IpVersion::v4, false, std::span{payload}.first(size));
    const std::size_t bytes = build(packet, frame);
    REQUIRE(bytes == 58 + size + pad_bytes(static_cast<std::uint32_t>(size)));
    const Parsed parsed = parse(std::span{frame}.first(bytes));
    REQUIRE(parsed.verdict == Verdict::ok);
    REQUIRE(parsed.packet.payload.size() == size);
    REQUIRE(std::equal(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size),
                       parsed.packet.payload.begin()));
  }
}

TEST_CASE("a changed byte breaks the ICRC unless a router may change it") {
  const auto payload = counting_payload(37);
  for (const RocePacket& packet : one_of_each(payload)) {
    const auto frame = built(packet);
    const RoceLayout layout = locate_roce(frame);
    REQUIRE(layout.verdict == Verdict::ok);
    for (std::size_t at = 0; at < frame.size(); ++at) {
      if (at >= 12 && at < layout.ip && !(at >= 14 && layout.vlan && at < 16)) continue;  // EtherTypes
      for (const unsigned bit : {0U, 3U, 7U}) {
        auto changed = frame;
        changed[at] ^= static_cast<std::byte>(1U << bit);
        CAPTURE(at, bit, to_hex(frame));
        REQUIRE(has_valid_icrc(changed) == is_masked(layout, at, bit));
      }
    }
  }
}

TEST_CASE("half of the first IPv6 byte is covered, half is masked") {
  const auto payload = counting_payload(16);
  const auto frame = built(sample_packet(Opcode::write_only, IpVersion::v6, false, payload));
  auto changed = frame;
  changed[14] = std::byte{0x6f};  // traffic class
  CHECK(has_valid_icrc(changed));
  changed[14] = std::byte{0x56};  // version
  CHECK_FALSE(has_valid_icrc(changed));
}

TEST_CASE("reserved fields and IPv4 options survive, and options are covered by the ICRC") {
  const auto payload = counting_payload(20);
  const auto options = from_hex("0101010144040500");
  RocePacket packet = sample_packet(Opcode::write_first, IpVersion::v4, true, payload);
  std::get<Ipv4>(packet.ip).options = options;
  packet.bth.reserved6 = 0x2a;
  packet.bth.reserved7 = 0x55;
  packet.bth.fecn = true;
  packet.udp_checksum = 0x1234;
  auto frame = built(packet);
  REQUIRE(frame.size() == 14 + 4 + 28 + 8 + 28 + 20 + 4);
  const Parsed parsed = parse(frame);
  REQUIRE(parsed.verdict == Verdict::ok);
  check_same(parsed.packet, packet);
  CHECK(parsed.packet.udp_checksum == 0x1234);
  CHECK(to_hex(std::get<Ipv4>(parsed.packet.ip).options) == to_hex(options));
  CHECK(built(parsed.packet) == frame);
  frame[18 + 20] ^= std::byte{1};
  CHECK_FALSE(has_valid_icrc(frame));
}

TEST_CASE("a payload that already lies in place is left there") {
  const auto payload = counting_payload(100);
  RocePacket packet = sample_packet(Opcode::write_middle, IpVersion::v4, false, payload);
  const auto expected = built(packet);
  std::vector<std::byte> frame(expected.size());
  std::copy(payload.begin(), payload.end(), frame.begin() + 54);
  packet.payload = std::span{frame}.subspan(54, 100);
  REQUIRE(build(packet, frame) == frame.size());
  CHECK(frame == expected);
}

TEST_CASE("what is no packet is not built") {
  const auto payload = counting_payload(max_payload_bytes + 1);
  std::vector<std::byte> out(8'192);
  RocePacket packet = sample_packet(Opcode::send_only, IpVersion::v4, false, {});
  CHECK(build(packet, std::span{out}.first(57)) == 0);
  CHECK(build(packet, std::span{out}.first(58)) == 58);
  packet.payload = payload;
  CHECK(build(packet, out) == 0);
  packet.payload = std::span{payload}.first(4);
  packet.bth.opcode = Opcode::acknowledge;
  CHECK(build(packet, out) == 0);
  packet.bth.opcode = Opcode::atomic_write;
  CHECK(build(packet, out) == 0);
  packet.bth.opcode = static_cast<Opcode>(0x15);
  CHECK(build(packet, out) == 0);
  packet.bth.opcode = Opcode::send_only;
  std::get<Ipv4>(packet.ip).options = std::span{payload}.first(3);
  CHECK(build(packet, out) == 0);
  std::get<Ipv4>(packet.ip).options = std::span{payload}.first(44);
  CHECK(build(packet, out) == 0);
}
