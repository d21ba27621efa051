// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/layout.hpp"

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/packet.hpp"

namespace farlink::wire {

namespace {

struct IpPayload {
  Verdict verdict = Verdict::ok;
  std::size_t begin = 0;
  std::size_t end = 0;
};

IpPayload ipv4_payload(std::span<const std::byte> frame, std::size_t ip) noexcept {
  const std::size_t header = std::size_t{load8(frame, ip) & 0xfU} * 4U;
  const std::size_t total = load16(frame, ip + 2);
  const std::uint32_t fragment = load16(frame, ip + 6);
  if (load8(frame, ip) >> 4 != 4 || header < ipv4_bytes) return {Verdict::bad_header};
  if (load8(frame, ip + 9) != protocol_udp) return {Verdict::not_roce};
  if ((fragment & 0x3fffU) != 0) return {Verdict::fragmented};
  if ((fragment & 0x8000U) != 0) return {Verdict::bad_header};
  if (ip + header + udp_bytes > frame.size()) return {Verdict::truncated};
  return {Verdict::ok, ip + header, ip + total};
}

IpPayload ipv6_payload(std::span<const std::byte> frame, std::size_t ip) noexcept {
  if (load8(frame, ip) >> 4 != 6) return {Verdict::bad_header};
  if (load8(frame, ip + 6) != protocol_udp) return {Verdict::not_roce};
  const std::size_t begin = ip + ipv6_bytes;
  if (begin + udp_bytes > frame.size()) return {Verdict::truncated};
  return {Verdict::ok, begin, begin + load16(frame, ip + 4)};
}

}  // namespace

IpLocation locate_ip(std::span<const std::byte> frame) noexcept {
  IpLocation location;
  if (frame.size() < ethernet_bytes) return location;
  std::uint16_t ethertype = load16(frame, 12);
  location.offset = ethernet_bytes;
  if (ethertype == ethertype_vlan) {
    location.vlan = true;
    location.offset += vlan_tag_bytes;
    if (frame.size() < location.offset) return location;
    ethertype = load16(frame, 16);
  }
  if (ethertype != ethertype_ipv4 && ethertype != ethertype_ipv6) {
    location.verdict = Verdict::not_roce;
    return location;
  }
  location.version = ethertype == ethertype_ipv4 ? IpVersion::v4 : IpVersion::v6;
  const std::size_t header = location.version == IpVersion::v4 ? ipv4_bytes : ipv6_bytes;
  if (location.offset + header <= frame.size()) location.verdict = Verdict::ok;
  return location;
}

RoceLayout locate_roce(std::span<const std::byte> frame) noexcept {
  const IpLocation location = locate_ip(frame);
  RoceLayout layout{
      .verdict = location.verdict, .vlan = location.vlan, .version = location.version, .ip = location.offset};
  if (layout.verdict != Verdict::ok) return layout;
  const IpPayload payload =
      layout.version == IpVersion::v4 ? ipv4_payload(frame, layout.ip) : ipv6_payload(frame, layout.ip);
  layout.verdict = payload.verdict;
  if (layout.verdict != Verdict::ok) return layout;
  layout.udp = payload.begin;
  layout.bth = layout.udp + udp_bytes;
  layout.end = payload.end;
  if (load16(frame, layout.udp + 2) != roce_udp_port) {
    layout.verdict = Verdict::not_roce;
  } else if (layout.end < layout.bth + bth_bytes + icrc_bytes || (layout.end - layout.bth) % 4 != 0 ||
             load16(frame, layout.udp + 4) != layout.end - layout.udp) {
    layout.verdict = Verdict::bad_length;
  } else if (layout.end > frame.size()) {
    layout.verdict = Verdict::truncated;
  } else {
    layout.icrc = layout.end - icrc_bytes;
  }
  return layout;
}

}  // namespace farlink::wire
