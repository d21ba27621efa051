// SPDX-License-Identifier: Apache-2.0
// Stage 1: what a frame from an Ethernet port is to the link. Fills a descriptor's parsed fields from the first bytes
// of the frame. Untagged, one tag or two (802.1Q, 802.1ad); IPv4 with options, IPv6; RoCEv2 over UDP 4791. Hot path: no
// allocation, no exception, reads at most classify_bytes and nothing outside what it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/link/descriptor.hpp"

namespace farlink::link {

enum class FrameKind : std::uint8_t {
  ordinary,     // crosses the link like any other; not RoCEv2 as far as can be seen
  roce,         // RoCEv2; also its unreliable services, whose opcodes the wire library does not know
  cnp,          // RoCEv2 congestion notification
  mac_control,  // EtherType 0x8808: pause and PFC, which never cross
  runt,         // no whole Ethernet header
};

struct FrameClass {
  FrameKind kind = FrameKind::ordinary;
  bool is_group = false;              // destination is multicast or broadcast
  std::uint16_t ip_offset = 0;        // of the IP header, for apply_ce(); 0: not IP
  std::uint64_t destination_mac = 0;  // 48 bits, the first octet on the line uppermost
  std::uint64_t source_mac = 0;
};

// Bytes from the start of a frame that a classification can look at: two tags, 60 bytes of IPv4 header, UDP, BTH.
inline constexpr std::size_t classify_bytes = 14 + 2 * 4 + 60 + 8 + 12;

// Bit of Descriptor::flags: the sender asks for an acknowledgement.
inline constexpr std::uint8_t flag_ack_request = 1;

// Descriptor::destination_qp and ::psn of what is not RoCEv2: above 24 bits, so that no listed loss means it; and its
// opcode, which InfiniBand does not use.
inline constexpr std::uint32_t no_roce_field = 0xffff'ffff;
inline constexpr std::uint8_t no_roce_opcode = 0xff;

// `head`: the first contiguous bytes of the frame, from the destination MAC; `frame_bytes`: the whole frame's length
// without FCS. Sets in `descriptor`:
//   line_bytes   frame (60 at least), FCS, preamble and gap
//   priority     PCP of the outer tag; without a tag the upper three bits of the DSCP (RoCE's usual 26 gives 3, a CNP's
//                48 gives 6); 0 when there is neither
//   ecn          not_ect unless IP
//   flow         hash of addresses, protocol and, for TCP, UDP, SCTP, ports; fragments without ports, so that all of a
//                datagram are of one flow; of the MAC addresses when not IP
//   destination_qp, psn, opcode, payload_bytes, flags   of RoCEv2; payload without pad and ICRC, and for an opcode that
//                wire::is_known() denies, all that follows the BTH
// and leaves the other fields alone. RoCEv2 is what wire::parse() takes for it, but for the IPv4 checksum and the ICRC,
// which the receiver checks; when the BTH lies behind `head`, the frame is ordinary.
FrameClass classify(std::span<const std::byte> head, std::uint32_t frame_bytes, Descriptor& descriptor) noexcept;

}  // namespace farlink::link
