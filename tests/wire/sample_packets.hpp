// SPDX-License-Identifier: Apache-2.0
// Packets that the wire tests share: one of each opcode with every field set to something that shows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/packet.hpp"

namespace farlink::testing {

inline constexpr std::array all_opcodes = {
    wire::Opcode::send_first,
    wire::Opcode::send_middle,
    wire::Opcode::send_last,
    wire::Opcode::send_last_with_immediate,
    wire::Opcode::send_only,
    wire::Opcode::send_only_with_immediate,
    wire::Opcode::write_first,
    wire::Opcode::write_middle,
    wire::Opcode::write_last,
    wire::Opcode::write_last_with_immediate,
    wire::Opcode::write_only,
    wire::Opcode::write_only_with_immediate,
    wire::Opcode::read_request,
    wire::Opcode::read_response_first,
    wire::Opcode::read_response_middle,
    wire::Opcode::read_response_last,
    wire::Opcode::read_response_only,
    wire::Opcode::acknowledge,
    wire::Opcode::atomic_acknowledge,
    wire::Opcode::compare_swap,
    wire::Opcode::fetch_add,
    wire::Opcode::send_last_with_invalidate,
    wire::Opcode::send_only_with_invalidate,
    wire::Opcode::flush,
    wire::Opcode::atomic_write,
    wire::Opcode::cnp,
};

// Bytes 0, 1, 2, ... as the worked vectors have them.
inline std::vector<std::byte> counting_payload(std::size_t size) {
  std::vector<std::byte> payload(size);
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i & 0xffU);
  return payload;
}

// The largest part of `payload` that `opcode` can carry: none, all of it, or exactly eight bytes.
inline std::span<const std::byte> fitting_payload(wire::Opcode opcode, std::span<const std::byte> payload) {
  if (!wire::has_payload(opcode)) return {};
  return opcode == wire::Opcode::atomic_write ? payload.first(wire::atomic_write_payload_bytes) : payload;
}

inline wire::RocePacket sample_packet(wire::Opcode opcode, wire::IpVersion version, bool vlan,
                                      std::span<const std::byte> payload) {
  wire::RocePacket packet;
  packet.destination_mac = {0x02, 0, 0, 0, 0x02, 0x02};
  packet.source_mac = {0x02, 0, 0, 0, 0x01, 0x01};
  if (vlan) packet.vlan = wire::VlanTag{.priority = 3, .drop_eligible = true, .id = 0x123};
  if (version == wire::IpVersion::v4) {
    packet.ip = wire::Ipv4{.source = {10, 1, 2, 3},
                           .destination = {10, 4, 5, 6},
                           .identification = 0xbeef,
                           .dont_fragment = true,
                           .options = {}};
  } else {
    packet.ip = wire::Ipv6{.source = {0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                           .destination = {0xfd, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30},
                           .flow_label = 0x12345};
  }
  packet.udp_source_port = 0xc123;
  packet.bth = wire::Bth{.opcode = opcode,
                         .solicited = true,
                         .migration_request = true,
                         .partition_key = 0x8001,
                         .becn = wire::is_cnp(opcode),
                         .destination_qp = 0x012345,
                         .ack_request = wire::is_request(opcode),
                         .psn = 0xfedcba};
  packet.feth.flags = 0x21;
  packet.reth = {0x7f00'1122'3344'5566, 0x1234'5678, 0x0001'0000};
  packet.aeth = {0x1f, 0xabcdef};
  packet.atomic = {0x7f00'1122'3344'5568, 0x1234'5678, 0x1111'2222'3333'4444, 0x5555'6666'7777'8888};
  packet.atomic_ack = {0x9999'aaaa'bbbb'cccc};
  packet.immediate = {0xdead'beef};
  packet.invalidate = {0xcafe'babe};
  packet.payload = fitting_payload(opcode, payload);
  return packet;
}

// The frame of `packet`, exactly as long as frame_bytes() says; empty when it cannot be built.
inline std::vector<std::byte> built(const wire::RocePacket& packet) {
  std::vector<std::byte> frame(wire::frame_bytes(packet));
  if (wire::build(packet, frame) != frame.size()) frame.clear();
  return frame;
}

}  // namespace farlink::testing
