// SPDX-License-Identifier: Apache-2.0
// The RNIC's frames as bytes: every field there and back, addresses of both IP versions, and what is not a good frame.
#include "dataplane/rnic/wire_frame.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "tests/rnic/two_nics.hpp"
#include "tests/support/hex.hpp"

namespace farlink {
namespace {

using rnic::Frame;
using rnic::WirePath;
using wire::Opcode;

WirePath path_v4() {
  WirePath path;
  path.source = {{2, 0, 0, 0, 0, 1}, wire::Ipv4Address{10, 0, 0, 1}};
  path.destination = {{2, 0, 0, 0, 0, 2}, wire::Ipv4Address{10, 0, 0, 2}};
  return path;
}

WirePath path_v6() {
  WirePath path = path_v4();
  path.source.ip = wire::Ipv6Address{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  path.destination.ip = wire::Ipv6Address{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  return path;
}

Frame write_only(const std::vector<std::byte>& memory) {
  Frame frame;
  frame.opcode = Opcode::write_only;
  frame.destination_qp = 0x11;
  frame.psn = 0x100;
  frame.ack_request = true;
  frame.local_address = testing::address(memory);
  frame.payload_bytes = static_cast<std::uint16_t>(memory.size());
  frame.remote_address = 0x7f00'0000'1000;
  frame.remote_key = 0x1234;
  frame.dma_length = static_cast<std::uint32_t>(memory.size());
  return frame;
}

std::vector<std::byte> bytes_of(const Frame& frame, const WirePath& path) {
  std::vector<std::byte> bytes(4400);
  bytes.resize(rnic::to_bytes(frame, path, bytes));
  return bytes;
}

TEST_CASE("every RC opcode of the RNIC keeps its fields through bytes", "[rnic]") {
  const auto memory = testing::pattern(13, 1);
  for (const bool is_v6 : {false, true}) {
    for (int code = 0; code <= 0x11; ++code) {
      Frame frame = write_only(memory);
      frame.opcode = static_cast<Opcode>(code);
      frame.psn = 0xff'fffe;
      frame.immediate = 0x1f00'0001U;
      if (!wire::has_payload(frame.opcode)) frame.payload_bytes = 0;
      const auto bytes = bytes_of(frame, is_v6 ? path_v6() : path_v4());
      CAPTURE(code, is_v6);
      CHECK(bytes.size() == wire::frame_bytes(frame.opcode, frame.payload_bytes,
                                              is_v6 ? wire::IpVersion::v6 : wire::IpVersion::v4, false));
      const rnic::ReceivedFrame received = rnic::from_bytes(bytes);
      REQUIRE(received);
      CHECK_FALSE(received.frame.is_corrupt);
      CHECK(received.frame.opcode == frame.opcode);
      CHECK(received.frame.destination_qp == 0x11);
      CHECK(received.frame.psn == 0xff'fffe);
      CHECK(received.frame.ack_request);
      CHECK(received.frame.payload_bytes == frame.payload_bytes);
      CHECK(received.payload.size() == frame.payload_bytes);
      CHECK(std::equal(received.payload.begin(), received.payload.end(), memory.begin()));
      const bool has_reth = wire::has_reth(frame.opcode);
      CHECK(received.frame.remote_address == (has_reth ? 0x7f00'0000'1000U : 0U));
      CHECK(received.frame.remote_key == (has_reth ? 0x1234U : 0U));
      CHECK(received.frame.dma_length == (has_reth ? 13U : 0U));
      const bool uses_immediate = wire::has_immediate(frame.opcode) || wire::has_aeth(frame.opcode);
      CHECK(received.frame.immediate == (uses_immediate ? 0x1f00'0001U : 0U));
    }
  }
}

TEST_CASE("line bytes on receipt equal those the RNIC serialized", "[rnic]") {
  const auto memory = testing::pattern(4096, 1);
  Frame frame = write_only(memory);
  frame.opcode = Opcode::write_middle;
  CHECK(rnic::from_bytes(bytes_of(frame, path_v4())).frame.line_bytes == 4178);
  CHECK(rnic::from_bytes(bytes_of(frame, path_v6())).frame.line_bytes == 4198);
  WirePath tagged = path_v4();
  tagged.vlan = wire::VlanTag{3, false, 100};
  CHECK(rnic::from_bytes(bytes_of(frame, tagged)).frame.line_bytes == 4182);
}

TEST_CASE("the path's addresses and marking stand in the packet", "[rnic]") {
  WirePath path = path_v4();
  path.vlan = wire::VlanTag{5, false, 42};
  path.dscp = 46;
  path.hop_limit = 7;
  path.udp_source_port = 0xc123;
  const auto memory = testing::pattern(8, 1);
  const auto bytes = bytes_of(write_only(memory), path);
  const wire::Parsed parsed = wire::parse(bytes);
  REQUIRE(parsed);
  CHECK(parsed.packet.source_mac == path.source.mac);
  CHECK(parsed.packet.destination_mac == path.destination.mac);
  CHECK(parsed.packet.vlan == path.vlan);
  CHECK(std::get<wire::Ipv4>(parsed.packet.ip).source == wire::Ipv4Address{10, 0, 0, 1});
  CHECK(std::get<wire::Ipv4>(parsed.packet.ip).destination == wire::Ipv4Address{10, 0, 0, 2});
  CHECK(parsed.packet.dscp == 46);
  CHECK(parsed.packet.ecn == wire::Ecn::ect0);
  CHECK(parsed.packet.hop_limit == 7);
  CHECK(parsed.packet.udp_source_port == 0xc123);
}

TEST_CASE("IPv6 carries the entropy in its flow label", "[rnic]") {
  WirePath path = path_v6();
  path.udp_source_port = 0xcabc;
  const auto memory = testing::pattern(8, 1);
  const auto bytes = bytes_of(write_only(memory), path);
  const wire::Parsed parsed = wire::parse(bytes);
  REQUIRE(parsed);
  CHECK(std::get<wire::Ipv6>(parsed.packet.ip).flow_label == 0xcabc);
  CHECK(std::get<wire::Ipv6>(parsed.packet.ip).source == std::get<wire::Ipv6Address>(path.source.ip));
}

TEST_CASE("a flipped payload bit is a corrupt frame, a CE mark is not", "[rnic]") {
  const auto memory = testing::pattern(64, 1);
  auto bytes = bytes_of(write_only(memory), path_v4());
  REQUIRE(wire::set_ce(bytes) == wire::CeMark::marked);
  CHECK(rnic::from_bytes(bytes).frame.is_marked);
  CHECK_FALSE(rnic::from_bytes(bytes).frame.is_corrupt);
  bytes[80] ^= std::byte{0x10};
  REQUIRE(rnic::from_bytes(bytes));
  CHECK(rnic::from_bytes(bytes).frame.is_corrupt);
}

TEST_CASE("what is no RoCEv2 frame is told apart from a corrupt one", "[rnic]") {
  const auto memory = testing::pattern(64, 1);
  auto bytes = bytes_of(write_only(memory), path_v4());
  CHECK(rnic::from_bytes({}).verdict == wire::Verdict::truncated);
  CHECK(rnic::from_bytes(std::span{bytes}.first(60)).verdict == wire::Verdict::truncated);
  bytes[12] = std::byte{0x86};
  CHECK(rnic::from_bytes(bytes).verdict == wire::Verdict::not_roce);
}

TEST_CASE("nothing is written when the buffer is short or the ends speak different IP versions", "[rnic]") {
  const auto memory = testing::pattern(64, 1);
  std::vector<std::byte> small(100, std::byte{0xaa});
  CHECK(rnic::to_bytes(write_only(memory), path_v4(), small) == 0);
  CHECK(small == std::vector<std::byte>(100, std::byte{0xaa}));
  WirePath mixed = path_v4();
  mixed.destination = path_v6().destination;
  CHECK(bytes_of(write_only(memory), mixed).empty());
  Frame unknown = write_only(memory);
  unknown.opcode = static_cast<Opcode>(0x1f);
  CHECK(bytes_of(unknown, path_v4()).empty());
}

}  // namespace
}  // namespace farlink
