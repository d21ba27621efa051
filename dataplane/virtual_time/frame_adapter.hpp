// SPDX-License-Identifier: Apache-2.0
// Between RNIC and link when there are no bytes: a frame's header values ride in the descriptor and its 64-bit token
// (RETH length above, immediate data or AETH below), a packet's place in its block in the flags, a block's number in
// the note. Memory addresses and keys do not travel, since there is no memory to reach.
#pragma once

#include <cstdint>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/rnic/erasure_code.hpp"
#include "dataplane/rnic/frame.hpp"
#include "dataplane/rnic/nic.hpp"

namespace farlink::virtual_time {

inline constexpr std::uint8_t flag_ack_request = 1;

// Writes every field that the link does not set itself, straight into the link's frame.
constexpr void fill(link::Descriptor& d, const rnic::Frame& frame, std::uint16_t ingress_port,
                    std::uint8_t priority) noexcept {
  d.token = (std::uint64_t{frame.dma_length} << 32) | frame.immediate;
  d.line_bytes = frame.line_bytes;
  d.destination_qp = frame.destination_qp;
  d.psn = frame.psn;
  d.flow = frame.path.flow;
  d.ingress_port = ingress_port;
  d.egress_port = frame.path.egress_port;
  d.payload_bytes = frame.payload_bytes;
  d.opcode = static_cast<std::uint8_t>(frame.opcode);
  d.priority = priority;
  d.ecn = link::Ecn::ect0;
  d.flags = static_cast<std::uint8_t>((unsigned{frame.position} << 1U) | (frame.ack_request ? flag_ack_request : 0U));
  d.edits = 0;
  d.copies = 0;
  d.verdict = link::Cause::none;
  d.purpose = link::Purpose::traffic;
  if (rnic::is_parity(frame.opcode)) [[unlikely]]
    d.note = static_cast<std::uint16_t>(frame.local_address);
}

// The same for a packet in the middle of a WRITE.
[[gnu::always_inline]] inline void fill_middle(link::Descriptor& d, const rnic::Requester& requester,
                                               rnic::Requester::Middle packet, std::uint32_t line_bytes,
                                               std::uint16_t ingress_port, const rnic::Config& config) noexcept {
  const rnic::Path& path = requester.path();
  d.token = 0;
  d.line_bytes = line_bytes;
  d.destination_qp = requester.destination_qp();
  d.psn = packet.psn;
  d.flow = path.flow;
  d.ingress_port = ingress_port;
  d.egress_port = path.egress_port;
  d.payload_bytes = static_cast<std::uint16_t>(config.mtu);
  d.opcode = static_cast<std::uint8_t>(wire::Opcode::write_middle);
  d.priority = config.priority;
  d.ecn = link::Ecn::ect0;
  d.flags = packet.ack_request ? flag_ack_request : std::uint8_t{0};
  d.edits = 0;
  d.copies = 0;
  d.verdict = link::Cause::none;
  d.purpose = link::Purpose::traffic;
}

constexpr rnic::Frame to_frame(const link::Descriptor& d) noexcept {
  rnic::Frame frame;
  frame.dma_length = static_cast<std::uint32_t>(d.token >> 32);
  frame.immediate = static_cast<std::uint32_t>(d.token);
  frame.destination_qp = d.destination_qp;
  frame.psn = d.psn;
  frame.line_bytes = d.line_bytes;
  frame.payload_bytes = d.payload_bytes;
  frame.opcode = static_cast<wire::Opcode>(d.opcode);
  frame.ack_request = (d.flags & flag_ack_request) != 0;
  frame.position = d.flags >> 1U;
  frame.is_corrupt = (d.edits & link::edit_corrupt) != 0;
  frame.is_marked = (d.edits & link::edit_ce) != 0;
  if (rnic::is_parity(frame.opcode)) [[unlikely]]
    frame.local_address = d.note;
  return frame;
}

// A frame arrived, whole.
[[gnu::always_inline]] inline void deliver(const link::Descriptor& d, rnic::Nic& nic, units::Instant now) {
  const bool is_ordinary =
      d.opcode == static_cast<std::uint8_t>(wire::Opcode::write_middle) && (d.edits | d.copies) == 0 &&
      nic.continue_write(d.destination_qp, d.psn, d.payload_bytes, (d.flags & flag_ack_request) != 0, now);
  if (is_ordinary) [[likely]]
    return;
  const rnic::Frame frame = to_frame(d);
  std::uint64_t address = 0;
  for (unsigned copy = 0; copy <= d.copies; ++copy) nic.receive(frame, now, &address);
}

}  // namespace farlink::virtual_time
