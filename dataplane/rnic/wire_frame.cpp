// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/wire_frame.hpp"

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/cnp.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"

namespace farlink::rnic {

namespace {

// False when the two ends speak different versions.
bool set_addresses(wire::RocePacket& packet, const WirePath& path) {
  packet.source_mac = path.source.mac;
  packet.destination_mac = path.destination.mac;
  const auto* from4 = std::get_if<wire::Ipv4Address>(&path.source.ip);
  const auto* to4 = std::get_if<wire::Ipv4Address>(&path.destination.ip);
  if ((from4 == nullptr) != (to4 == nullptr)) return false;
  if (from4 != nullptr) {
    packet.ip = wire::Ipv4{.source = *from4, .destination = *to4, .identification = 0, .options = {}};
  } else {
    // The flow label is the flow's entropy too, for routers that do not look into UDP.
    packet.ip = wire::Ipv6{.source = *std::get_if<wire::Ipv6Address>(&path.source.ip),
                           .destination = *std::get_if<wire::Ipv6Address>(&path.destination.ip),
                           .flow_label = path.udp_source_port};
  }
  return true;
}

}  // namespace

std::size_t to_bytes(const Frame& frame, const WirePath& path, std::span<std::byte> out) {
  wire::RocePacket packet;
  if (!set_addresses(packet, path)) return 0;
  packet.vlan = path.vlan;
  packet.dscp = path.dscp;
  packet.ecn = path.ecn;
  packet.hop_limit = path.hop_limit;
  packet.udp_source_port = path.udp_source_port;
  packet.bth.opcode = frame.opcode;
  packet.bth.destination_qp = frame.destination_qp;
  packet.bth.ack_request = frame.ack_request;
  packet.bth.psn = frame.psn;
  packet.reth = {frame.remote_address, frame.remote_key, frame.dma_length};
  packet.aeth = {frame.syndrome(), frame.msn()};
  packet.immediate = {frame.immediate};
  if (frame.payload_bytes > 0) {
    packet.payload = {reinterpret_cast<const std::byte*>(frame.local_address), frame.payload_bytes};
  }
  if (wire::is_cnp(frame.opcode)) wire::make_cnp(packet);
  return wire::build(packet, out);
}

ReceivedFrame from_bytes(std::span<const std::byte> bytes) noexcept {
  ReceivedFrame received;
  const wire::Parsed parsed = wire::parse(bytes);
  received.verdict = parsed.verdict;
  if (!parsed) return received;
  const wire::RocePacket& packet = parsed.packet;
  Frame& frame = received.frame;
  frame.opcode = packet.bth.opcode;
  frame.destination_qp = packet.bth.destination_qp;
  frame.ack_request = packet.bth.ack_request;
  frame.psn = packet.bth.psn;
  frame.payload_bytes = static_cast<std::uint16_t>(packet.payload.size());
  frame.line_bytes = wire::line_bytes(static_cast<std::uint32_t>(parsed.frame_bytes));
  if (wire::has_reth(frame.opcode)) {
    frame.remote_address = packet.reth.virtual_address;
    frame.remote_key = packet.reth.remote_key;
    frame.dma_length = packet.reth.dma_length;
  }
  if (wire::has_immediate(frame.opcode)) frame.immediate = packet.immediate.data;
  if (wire::has_aeth(frame.opcode)) frame.immediate = aeth(packet.aeth.syndrome, packet.aeth.message_sequence_number);
  frame.is_corrupt = !wire::has_valid_icrc(bytes);
  frame.is_marked = packet.ecn == wire::Ecn::ce;
  received.payload = packet.payload;
  return received;
}

}  // namespace farlink::rnic
