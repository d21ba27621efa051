// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/classify.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/link/random.hpp"
#include "dataplane/wire/layout.hpp"
#include "dataplane/wire/opcode.hpp"
#include "dataplane/wire/packet.hpp"
#include "dataplane/wire/pause.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::link {

namespace {

constexpr std::uint16_t ethertype_service_vlan = 0x88a8;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_sctp = 132;

// Big-endian loads that compile to one load and one byte swap. Callers have checked the bounds.
std::uint32_t octet(const std::byte* at) noexcept { return std::to_integer<std::uint32_t>(*at); }
std::uint32_t load16(const std::byte* at) noexcept { return octet(at) << 8 | octet(at + 1); }
std::uint32_t load24(const std::byte* at) noexcept { return load16(at) << 8 | octet(at + 2); }
std::uint32_t load32(const std::byte* at) noexcept { return load16(at) << 16 | load16(at + 2); }
std::uint64_t load48(const std::byte* at) noexcept { return std::uint64_t{load32(at)} << 16 | load16(at + 4); }
// In the machine's order, for hashing alone.
std::uint64_t load64_native(const std::byte* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Header bytes by opcode, so that the hot path looks up instead of asking for each header.
constexpr std::array<std::uint8_t, 256> header_lengths = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(wire::header_bytes(static_cast<wire::Opcode>(i)));
  }
  return table;
}();

