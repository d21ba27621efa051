// SPDX-License-Identifier: Apache-2.0
// The sending end of an erasure code: the parity packets that are due behind a block of a queue pair's packets.
#pragma once

#include <cstdint>

#include "dataplane/rnic/erasure_code.hpp"
#include "dataplane/rnic/frame.hpp"
#include "dataplane/wire/psn.hpp"

namespace farlink::rnic {

class BlockEncoder {
 public:
  explicit BlockEncoder(const ErasureCode& code) : code_{code} {}

  // Of the packet with that number in its message.
  std::uint8_t place_of(std::uint64_t index) const noexcept { return static_cast<std::uint8_t>(index % code_.data); }

  // `packet`, number `index` of `packets` of its message, was sent for the first time. True: its block is complete, and
  // parity is due. bytes, immediate: the message's.
  bool note_sent(const Frame& packet, Operation operation, std::uint64_t index, std::uint32_t packets,
                 std::uint32_t bytes, std::uint32_t immediate) noexcept {
    const std::uint32_t place = place_of(index);
    if (place == 0) payload_ = packet.payload_bytes;
    if (place + 1 != code_.data && index + 1 != packets) return false;
    next_ = packet;
    next_.payload_bytes = payload_;
    next_.opcode = parity_opcode(operation);
    next_.psn = (packet.psn - place) & wire::psn_mask;
    next_.local_address = index / code_.data;
    next_.dma_length = bytes;
    next_.immediate = immediate;
    next_.ack_request = false;
    next_.position = 0;
    left_ = code_.parity_of(place + 1);
    return true;
  }

  // The next parity packet of the block; true: there are more.
  bool emit(Frame& frame) noexcept {
    frame = next_;
    ++next_.position;
    return --left_ > 0;
  }

 private:
  ErasureCode code_;
  Frame next_;
  std::uint16_t payload_ = 0;  // of the block's first packet; only the last of a message may have less
  std::uint32_t left_ = 0;
};

}  // namespace farlink::rnic
