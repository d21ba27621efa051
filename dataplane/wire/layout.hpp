// SPDX-License-Identifier: Apache-2.0
// Where the headers of a RoCEv2 frame lie. Bounds are checked here once, for parse, ICRC and ECN alike: offsets of an
// accepted layout are inside the frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/wire/size.hpp"
#include "dataplane/wire/verdict.hpp"

namespace farlink::wire {

inline constexpr std::uint16_t ethertype_ipv4 = 0x0800;
inline constexpr std::uint16_t ethertype_ipv6 = 0x86dd;
inline constexpr std::uint16_t ethertype_vlan = 0x8100;
inline constexpr std::uint8_t protocol_udp = 17;

// The IP header behind Ethernet and at most one 802.1Q tag. ok: its fixed part (20 or 40 bytes) is inside the frame.
struct IpLocation {
  Verdict verdict = Verdict::truncated;
  bool vlan = false;
  IpVersion version = IpVersion::v4;
  std::size_t offset = 0;
};
IpLocation locate_ip(std::span<const std::byte> frame) noexcept;

// All of it. ok: UDP to port 4791, at least a BTH and an ICRC, [ip, end) inside the frame, lengths consistent, whole
// words behind UDP. The IPv4 checksum and what the opcode asks for are not looked at. Bytes behind `end` are MAC
// padding.
struct RoceLayout {
  Verdict verdict = Verdict::truncated;
  bool vlan = false;
  IpVersion version = IpVersion::v4;
  std::size_t ip = 0;
  std::size_t udp = 0;
  std::size_t bth = 0;
  std::size_t icrc = 0;
  std::size_t end = 0;
};
RoceLayout locate_roce(std::span<const std::byte> frame) noexcept;

}  // namespace farlink::wire
