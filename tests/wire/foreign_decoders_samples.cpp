// SPDX-License-Identifier: Apache-2.0
// Writes a capture with frames of every kind and prints one line about each for foreign_decoders.py to compare with:
// kind, opcode, destination QP, PSN, AckReq, payload bytes, pad bytes, VLAN id; "-" where there is none.
#include <algorithm>
#include <exception>
#include <iostream>
#include <vector>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/pause.hpp"
#include "tests/support/pcap.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using namespace farlink::testing;

namespace {

// The MAC pads what is shorter than Ethernet allows.
void write_frame(PcapWriter& pcap, std::vector<std::byte> frame) {
  frame.resize(std::max<std::size_t>(frame.size(), min_frame_bytes));
  pcap.write(frame);
}

void write_packet(PcapWriter& pcap, const RocePacket& packet, bool marked) {
  auto frame = built(packet);
  if (marked) set_ce(frame);
  const auto payload = static_cast<std::uint32_t>(packet.payload.size());
  std::cout << (packet.ip_version() == IpVersion::v4 ? "ipv4" : "ipv6") << ' '
            << static_cast<unsigned>(packet.bth.opcode) << ' ' << packet.bth.destination_qp << ' ' << packet.bth.psn
            << ' ' << packet.bth.ack_request << ' ' << payload << ' ' << pad_bytes(payload) << ' ';
  if (packet.vlan) {
    std::cout << packet.vlan->id << '\n';
  } else {
    std::cout << "-\n";
  }
  write_frame(pcap, std::move(frame));
}

void write_all(const char* path) {
  PcapWriter pcap{path};
  const auto payload = counting_payload(max_payload_bytes);
  for (const Opcode opcode : all_opcodes) {
    for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
      for (const bool vlan : {false, true}) {
        for (const std::size_t size : {8U, 61U, 4096U}) {
          write_packet(pcap, sample_packet(opcode, version, vlan, std::span{payload}.first(size)), size == 61);
        }
      }
    }
  }
  write_packet(pcap, sample_packet(Opcode::send_only, IpVersion::v4, false, {}), false);
  std::vector<std::byte> pause(pause_frame_bytes);
  PfcFrame pfc{.source = {2, 0, 0, 0, 0, 1}, .priorities = 0x09};
  pfc.quanta[0] = 0x1234;
  pfc.quanta[3] = max_pause_quanta;
  build(pfc, pause);
  std::cout << "pfc - - - - - - -\n";
  write_frame(pcap, pause);
  build(PauseFrame{.source = {2, 0, 0, 0, 0, 1}, .quanta = 0x4321}, pause);
  std::cout << "pause - - - - - - -\n";
  write_frame(pcap, pause);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: foreign_decoders_samples CAPTURE\n";
    return 2;
  }
  try {
    write_all(arguments[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
