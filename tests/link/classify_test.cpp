// SPDX-License-Identifier: Apache-2.0
// Frames in, fields out: one row for each thing that a frame can be.
#include "dataplane/link/classify.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/cnp.hpp"
#include "dataplane/wire/pause.hpp"
#include "tests/link/classify_agreement.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

namespace farlink::link {
namespace {

using testing::built;
using testing::counting_payload;
using testing::from_hex;
using testing::sample_packet;
using wire::IpVersion;
using wire::Opcode;

struct Seen {
  FrameClass what;
  Descriptor d;
};

Seen look(std::span<const std::byte> frame) {
  Seen seen;
  // What an adapter has set, or a frame before this one has left: none of it may stay or be touched by mistake.
  seen.d = {.token = 7,
            .ordinal = 8,
            .destination_qp = 1,
            .psn = 1,
            .ingress_port = 2,
            .egress_port = 3,
            .payload_bytes = 9,
            .opcode = 4,
            .priority = 5,
            .flags = 1};
  seen.what = classify(frame, static_cast<std::uint32_t>(frame.size()), seen.d);
  return seen;
}

std::vector<std::byte> write_frame(IpVersion version, bool vlan, std::size_t payload = 1024) {
  const auto bytes = counting_payload(payload);
  return built(sample_packet(Opcode::write_middle, version, vlan, bytes));
}

// An outer tag with PCP 5 in front of what stands behind the MAC addresses.
std::vector<std::byte> with_outer_tag(std::vector<std::byte> frame, std::string_view tag) {
  const auto bytes = from_hex(tag);
  frame.insert(frame.begin() + 12, bytes.begin(), bytes.end());
  return frame;
}

TEST_CASE("a RoCEv2 frame, every field") {
  const Seen seen = look(write_frame(IpVersion::v4, false));
  CHECK(seen.what.kind == FrameKind::roce);
  CHECK(seen.what.destination_mac == 0x0200'0000'0202);
  CHECK(seen.what.source_mac == 0x0200'0000'0101);
  CHECK_FALSE(seen.what.is_group);
  CHECK(seen.what.ip_offset == 14);
  CHECK(seen.d.line_bytes == 14 + 20 + 8 + 12 + 1024 + 4 + 4 + 20);
  CHECK(seen.d.destination_qp == 0x012345);
  CHECK(seen.d.psn == 0xfedcba);
  CHECK(seen.d.opcode == 0x07);
  CHECK(seen.d.payload_bytes == 1024);
  CHECK(seen.d.priority == 3);  // DSCP 26
  CHECK(seen.d.ecn == Ecn::ect0);
  CHECK(seen.d.flags == flag_ack_request);
  CHECK(seen.d.token == 7);
  CHECK(seen.d.ordinal == 8);
  CHECK(seen.d.ingress_port == 2);
  CHECK(seen.d.egress_port == 3);
}

TEST_CASE("tags: the outer one's PCP is the priority, the IP header is behind both") {
  struct Row {
    std::vector<std::byte> frame;
    std::uint16_t ip;
    std::uint8_t priority;
  };
  const std::vector<Row> rows{
      {write_frame(IpVersion::v4, false), 14, 3},
      {write_frame(IpVersion::v4, true), 18, 3},
      {with_outer_tag(write_frame(IpVersion::v4, false), "8100a001"), 18, 5},
      {with_outer_tag(write_frame(IpVersion::v4, false), "88a8a001"), 18, 5},
      {with_outer_tag(write_frame(IpVersion::v4, true), "88a8a001"), 22, 5},
      {with_outer_tag(write_frame(IpVersion::v4, true), "8100e001"), 22, 7},
      {with_outer_tag(write_frame(IpVersion::v6, false), "81000001"), 18, 0},
      {with_outer_tag(write_frame(IpVersion::v6, true), "88a8c001"), 22, 6},
  };
  for (const Row& row : rows) {
    INFO(testing::to_hex(std::span{row.frame}.first(64)));
    const Seen seen = look(row.frame);
    CHECK(seen.what.kind == FrameKind::roce);
    CHECK(seen.what.ip_offset == row.ip);
    CHECK(seen.d.priority == row.priority);
    CHECK(seen.d.psn == 0xfedcba);
    CHECK(seen.d.payload_bytes == 1024);
  }
  const Seen three = look(with_outer_tag(with_outer_tag(write_frame(IpVersion::v4, true), "8100a001"), "88a8a001"));
  CHECK(three.what.kind == FrameKind::ordinary);
  CHECK(three.d.psn == no_roce_field);
}

TEST_CASE("IPv4 options move the headers behind them, up to the last byte that is looked at") {
  const auto payload = counting_payload(64);
  const std::vector<std::byte> options(40, std::byte{1});
  auto packet = sample_packet(Opcode::send_only, IpVersion::v4, true, payload);
  std::get<wire::Ipv4>(packet.ip).options = options;
  const auto frame = with_outer_tag(built(packet), "88a8a001");
  CHECK(look(frame).d.psn == 0xfedcba);
  Descriptor d;
  const auto size = static_cast<std::uint32_t>(frame.size());
  REQUIRE(classify_bytes == 102);
  CHECK(classify(std::span{frame}.first(102), size, d).kind == FrameKind::roce);
  CHECK(d.psn == 0xfedcba);
  CHECK(classify(std::span{frame}.first(101), size, d).kind == FrameKind::ordinary);
  CHECK(d.psn == no_roce_field);
}

TEST_CASE("a CNP is one, and rides in its own class") {
  const auto payload = counting_payload(64);
  const auto packet = sample_packet(Opcode::write_only, IpVersion::v4, false, payload);
  const Seen seen = look(built(wire::cnp_for(packet, 0x4711)));
  CHECK(seen.what.kind == FrameKind::cnp);
  CHECK(seen.d.priority == 6);  // DSCP 48
  CHECK(seen.d.destination_qp == 0x4711);
  CHECK(seen.d.opcode == 0x81);
  CHECK(seen.d.payload_bytes == 0);
  CHECK(seen.d.line_bytes == 98);
}

TEST_CASE("the unreliable services are RoCE too: listed loss can name them") {
  auto frame = write_frame(IpVersion::v4, false, 64);
  frame[42] = std::byte{0x64};  // UD SEND only
  const Seen seen = look(frame);
  CHECK(seen.what.kind == FrameKind::roce);
  CHECK(seen.d.opcode == 0x64);
  CHECK(seen.d.destination_qp == 0x012345);
  CHECK(seen.d.payload_bytes == 64);
}

TEST_CASE("what never crosses: MAC control and runts") {
  std::vector<std::byte> pause(wire::pause_frame_bytes);
  build(wire::PfcFrame{.source = {2, 0, 0, 0, 0, 9}, .priorities = 8, .quanta = {}}, pause);
  const Seen seen = look(pause);
  CHECK(seen.what.kind == FrameKind::mac_control);
  CHECK(seen.what.is_group);
  CHECK(seen.what.destination_mac == 0x0180'c200'0001);
  CHECK(seen.d.line_bytes == 84);

  const std::vector<std::byte> nothing(14);
  for (std::size_t size = 0; size < 14; ++size) {
    const Seen runt = look(std::span{nothing}.first(size));
    CHECK(runt.what.kind == FrameKind::runt);
    CHECK(runt.d.line_bytes == 84);
  }
  CHECK(look(nothing).what.kind == FrameKind::ordinary);
}

TEST_CASE("ordinary frames: no RoCE field that a listed loss could mean") {
  const auto arp = from_hex("ffffffffffff0200000001010806000108000604000102000000010a0000010000000000000a000002");
  const Seen seen = look(arp);
  CHECK(seen.what.kind == FrameKind::ordinary);
  CHECK(seen.what.is_group);
  CHECK(seen.what.ip_offset == 0);
  CHECK(seen.d.priority == 0);
  CHECK(seen.d.ecn == Ecn::not_ect);
  CHECK(seen.d.destination_qp == 0xffff'ffff);
  CHECK(seen.d.psn == 0xffff'ffff);
  CHECK(seen.d.opcode == 0xff);
  CHECK(seen.d.payload_bytes == 0);
  CHECK(seen.d.flags == 0);
  CHECK(seen.d.line_bytes == 84);  // 41 bytes are padded to 60
}

TEST_CASE("line bytes: padded to the minimum, then FCS, preamble and gap") {
  std::vector<std::byte> frame(9216, std::byte{2});
  for (const auto& [bytes, line] : {std::pair{14U, 84U}, {59U, 84U}, {60U, 84U}, {61U, 85U}, {9216U, 9240U}}) {
    Descriptor d;
    classify(std::span{frame}.first(std::min(64U, bytes)), bytes, d);
    CHECK(d.line_bytes == line);
  }
}

TEST_CASE("priority follows all 64 DSCPs, ECN all four codepoints, in both versions") {
  const auto payload = counting_payload(16);
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
    for (unsigned traffic_class = 0; traffic_class < 256; ++traffic_class) {
      auto packet = sample_packet(Opcode::write_only, version, false, payload);
      packet.dscp = static_cast<std::uint8_t>(traffic_class / 4);
      packet.ecn = static_cast<wire::Ecn>(traffic_class % 4);
      const Seen seen = look(built(packet));
      REQUIRE(seen.d.priority == traffic_class / 32);
      REQUIRE(static_cast<unsigned>(seen.d.ecn) == traffic_class % 4);
    }
  }
}

// The flow of a frame in which one byte has been changed.
std::uint32_t flow_with(std::vector<std::byte> frame, std::size_t at, unsigned change) {
  frame[at] ^= static_cast<std::byte>(change);
  return look(frame).d.flow;
}

TEST_CASE("flow: every part of the five-tuple counts, nothing else does") {
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
    const auto frame = write_frame(version, false);
    const std::uint32_t flow = look(frame).d.flow;
    const std::size_t addresses = version == IpVersion::v4 ? 26 : 22;
    const std::size_t ports = version == IpVersion::v4 ? 34 : 54;
    for (std::size_t at = addresses; at < ports + 4; ++at) CHECK(flow_with(frame, at, 1) != flow);
    CHECK(flow_with(frame, version == IpVersion::v4 ? 23 : 20, 17 ^ 6) != flow);  // TCP
    CHECK(flow_with(frame, version == IpVersion::v4 ? 22 : 21, 1) == flow);       // hop limit
    CHECK(flow_with(frame, ports + 8 + 11, 1) == flow);                           // PSN
    CHECK(flow_with(frame, 0, 2) == flow);                                        // MAC
    CHECK(look(with_outer_tag(frame, "8100a001")).d.flow == flow);
  }
}

TEST_CASE("flow: 64 source ports spread over 8 waves as chance would") {
  const auto payload = counting_payload(16);
  std::set<std::uint32_t> flows;
  std::array<unsigned, 8> waves{};
  for (unsigned i = 0; i < 4096; ++i) {
    auto packet = sample_packet(Opcode::write_only, IpVersion::v4, false, payload);
    packet.udp_source_port = static_cast<std::uint16_t>(0xc000 + i);
    const std::uint32_t flow = look(built(packet)).d.flow;
    flows.insert(flow);
    ++waves[flow % waves.size()];
  }
  CHECK(flows.size() == 4096);
  for (const unsigned count : waves) {
    CHECK(count > 512 - 4 * 22);  // sigma = sqrt(4096 x 1/8 x 7/8) = 21.2
    CHECK(count < 512 + 4 * 22);
  }
}

TEST_CASE("flow: all fragments of a datagram are of one flow, and none is RoCE") {
  const auto frame = write_frame(IpVersion::v4, false);
  auto first = frame, second = frame, third = frame;
  wire::store_big(first, 20, 2, 0x2000);   // more fragments follow
  wire::store_big(second, 20, 2, 0x2080);  // offset 128 x 8; what stands there is no UDP header
  wire::store_big(third, 20, 2, 0x0100);
  wire::store_big(second, 34, 4, 0x1234'5678);
  const Seen seen = look(first);
  CHECK(seen.what.kind == FrameKind::ordinary);
  CHECK(seen.what.ip_offset == 14);
  CHECK(seen.d.ecn == Ecn::ect0);
  CHECK(look(second).what.kind == FrameKind::ordinary);
  CHECK(look(second).d.flow == seen.d.flow);
  CHECK(look(third).d.flow == seen.d.flow);
  CHECK(look(frame).d.flow != seen.d.flow);
}

TEST_CASE("flow: what is not IP goes by its MAC addresses") {
  const auto frame = from_hex("02000000020202000000010188b5000102030405");
  const std::uint32_t flow = look(frame).d.flow;
  for (std::size_t at = 0; at < 12; ++at) CHECK(flow_with(frame, at, 2) != flow);
  for (std::size_t at = 14; at < frame.size(); ++at) CHECK(flow_with(frame, at, 2) == flow);
}

}  // namespace
}  // namespace farlink::link