std::uint32_t flow_of(std::uint64_t addresses, std::uint64_t rest) noexcept {
  return static_cast<std::uint32_t>(mix(addresses ^ (rest + 1) * 0x9e37'79b9'7f4a'7c15ULL) >> 32);
}

bool has_ports(std::uint32_t protocol) noexcept {
  return protocol == wire::protocol_udp || protocol == protocol_tcp || protocol == protocol_sctp;
}

// The UDP header at `udp` and what follows, in a frame whose IP payload ends at `end`; true when it is RoCEv2.
bool read_roce(std::span<const std::byte> head, std::size_t udp, std::size_t end, std::uint32_t frame_bytes,
               Descriptor& d) noexcept {
  const std::size_t bth = udp + wire::udp_bytes;
  if (bth + wire::bth_bytes > head.size()) return false;
  const std::byte* const p = head.data();
  if (load16(p + udp + 2) != wire::roce_udp_port || end < bth + wire::bth_bytes + wire::icrc_bytes ||
      (end - bth) % 4 != 0 || load16(p + udp + 4) != end - udp || end > frame_bytes) {
    return false;
  }
  const std::uint32_t flags = octet(p + bth + 1);
  if ((flags & 0xfU) != 0) return false;  // another version of the transport header
  const auto opcode = static_cast<wire::Opcode>(p[bth]);
  const std::size_t pad = (flags >> 4) & 0x3U;
  const std::size_t overhead = header_lengths[static_cast<std::uint8_t>(opcode)] + pad + wire::icrc_bytes;
  if (bth + overhead > end) return false;
  const std::size_t payload = end - bth - overhead;
  if (wire::is_known(opcode)) {
    const bool is_plausible = wire::has_payload(opcode) ? payload <= wire::max_payload_bytes : payload + pad == 0;
    if (!is_plausible) return false;
    if (opcode == wire::Opcode::atomic_write && payload != wire::atomic_write_payload_bytes) return false;
  }
  d.opcode = static_cast<std::uint8_t>(opcode);
  d.destination_qp = load24(p + bth + 5);
  d.psn = load24(p + bth + 9);
  d.payload_bytes = static_cast<std::uint16_t>(payload);
  d.flags = static_cast<std::uint8_t>(octet(p + bth + 8) >> 7);
  return true;
}
static_assert(flag_ack_request == 1);  // AckReq is the uppermost bit of the byte shifted above

// What the IP header says: where its payload is, and whether ports may be read there.
struct IpFields {
  bool is_ip = false;
  bool is_fragment = false;
  std::uint32_t traffic_class = 0;
  std::uint32_t protocol = 0;
  std::uint64_t addresses = 0;  // hashed to 64 bits
  std::size_t payload = 0, end = 0;
};

IpFields read_ipv4(std::span<const std::byte> head, std::size_t at) noexcept {
  if (at + wire::ipv4_bytes > head.size()) return {};
  const std::byte* const ip = head.data() + at;
  const std::uint32_t first = octet(ip);
  const std::size_t header = std::size_t{first & 0xfU} * 4;
  if (first >> 4 != 4 || header < wire::ipv4_bytes) return {};
  // All flags but "do not fragment": a set reserved bit is no RoCEv2 either.
  return {.is_ip = true,
          .is_fragment = (load16(ip + 6) & 0xbfffU) != 0,
          .traffic_class = octet(ip + 1),
          .protocol = octet(ip + 9),
          .addresses = load64_native(ip + 12),
          .payload = at + header,
          .end = at + load16(ip + 2)};
}

IpFields read_ipv6(std::span<const std::byte> head, std::size_t at) noexcept {
  if (at + wire::ipv6_bytes > head.size()) return {};
  const std::byte* const ip = head.data() + at;
  const std::uint32_t first = load16(ip);
  if (first >> 12 != 6) return {};
  std::uint64_t addresses = 0;
  for (std::size_t word = 8; word < wire::ipv6_bytes; word += 8)
    addresses = mix(addresses ^ load64_native(ip + word)) + 1;
  return {.is_ip = true,
          .is_fragment = false,
          .traffic_class = (first >> 4) & 0xffU,
          .protocol = octet(ip + 6),
          .addresses = addresses,
          .payload = at + wire::ipv6_bytes,
          .end = at + wire::ipv6_bytes + load16(ip + 4)};
}

}  // namespace

FrameClass classify(std::span<const std::byte> head, std::uint32_t frame_bytes, Descriptor& d) noexcept {
  head = head.first(std::min<std::size_t>(head.size(), frame_bytes));
  d.line_bytes = wire::line_bytes(frame_bytes);
  d.priority = 0;
  d.ecn = Ecn::not_ect;
  d.flow = 0;
  d.destination_qp = d.psn = no_roce_field;
  d.opcode = no_roce_opcode;
  d.payload_bytes = 0;
  d.flags = 0;
  if (head.size() < wire::ethernet_bytes) return {.kind = FrameKind::runt};

  const std::byte* const p = head.data();
  FrameClass result{.destination_mac = load48(p), .source_mac = load48(p + 6)};
  result.is_group = (octet(p) & 1U) != 0;
  std::size_t at = wire::ethernet_bytes;
  std::uint32_t ethertype = load16(p + 12);
  bool is_tagged = false;
  for (int tag = 0; tag < 2 && (ethertype == wire::ethertype_vlan || ethertype == ethertype_service_vlan); ++tag) {
    if (at + wire::vlan_tag_bytes > head.size()) break;
    if (!is_tagged) d.priority = static_cast<std::uint8_t>(octet(p + at) >> 5);
    is_tagged = true;
    ethertype = load16(p + at + 2);
    at += wire::vlan_tag_bytes;
  }

  IpFields ip;
  if (ethertype == wire::ethertype_ipv4) {
    ip = read_ipv4(head, at);
  } else if (ethertype == wire::ethertype_ipv6) {
    ip = read_ipv6(head, at);
  } else if (ethertype == wire::ethertype_mac_control && !is_tagged) {
    result.kind = FrameKind::mac_control;
  }
  if (!ip.is_ip) {
    d.flow = flow_of(result.destination_mac, result.source_mac);
    return result;
  }
  result.ip_offset = static_cast<std::uint16_t>(at);
  d.ecn = static_cast<Ecn>(ip.traffic_class & 0x3U);
  if (!is_tagged) d.priority = static_cast<std::uint8_t>(ip.traffic_class >> 5);
  std::uint64_t rest = ip.protocol;
  if (!ip.is_fragment && has_ports(ip.protocol) && ip.payload + 4 <= head.size()) {
    rest |= std::uint64_t{load32(p + ip.payload)} << 8;
    if (ip.protocol == wire::protocol_udp && read_roce(head, ip.payload, ip.end, frame_bytes, d)) {
      result.kind = d.opcode == static_cast<std::uint8_t>(wire::Opcode::cnp) ? FrameKind::cnp : FrameKind::roce;
    }
  }
  d.flow = flow_of(ip.addresses, rest);
  return result;
}

}  // namespace farlink::link
