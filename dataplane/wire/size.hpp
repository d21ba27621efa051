// SPDX-License-Identifier: Apache-2.0
// How many bytes a RoCEv2 packet has: headers, the frame without FCS, and the bytes it occupies on an Ethernet line.
// Ethernet [802.1Q] IPv4|IPv6 UDP BTH extension headers payload pad ICRC; then FCS, preamble and inter-packet gap.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/wire/opcode.hpp"

namespace farlink::wire {

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

inline constexpr std::uint32_t ethernet_bytes = 14;
inline constexpr std::uint32_t vlan_tag_bytes = 4;
inline constexpr std::uint32_t ipv4_bytes = 20;  // without options
inline constexpr std::uint32_t ipv6_bytes = 40;
inline constexpr std::uint32_t udp_bytes = 8;
inline constexpr std::uint32_t bth_bytes = 12;
inline constexpr std::uint32_t reth_bytes = 16;
inline constexpr std::uint32_t aeth_bytes = 4;
inline constexpr std::uint32_t atomic_eth_bytes = 28;
inline constexpr std::uint32_t atomic_ack_eth_bytes = 8;
inline constexpr std::uint32_t immediate_bytes = 4;
inline constexpr std::uint32_t ieth_bytes = 4;
inline constexpr std::uint32_t feth_bytes = 4;
inline constexpr std::uint32_t cnp_reserved_bytes = 16;
inline constexpr std::uint32_t icrc_bytes = 4;
inline constexpr std::uint32_t max_payload_bytes = 4096;  // the largest path MTU
inline constexpr std::uint32_t atomic_write_payload_bytes = 8;

inline constexpr std::uint32_t fcs_bytes = 4;
inline constexpr std::uint32_t preamble_and_gap_bytes = 20;  // preamble and SFD 8, inter-packet gap 12
inline constexpr std::uint32_t min_frame_bytes = 60;         // without FCS; shorter frames are padded by the MAC

// BTH and the extension headers of `opcode`; a CNP's 16 reserved bytes count as such. An unknown opcode has the BTH
// alone.
constexpr std::uint32_t header_bytes(Opcode opcode) noexcept {
  std::uint32_t bytes = bth_bytes;
  if (has_feth(opcode)) bytes += feth_bytes;
  if (has_reth(opcode)) bytes += reth_bytes;
  if (has_aeth(opcode)) bytes += aeth_bytes;
  if (has_atomic_eth(opcode)) bytes += atomic_eth_bytes;
  if (has_atomic_ack_eth(opcode)) bytes += atomic_ack_eth_bytes;
  if (has_immediate(opcode)) bytes += immediate_bytes;
  if (has_ieth(opcode)) bytes += ieth_bytes;
  if (is_cnp(opcode)) bytes += cnp_reserved_bytes;
  return bytes;
}

// Bytes that pad a payload to a multiple of four.
constexpr std::uint32_t pad_bytes(std::uint32_t payload_bytes) noexcept { return (4U - payload_bytes % 4U) % 4U; }

// The frame without FCS as the sender hands it to the MAC (which pads to min_frame_bytes).
constexpr std::uint32_t frame_bytes(Opcode opcode, std::uint32_t payload_bytes, IpVersion version, bool vlan) noexcept {
  return ethernet_bytes + (vlan ? vlan_tag_bytes : 0U) + (version == IpVersion::v4 ? ipv4_bytes : ipv6_bytes) +
         udp_bytes + header_bytes(opcode) + payload_bytes + pad_bytes(payload_bytes) + icrc_bytes;
}

// Bytes of line time that a frame of `frame` bytes without FCS takes: MAC padding, FCS, preamble and gap added.
constexpr std::uint32_t line_bytes(std::uint32_t frame) noexcept {
  return std::max(frame, min_frame_bytes) + fcs_bytes + preamble_and_gap_bytes;
}

static_assert(frame_bytes(Opcode::write_middle, 4096, IpVersion::v4, false) == 4154);
static_assert(line_bytes(frame_bytes(Opcode::write_middle, 4096, IpVersion::v4, false)) == 4178);
static_assert(frame_bytes(Opcode::acknowledge, 0, IpVersion::v4, false) == 62);
static_assert(frame_bytes(Opcode::cnp, 0, IpVersion::v4, false) == 74);

}  // namespace farlink::wire
