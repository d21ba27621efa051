// SPDX-License-Identifier: Apache-2.0
// Congestion notification packets (RoCEv2, IBA annex A17): what the receiver of a CE-marked packet sends back.
#pragma once

#include <cstdint>

#include "dataplane/wire/packet.hpp"

namespace farlink::wire {

inline constexpr std::uint8_t cnp_dscp = 48;  // defaults of NVIDIA ConnectX, as is the 802.1p priority
inline constexpr std::uint8_t cnp_vlan_priority = 6;

// Marks a packet whose addresses and destination queue pair are there as a CNP: opcode, BECN, DSCP and VLAN priority.
inline void make_cnp(RocePacket& packet) noexcept {
  packet.dscp = cnp_dscp;
  if (packet.vlan) packet.vlan->priority = cnp_vlan_priority;
  packet.bth.opcode = Opcode::cnp;
  packet.bth.migration_request = false;
  packet.bth.becn = true;
}

// The CNP that answers `marked`, back to its sender, whose queue pair is `destination_qp`. Address, VLAN, partition key
// and UDP source port follow the marked packet; BECN is set, PSN 0, ECT(0) as hardware sends it.
inline RocePacket cnp_for(const RocePacket& marked, std::uint32_t destination_qp) {
  RocePacket cnp;
  cnp.destination_mac = marked.source_mac;
  cnp.source_mac = marked.destination_mac;
  cnp.vlan = marked.vlan;
  if (const Ipv4* v4 = std::get_if<Ipv4>(&marked.ip)) {
    cnp.ip = Ipv4{.source = v4->destination, .destination = v4->source, .identification = 0, .options = {}};
  } else {
    const Ipv6& v6 = std::get<Ipv6>(marked.ip);
    cnp.ip = Ipv6{.source = v6.destination, .destination = v6.source, .flow_label = v6.flow_label};
  }
  cnp.udp_source_port = marked.udp_source_port;
  cnp.bth.partition_key = marked.bth.partition_key;
  cnp.bth.destination_qp = destination_qp;
  make_cnp(cnp);
  return cnp;
}

}  // namespace farlink::wire
