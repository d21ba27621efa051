// SPDX-License-Identifier: Apache-2.0
// The id of a message between sites: the sender's step and node, and which message of the node it is. With the source
// rank it tells the receiver's site everything, because the plan is constant and the same at every site.
#pragma once

#include <bit>
#include <cstdint>

namespace farlink::replay {

struct MessageOrigin {
  std::uint32_t step = 0;
  std::uint32_t node = 0;   // of the source rank
  std::uint64_t index = 0;  // collective: repetition x messages of its schedule + message; send: 0
  bool operator==(const MessageOrigin&) const = default;
};

// Packs an origin into 64 bits, with as many bits per field as the job needs.
class MessageIds {
 public:
  MessageIds() = default;
  // Each argument is the largest value + 1.
  MessageIds(std::uint64_t steps, std::uint64_t nodes, std::uint64_t indices) noexcept
      : node_bits_{width(nodes)}, index_bits_{width(indices)}, step_bits_{width(steps)} {}

  // False when the job has more messages than 64 bits tell apart.
  bool fit() const noexcept { return node_bits_ + index_bits_ + step_bits_ <= 64; }

  std::uint64_t id_of(const MessageOrigin& origin) const noexcept {
    return (((std::uint64_t{origin.step} << node_bits_) | origin.node) << index_bits_) | origin.index;
  }
  MessageOrigin origin_of(std::uint64_t id) const noexcept {
    const std::uint64_t rest = id >> index_bits_;
    return {static_cast<std::uint32_t>(rest >> node_bits_), static_cast<std::uint32_t>(rest & mask(node_bits_)),
            id & mask(index_bits_)};
  }

 private:
  static constexpr unsigned width(std::uint64_t count) noexcept {
    return count < 2 ? 1U : static_cast<unsigned>(std::bit_width(count - 1));
  }
  static constexpr std::uint64_t mask(unsigned bits) noexcept { return (std::uint64_t{1} << bits) - 1; }
  unsigned node_bits_ = 1, index_bits_ = 1, step_bits_ = 1;
};

}  // namespace farlink::replay
