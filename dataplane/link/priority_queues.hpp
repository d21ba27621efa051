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
  std::uint64_t bytes(std::uint8_t priority) const noexcept { return of_[priority].bytes; }

  // Priorities that pop() passes over, a bit each.
  unsigned held() const noexcept { return held_; }
  bool is_held(std::uint8_t priority) const noexcept { return ((unsigned{held_} >> priority) & 1U) != 0; }
  void hold(std::uint8_t priority) noexcept { held_ = static_cast<std::uint8_t>(held_ | (1U << priority)); }
  void release(std::uint8_t priority) noexcept { held_ = static_cast<std::uint8_t>(held_ & ~(1U << priority)); }

  void push(Frame* frame) noexcept {
    const std::uint8_t p = frame->descriptor.priority;
    of_[p].frames.push(frame);
    of_[p].bytes += frame->descriptor.line_bytes;
    waiting_ = static_cast<std::uint8_t>(waiting_ | (1U << p));
  }

  // Whether pop() has a frame to give.
  bool has_eligible() const noexcept { return (waiting_ & ~unsigned{held_}) != 0; }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const Priority& priority : of_)
      for (const Frame* frame = priority.frames.front(); frame != nullptr; frame = frame->next) visit(*frame);
  }

  // Takes the oldest frame of a priority, held or not; nullptr when it has none.
  Frame* pop_of(std::uint8_t priority) noexcept { return of_[priority].frames.is_empty() ? nullptr : take(priority); }

  // Takes the frame that goes next among priorities that are not held; nullptr when there is none.
  Frame* pop(Scheduler scheduler) noexcept {
    const unsigned eligible = waiting_ & ~unsigned{held_};
    if (eligible == 0) return nullptr;
    if (scheduler == Scheduler::strict) return take(static_cast<std::uint8_t>(std::bit_width(eligible) - 1));
    if ((eligible & (eligible - 1)) == 0) return take(static_cast<std::uint8_t>(std::countr_zero(eligible)));
    return pop_by_deficit(eligible);
  }

 private:
  static constexpr std::int64_t quantum = 9'216 + 42;

  struct Priority {
    FrameQueue frames;
    std::uint64_t bytes = 0;
    std::int64_t deficit = 0;
  };

  Frame* take(std::uint8_t p) noexcept {
    Priority& priority = of_[p];
    Frame* frame = priority.frames.pop();
    priority.bytes -= frame->descriptor.line_bytes;
    if (priority.frames.is_empty()) {
      waiting_ = static_cast<std::uint8_t>(waiting_ & ~(1U << p));
      priority.deficit = 0;
    }
    return frame;
  }

  Frame* pop_by_deficit(unsigned eligible) noexcept {
    for (;;) {
      if ((eligible >> turn_) & 1U) {
        Priority& priority = of_[turn_];
        if (!has_quantum_) {
          priority.deficit += quantum;
          has_quantum_ = true;
        }
        const std::int64_t length = priority.frames.front()->descriptor.line_bytes;
        if (length <= priority.deficit) {
          priority.deficit -= length;
          return take(turn_);
        }
      }
      turn_ = static_cast<std::uint8_t>((turn_ + 1) % priorities);
      has_quantum_ = false;
    }
  }

  std::uint8_t waiting_ = 0;
  std::uint8_t held_ = 0;
  std::uint8_t turn_ = 0;
  bool has_quantum_ = false;
  std::array<Priority, priorities> of_;
};

}  // namespace farlink::link
