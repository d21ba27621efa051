// SPDX-License-Identifier: Apache-2.0
// CE marking in place: ECT alone is marked, the IPv4 checksum stays right, the ICRC never notices.
#include "dataplane/wire/ecn.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/cnp.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/pause.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using namespace farlink::testing;

TEST_CASE("ECT becomes CE, whatever the other fields, and the frame stays valid") {
  const auto payload = counting_payload(16);
  for (const bool vlan : {false, true}) {
    for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
      for (unsigned dscp = 0; dscp < 64; ++dscp) {
        for (const Ecn ecn : {Ecn::ect0, Ecn::ect1}) {
          RocePacket packet = sample_packet(Opcode::write_only, version, vlan, payload);
          packet.dscp = static_cast<std::uint8_t>(dscp);
          packet.ecn = ecn;
          auto frame = built(packet);
          REQUIRE(set_ce(frame) == CeMark::marked);
          packet.ecn = Ecn::ce;
          REQUIRE(to_hex(frame) == to_hex(built(packet)));
          REQUIRE(has_valid_icrc(frame));
          REQUIRE(parse(frame).verdict == Verdict::ok);
          REQUIRE(set_ce(frame) == CeMark::already_marked);
          REQUIRE(frame == built(packet));
        }
      }
    }
  }
}

TEST_CASE("the incremental checksum equals the whole one for every identification") {
  const auto payload = counting_payload(16);
  RocePacket packet = sample_packet(Opcode::write_only, IpVersion::v4, false, payload);
  auto frame = built(packet);
  for (unsigned id = 0; id < 0x10000; ++id) {
    store_big(frame, 15, 1, 0x6a);
    store_big(frame, 18, 2, id);
    store_big(frame, 24, 2, 0);
    store_big(frame, 24, 2, ~std::uint32_t{ones_complement_sum(std::span{frame}.subspan(14, 20))});
    REQUIRE(set_ce(frame) == CeMark::marked);
    const std::uint16_t incremental = load16(frame, 24);
    store_big(frame, 24, 2, 0);
    REQUIRE(incremental == static_cast<std::uint16_t>(~ones_complement_sum(std::span{frame}.subspan(14, 20))));
  }
}

TEST_CASE("Not-ECT and what is no IP is left alone") {
  const auto payload = counting_payload(16);
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
    RocePacket packet = sample_packet(Opcode::write_only, version, false, payload);
    packet.ecn = Ecn::not_ect;
    auto frame = built(packet);
    const auto before = frame;
    CHECK(set_ce(frame) == CeMark::not_ect);
    CHECK(frame == before);
  }
  std::vector<std::byte> pause(pause_frame_bytes);
  build(PauseFrame{.source = {}, .quanta = 1}, pause);
  const auto before = pause;
  CHECK(set_ce(pause) == CeMark::not_ip);
  CHECK(pause == before);
}

TEST_CASE("a CNP goes back to where the marked packet came from") {
  const auto payload = counting_payload(16);
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
    const RocePacket marked = sample_packet(Opcode::write_only, version, true, payload);
    const auto frame = built(cnp_for(marked, 0x77));
    const Parsed parsed = parse(frame);
    REQUIRE(parsed.verdict == Verdict::ok);
    CHECK(frame.size() == (version == IpVersion::v4 ? 78 : 98));
    CHECK(parsed.packet.destination_mac == marked.source_mac);
    CHECK(parsed.packet.vlan == VlanTag{.priority = 6, .drop_eligible = true, .id = 0x123});
    CHECK(parsed.packet.dscp == 48);
    CHECK(parsed.packet.bth == Bth{.opcode = Opcode::cnp,
                                   .migration_request = false,
                                   .partition_key = 0x8001,
                                   .becn = true,
                                   .destination_qp = 0x77});
    if (const Ipv4* ip = std::get_if<Ipv4>(&parsed.packet.ip)) {
      CHECK(ip->source == std::get<Ipv4>(marked.ip).destination);
      CHECK(ip->destination == std::get<Ipv4>(marked.ip).source);
    }
  }
}
