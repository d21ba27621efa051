// SPDX-License-Identifier: Apache-2.0
// A RoCEv2 frame between RNIC and adapter: header values, and where the payload lies. The adapter makes bytes and ICRC
// of it (wire_frame.hpp) or, in virtual time, none.
#pragma once

#include <cstdint>

#include "dataplane/wire/opcode.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::rnic {

// The adapter's own note on where a queue pair's frames go; the RNIC copies it into each of them.
struct Path {
  std::uint32_t flow = 0;         // hash of the five-tuple
  std::uint16_t egress_port = 0;  // of the far site
  std::uint16_t route = 0;        // which link direction
};

struct Frame {
  std::uint64_t local_address = 0;   // payload at the sender; of a parity packet: the number of its block
  std::uint64_t remote_address = 0;  // RETH
  std::uint32_t remote_key = 0;      // RETH
  std::uint32_t dma_length = 0;      // RETH
  std::uint32_t destination_qp = 0;
  std::uint32_t psn = 0;
  std::uint32_t immediate = 0;   // immediate data, or AETH: syndrome << 24 | MSN
  std::uint32_t line_bytes = 0;  // on the line, preamble and gap included
  Path path;
  std::uint16_t payload_bytes = 0;
  wire::Opcode opcode = wire::Opcode::acknowledge;
  std::uint8_t position = 0;  // with erasure coding: place in the block, of data or of parity
  bool ack_request = false;
  bool is_corrupt = false;  // receive side: the ICRC does not fit
  bool is_marked = false;   // receive side: congestion was experienced (CE)

  constexpr std::uint8_t syndrome() const noexcept { return static_cast<std::uint8_t>(immediate >> 24); }
  constexpr std::uint32_t msn() const noexcept { return immediate & 0x00ff'ffffU; }
};

constexpr std::uint32_t aeth(std::uint8_t syndrome, std::uint32_t msn) noexcept {
  return (std::uint32_t{syndrome} << 24) | (msn & 0x00ff'ffffU);
}

}  // namespace farlink::rnic
