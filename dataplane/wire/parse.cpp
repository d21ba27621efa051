// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/parse.hpp"

#include <algorithm>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/layout.hpp"

namespace farlink::wire {

namespace {

template <std::size_t Size>
void copy_address(std::span<const std::byte> frame, std::size_t at, std::array<std::uint8_t, Size>& address) noexcept {
  for (std::size_t i = 0; i < Size; ++i) address[i] = load8(frame, at + i);
}

void read_ethernet(std::span<const std::byte> frame, bool vlan, RocePacket& packet) noexcept {
  copy_address(frame, 0, packet.destination_mac);
  copy_address(frame, 6, packet.source_mac);
  if (!vlan) return;
  const std::uint16_t tag = load16(frame, 14);
  packet.vlan = VlanTag{.priority = static_cast<std::uint8_t>(tag >> 13),
                        .drop_eligible = (tag & 0x1000U) != 0,
                        .id = static_cast<std::uint16_t>(tag & 0xfffU)};
}

void read_ip(std::span<const std::byte> frame, const RoceLayout& layout, RocePacket& packet) noexcept {
  const std::size_t at = layout.ip;
  std::uint32_t traffic_class = 0;
  if (layout.version == IpVersion::v4) {
    Ipv4 ip;
    traffic_class = load8(frame, at + 1);
    ip.identification = load16(frame, at + 4);
    ip.dont_fragment = (load8(frame, at + 6) & 0x40U) != 0;
    packet.hop_limit = load8(frame, at + 8);
    copy_address(frame, at + 12, ip.source);
    copy_address(frame, at + 16, ip.destination);
    ip.options = frame.subspan(at + ipv4_bytes, layout.udp - at - ipv4_bytes);
    packet.ip = std::variant<Ipv4, Ipv6>{ip};
  } else {
    Ipv6 ip;
    const std::uint32_t first = load32(frame, at);
    traffic_class = (first >> 20) & 0xffU;
    ip.flow_label = first & 0xf'ffffU;
    packet.hop_limit = load8(frame, at + 7);
    copy_address(frame, at + 8, ip.source);
    copy_address(frame, at + 24, ip.destination);
    packet.ip = std::variant<Ipv4, Ipv6>{ip};
  }
  packet.dscp = static_cast<std::uint8_t>(traffic_class >> 2);
  packet.ecn = static_cast<Ecn>(traffic_class & 0x3U);
}

Bth read_bth(std::span<const std::byte> frame, std::size_t at) noexcept {
  const std::uint8_t flags = load8(frame, at + 1);
  const std::uint8_t congestion = load8(frame, at + 4);
  const std::uint8_t acknowledge = load8(frame, at + 8);
  return Bth{.opcode = static_cast<Opcode>(load8(frame, at)),
             .solicited = (flags & 0x80U) != 0,
             .migration_request = (flags & 0x40U) != 0,
             .partition_key = load16(frame, at + 2),
             .fecn = (congestion & 0x80U) != 0,
             .becn = (congestion & 0x40U) != 0,
             .reserved6 = static_cast<std::uint8_t>(congestion & 0x3fU),
             .destination_qp = load24(frame, at + 5),
             .ack_request = (acknowledge & 0x80U) != 0,
             .reserved7 = static_cast<std::uint8_t>(acknowledge & 0x7fU),
             .psn = load24(frame, at + 9)};
}

// The caller has checked that header_bytes(opcode) are there.
void read_extension_headers(std::span<const std::byte> frame, std::size_t at, RocePacket& packet) noexcept {
  const Opcode opcode = packet.bth.opcode;
  if (has_feth(opcode)) {
    packet.feth = {load32(frame, at)};
    at += feth_bytes;
  }
  if (has_reth(opcode)) {
    packet.reth = {load64(frame, at), load32(frame, at + 8), load32(frame, at + 12)};
    at += reth_bytes;
  }
  if (has_atomic_eth(opcode)) {
    packet.atomic = {load64(frame, at), load32(frame, at + 8), load64(frame, at + 12), load64(frame, at + 20)};
    at += atomic_eth_bytes;
  }
  if (has_aeth(opcode)) {
    packet.aeth = {load8(frame, at), load24(frame, at + 1)};
    at += aeth_bytes;
  }
  if (has_atomic_ack_eth(opcode)) {
    packet.atomic_ack = {load64(frame, at)};
    at += atomic_ack_eth_bytes;
  }
  if (has_immediate(opcode)) packet.immediate = {load32(frame, at)};
  if (has_ieth(opcode)) packet.invalidate = {load32(frame, at)};
}

}  // namespace

Parsed parse(std::span<const std::byte> frame) noexcept {
  Parsed parsed;
  const RoceLayout layout = locate_roce(frame);
  const auto refused = [&parsed](Verdict verdict) -> const Parsed& {
    parsed.verdict = verdict;
    return parsed;
  };
  if (layout.verdict != Verdict::ok) return refused(layout.verdict);
  if (layout.version == IpVersion::v4 &&
      ones_complement_sum(frame.subspan(layout.ip, layout.udp - layout.ip)) != 0xffff) {
    return refused(Verdict::bad_checksum);
  }
  RocePacket& packet = parsed.packet;
  packet.bth = read_bth(frame, layout.bth);
  const Opcode opcode = packet.bth.opcode;
  const std::uint32_t pad = (load8(frame, layout.bth + 1) >> 4) & 0x3U;
  if ((load8(frame, layout.bth + 1) & 0xfU) != 0) return refused(Verdict::bad_header);
  if (!is_known(opcode)) return refused(Verdict::unknown_opcode);

  const std::size_t payload = layout.bth + header_bytes(opcode);
  if (payload + pad > layout.icrc) return refused(Verdict::bad_length);
  const std::size_t size = layout.icrc - pad - payload;
  if (size > max_payload_bytes || (!has_payload(opcode) && (size != 0 || pad != 0)) ||
      (opcode == Opcode::atomic_write && size != atomic_write_payload_bytes)) {
    return refused(Verdict::bad_length);
  }

  read_ethernet(frame, layout.vlan, packet);
  read_ip(frame, layout, packet);
  packet.udp_source_port = load16(frame, layout.udp);
  packet.udp_checksum = load16(frame, layout.udp + 6);
  read_extension_headers(frame, layout.bth + bth_bytes, packet);
  packet.payload = frame.subspan(payload, size);
  parsed.frame_bytes = layout.end;
  parsed.icrc = stored_icrc(frame, layout);
  parsed.verdict = Verdict::ok;
  return parsed;
}

}  // namespace farlink::wire
