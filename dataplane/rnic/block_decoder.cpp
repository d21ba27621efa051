// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/block_decoder.hpp"

#include <algorithm>

#include "dataplane/rnic/message_packet.hpp"
#include "dataplane/wire/psn.hpp"

namespace farlink::rnic {

void BlockDecoder::begin(std::uint64_t first) noexcept {
  first_ = first;
  packets_ = 0;
  is_settled_ = false;
  parity_.reset();
}

bool BlockDecoder::add(const Frame& parity) noexcept {
  const std::uint32_t packets = packets_of(parity.dma_length, mtu_);
  const std::uint64_t offset = parity.local_address * code_.data;  // the block's number
  if (parity.dma_length > max_message_bytes || parity.local_address >= ErasureCode::most_blocks || offset >= packets)
    return false;
  const std::uint32_t here = std::min(code_.data, packets - static_cast<std::uint32_t>(offset));
  if (parity.position >= code_.parity_of(here)) return false;
  if (packets_ == 0) {
    packets_ = here;
    operation_ = parity_operation(parity.opcode);
    offset_ = static_cast<std::uint32_t>(offset);
    message_packets_ = packets;
    header_ = parity;
  } else if (parity.opcode != header_.opcode || parity.dma_length != header_.dma_length || offset != offset_) {
    return false;
  }
  parity_.set(parity.position);
  return true;
}

BlockDecoder::Places BlockDecoder::rebuilt(const Places& missing) const noexcept {
  if (code_.kind == ErasureCode::Kind::mds) return missing.count() <= parity_.count() ? missing : Places{};
  const std::uint32_t groups = code_.parity_of(packets_);
  Places rebuilt;
  for (std::uint32_t group = 0; group < groups; ++group) {
    if (!parity_[group]) continue;
    std::uint32_t count = 0, last = 0;
    for (std::uint32_t place = group; place < packets_; place += groups)
      if (missing[place]) {
        ++count;
        last = place;
      }
    if (count == 1) rebuilt.set(last);
  }
  return rebuilt;
}

Frame BlockDecoder::packet(std::uint32_t place) const noexcept {
  const std::uint32_t index = offset_ + place;
  const bool is_last = index + 1 == message_packets_;
  Frame frame = header_;
  frame.local_address = 0;
  frame.psn = static_cast<std::uint32_t>(first_ + place) & wire::psn_mask;
  frame.opcode = opcode_of(operation_, index == 0, is_last);
  frame.position = static_cast<std::uint8_t>(place);
  frame.payload_bytes = static_cast<std::uint16_t>(is_last ? header_.dma_length - index * mtu_ : mtu_);
  frame.ack_request = true;
  return frame;
}

}  // namespace farlink::rnic
