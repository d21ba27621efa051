// SPDX-License-Identifier: Apache-2.0
// Eight priorities in front of one serializer: strict (7 first) or deficit round robin (Shreedhar, Varghese 1996) with
// equal quanta of one jumbo frame. Byte counts are bytes on the line.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "dataplane/link/config.hpp"
#include "dataplane/link/frame_pool.hpp"

namespace farlink::link {

class PriorityQueues {
 public:
  static constexpr std::size_t priorities = 8;

  bool is_empty() const noexcept { return waiting_ == 0; }
  std::uint64_t bytes(std::uint8_t priority) const noexcept { return bytes_[priority]; }

  void push(Frame* frame) noexcept {
    const std::uint8_t p = frame->descriptor.priority;
    queues_[p].push(frame);
    bytes_[p] += frame->descriptor.line_bytes;
    waiting_ = static_cast<std::uint8_t>(waiting_ | (1U << p));
  }

  // Takes the frame that goes next among priorities not in `held` (a bit each); nullptr when there is none.
  Frame* pop(Scheduler scheduler, std::uint8_t held = 0) noexcept {
    const unsigned eligible = waiting_ & ~unsigned{held};
    if (eligible == 0) return nullptr;
    if (scheduler == Scheduler::strict) return take(static_cast<std::uint8_t>(std::bit_width(eligible) - 1));
    if ((eligible & (eligible - 1)) == 0) return take(static_cast<std::uint8_t>(std::countr_zero(eligible)));
    return pop_by_deficit(eligible);
  }

 private:
  static constexpr std::int64_t quantum = 9'216 + 42;

  Frame* take(std::uint8_t p) noexcept {
    Frame* frame = queues_[p].pop();
    bytes_[p] -= frame->descriptor.line_bytes;
    if (queues_[p].is_empty()) {
      waiting_ = static_cast<std::uint8_t>(waiting_ & ~(1U << p));
      deficit_[p] = 0;
    }
    return frame;
  }

  Frame* pop_by_deficit(unsigned eligible) noexcept {
    for (;;) {
      if ((eligible >> turn_) & 1U) {
        if (!has_quantum_) {
          deficit_[turn_] += quantum;
          has_quantum_ = true;
        }
        const std::int64_t length = queues_[turn_].front()->descriptor.line_bytes;
        if (length <= deficit_[turn_]) {
          deficit_[turn_] -= length;
          return take(turn_);
        }
      }
      turn_ = static_cast<std::uint8_t>((turn_ + 1) % priorities);
      has_quantum_ = false;
    }
  }

  std::array<FrameQueue, priorities> queues_;
  std::array<std::uint64_t, priorities> bytes_{};
  std::array<std::int64_t, priorities> deficit_{};
  std::uint8_t waiting_ = 0;
  std::uint8_t turn_ = 0;
  bool has_quantum_ = false;
};

}  // namespace farlink::link
