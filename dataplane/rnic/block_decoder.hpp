// SPDX-License-Identifier: Apache-2.0
// The receiving end of an erasure code: which parity packets of the newest block of a queue pair have come, and what
// of the block can be rebuilt from them. The network keeps the order of a queue pair's packets: a packet of a later
// block says that no more will come of this one.
#pragma once

#include <bitset>
#include <cstdint>

#include "dataplane/rnic/erasure_code.hpp"
#include "dataplane/rnic/frame.hpp"

namespace farlink::rnic {

class BlockDecoder {
 public:
  using Places = std::bitset<ErasureCode::most_packets + 1>;

  BlockDecoder(const ErasureCode& code, std::uint32_t mtu) : code_{code}, mtu_{mtu} {}

  // Sequence of the block's first packet. All before it is settled.
  std::uint64_t first() const noexcept { return first_; }
  // Everything was done for the block that can be done.
  bool is_settled() const noexcept { return is_settled_; }
  void settle() noexcept { is_settled_ = true; }
  void begin(std::uint64_t first) noexcept;

  // A parity packet of this block came. False: it contradicts itself, or there was one that it contradicts.
  bool add(const Frame& parity) noexcept;
  // Packets of the block; 0 until a parity packet has come.
  std::uint32_t packets() const noexcept { return packets_; }
  // It was the last of the block.
  bool is_last(const Frame& parity) const noexcept { return parity.position + 1U == code_.parity_of(packets_); }

  // Which of the `missing` packets the parity that has come rebuilds.
  Places rebuilt(const Places& missing) const noexcept;
  // The packet in that place as it was sent, but for its payload; the sender is to be told of it.
  Frame packet(std::uint32_t place) const noexcept;

 private:
  ErasureCode code_;
  std::uint32_t mtu_;
  std::uint64_t first_ = 0;
  std::uint32_t packets_ = 0;
  bool is_settled_ = false;
  Places parity_;  // that has come
  // Of the message.
  Operation operation_ = Operation::write;
  std::uint32_t offset_ = 0;  // of the block, in packets
  std::uint32_t message_packets_ = 0;
  Frame header_;  // one of them
};

}  // namespace farlink::rnic
