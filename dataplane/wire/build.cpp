// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/build.hpp"

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/icrc.hpp"

namespace farlink::wire {

namespace {

bool is_buildable(const RocePacket& packet) noexcept {
  const Opcode opcode = packet.bth.opcode;
  if (!is_known(opcode) || packet.payload.size() > max_payload_bytes) return false;
  if (!has_payload(opcode) && !packet.payload.empty()) return false;
  if (opcode == Opcode::atomic_write && packet.payload.size() != atomic_write_payload_bytes) return false;
  const Ipv4* v4 = std::get_if<Ipv4>(&packet.ip);
  return v4 == nullptr || (v4->options.size() <= 40 && v4->options.size() % 4 == 0);
}

void put_ethernet(FieldWriter& writer, const RocePacket& packet) noexcept {
  writer.put_bytes(packet.destination_mac.data(), packet.destination_mac.size());
  writer.put_bytes(packet.source_mac.data(), packet.source_mac.size());
  if (packet.vlan) {
    writer.put16(ethertype_vlan);
    writer.put16((packet.vlan->priority & 0x7U) << 13 | (packet.vlan->drop_eligible ? 0x1000U : 0U) |
                 (packet.vlan->id & 0xfffU));
  }
  writer.put16(packet.ip_version() == IpVersion::v4 ? ethertype_ipv4 : ethertype_ipv6);
}

std::uint32_t traffic_class(const RocePacket& packet) noexcept {
  return (packet.dscp & 0x3fU) << 2 | static_cast<std::uint32_t>(packet.ecn);
}

// `length` is that of the UDP datagram.
void put_ipv4(FieldWriter& writer, const RocePacket& packet, const Ipv4& ip, std::size_t length,
              std::span<std::byte> out) noexcept {
  const std::size_t begin = writer.written();
  const std::size_t header = ipv4_bytes + ip.options.size();
  writer.put8(0x40U | header / 4);
  writer.put8(traffic_class(packet));
  writer.put16(header + length);
  writer.put16(ip.identification);
  writer.put16(ip.dont_fragment ? 0x4000U : 0U);
  writer.put8(packet.hop_limit);
  writer.put8(protocol_udp);
  writer.put16(0);
  writer.put_bytes(ip.source.data(), ip.source.size());
  writer.put_bytes(ip.destination.data(), ip.destination.size());
  writer.put_bytes(ip.options.data(), ip.options.size());
  const std::uint32_t sum = ones_complement_sum(out.subspan(begin, header));
  store_big(out, begin + 10, 2, ~sum);
}

void put_ipv6(FieldWriter& writer, const RocePacket& packet, const Ipv6& ip, std::size_t length) noexcept {
  writer.put32(6U << 28 | traffic_class(packet) << 20 | (ip.flow_label & 0xf'ffffU));
  writer.put16(length);
  writer.put8(protocol_udp);
  writer.put8(packet.hop_limit);
  writer.put_bytes(ip.source.data(), ip.source.size());
  writer.put_bytes(ip.destination.data(), ip.destination.size());
}

void put_bth(FieldWriter& writer, const Bth& bth, std::uint32_t pad) noexcept {
  writer.put8(static_cast<std::uint8_t>(bth.opcode));
  writer.put8((bth.solicited ? 0x80U : 0U) | (bth.migration_request ? 0x40U : 0U) | pad << 4);
  writer.put16(bth.partition_key);
  writer.put8((bth.fecn ? 0x80U : 0U) | (bth.becn ? 0x40U : 0U) | (bth.reserved6 & 0x3fU));
  writer.put24(bth.destination_qp);
  writer.put8((bth.ack_request ? 0x80U : 0U) | (bth.reserved7 & 0x7fU));
  writer.put24(bth.psn);
}

void put_extension_headers(FieldWriter& writer, const RocePacket& packet) noexcept {
  const Opcode opcode = packet.bth.opcode;
  if (has_feth(opcode)) writer.put32(packet.feth.flags);
  if (has_reth(opcode)) {
    writer.put64(packet.reth.virtual_address);
    writer.put32(packet.reth.remote_key);
    writer.put32(packet.reth.dma_length);
  }
  if (has_atomic_eth(opcode)) {
    writer.put64(packet.atomic.virtual_address);
    writer.put32(packet.atomic.remote_key);
    writer.put64(packet.atomic.swap_or_add);
    writer.put64(packet.atomic.compare);
  }
  if (has_aeth(opcode)) {
    writer.put8(packet.aeth.syndrome);
    writer.put24(packet.aeth.message_sequence_number);
  }
  if (has_atomic_ack_eth(opcode)) writer.put64(packet.atomic_ack.original);
  if (has_immediate(opcode)) writer.put32(packet.immediate.data);
  if (has_ieth(opcode)) writer.put32(packet.invalidate.remote_key);
  if (is_cnp(opcode)) writer.put_zeros(cnp_reserved_bytes);
}

}  // namespace

std::size_t build(const RocePacket& packet, std::span<std::byte> out) noexcept {
  const std::size_t bytes = frame_bytes(packet);
  if (!is_buildable(packet) || out.size() < bytes) return 0;
  out = out.first(bytes);
  const auto payload = static_cast<std::uint32_t>(packet.payload.size());
  const std::uint32_t pad = pad_bytes(payload);
  const std::size_t datagram = udp_bytes + header_bytes(packet.bth.opcode) + payload + pad + icrc_bytes;

  FieldWriter writer{out};
  put_ethernet(writer, packet);
  const std::size_t ip = writer.written();
  if (const Ipv4* v4 = std::get_if<Ipv4>(&packet.ip)) {
    put_ipv4(writer, packet, *v4, datagram, out);
  } else {
    put_ipv6(writer, packet, std::get<Ipv6>(packet.ip), datagram);
  }
  const std::size_t udp = writer.written();
  writer.put16(packet.udp_source_port);
  writer.put16(roce_udp_port);
  writer.put16(datagram);
  writer.put16(packet.udp_checksum);
  put_bth(writer, packet.bth, pad);
  put_extension_headers(writer, packet);
  writer.put_bytes(packet.payload.data(), payload);
  writer.put_zeros(pad);

  const RoceLayout layout{.verdict = Verdict::ok,
                          .vlan = packet.vlan.has_value(),
                          .version = packet.ip_version(),
                          .ip = ip,
                          .udp = udp,
                          .bth = udp + udp_bytes,
                          .icrc = bytes - icrc_bytes,
                          .end = bytes};
  std::uint32_t crc = icrc(out, layout);
  for (std::size_t i = 0; i < icrc_bytes; ++i, crc >>= 8) writer.put8(crc & 0xffU);
  return bytes;
}

}  // namespace farlink::wire
