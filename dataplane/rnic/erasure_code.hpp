// SPDX-License-Identifier: Apache-2.0
// Erasure coding of a queue pair's request packets: behind each block of packets of one message come parity packets,
// from which the receiver rebuilds what the link lost of the block without asking for it. After SDR-RDMA (SC 2025):
// MDS rebuilds any losses up to the number of parity packets that came; XOR has one parity packet for each of as many
// interleaved groups, and rebuilds one loss in each. What is beyond repair is sent again by selective repeat.
//
// A block is `data` packets, fewer at the end of a message, with a proportional share of parity (rounded up). Data
// packets tell their place in the block, parity packets the block's number in its message and their own place; the
// headers of the message come in every parity packet, since the packets that carried them may be those that are lost.
#pragma once

#include <cstdint>

#include "dataplane/rnic/request.hpp"
#include "dataplane/wire/opcode.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::rnic {

struct ErasureCode {
  enum class Kind : std::uint8_t { mds, exclusive_or };
  static constexpr std::uint32_t most_packets = 127;      // of data and of parity: a place has seven bits on the line
  static constexpr std::uint32_t most_blocks = 1U << 16;  // of a message: a block's number has sixteen

  Kind kind = Kind::mds;
  std::uint32_t data = 32;   // k, 1 to most_packets
  std::uint32_t parity = 8;  // m, 1 to most_packets, for k packets

  // For a block of `packets`, 1 to data.
  constexpr std::uint32_t parity_of(std::uint32_t packets) const noexcept {
    return (packets * parity + data - 1) / data;
  }
  bool operator==(const ErasureCode&) const = default;
};

// Opcodes of parity packets, of the range that the specification leaves to manufacturers (IBA vol. 1, 9.2): which
// operation's.
inline constexpr std::uint8_t first_parity_opcode = 0xc0;
constexpr bool is_parity(wire::Opcode opcode) noexcept {
  return static_cast<std::uint8_t>(opcode) - first_parity_opcode <= static_cast<int>(Operation::write_with_immediate) &&
         static_cast<std::uint8_t>(opcode) >= first_parity_opcode;
}
constexpr wire::Opcode parity_opcode(Operation operation) noexcept {
  return static_cast<wire::Opcode>(first_parity_opcode + static_cast<std::uint8_t>(operation));
}
constexpr Operation parity_operation(wire::Opcode opcode) noexcept {
  return static_cast<Operation>(static_cast<std::uint8_t>(opcode) - first_parity_opcode);
}

// Behind the BTH: block number, place and two reserved bytes; then RETH and immediate data of the message.
inline constexpr std::uint32_t parity_header_bytes = 6 + 2 + wire::reth_bytes + wire::immediate_bytes;

}  // namespace farlink::rnic
