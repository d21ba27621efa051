// SPDX-License-Identifier: Apache-2.0
// Packets that arrived before the one that is expected, in the receiving half of a selective-repeat queue pair: kept
// until the gap in front of them is filled, then executed in order. It grows to the widest gap there was.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/rnic/frame.hpp"

namespace farlink::rnic {

// A payload that was kept belongs somewhere now.
struct Placement {
  std::uint64_t payload = 0;  // Frame::local_address, as it was when the frame arrived
  std::uint64_t address = 0;
  std::uint32_t qp = 0;
  std::uint32_t bytes = 0;
  wire::Opcode opcode = wire::Opcode::write_middle;
};

class ReorderBuffer {
 public:
  // Keeps the packet; `expected` < `sequence`. False: it is there already.
  bool keep(std::uint64_t sequence, std::uint64_t expected, const Frame& frame) {
    reserve(sequence - expected + 1);
    Slot& slot = slots_[sequence & (slots_.size() - 1)];
    if (slot.sequence == sequence) return false;
    slot = {sequence, frame};
    return true;
  }
  // The packet with this sequence, or nullptr when it has not come.
  const Frame* find(std::uint64_t sequence) const noexcept {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[sequence & (slots_.size() - 1)];
    return slot.sequence == sequence ? &slot.frame : nullptr;
  }

 private:
  struct Slot {
    std::uint64_t sequence = ~std::uint64_t{0};
    Frame frame;
  };

  void reserve(std::uint64_t count) {
    if (count <= slots_.size()) return;
    std::vector<Slot> larger(slots_.empty() ? 64 : slots_.size());
    while (larger.size() < count) larger.resize(larger.size() * 2);
    for (Slot& slot : slots_)
      if (slot.sequence != ~std::uint64_t{0}) larger[slot.sequence & (larger.size() - 1)] = slot;
    slots_.swap(larger);
  }

  std::vector<Slot> slots_;  // a power of two
};

}  // namespace farlink::rnic
