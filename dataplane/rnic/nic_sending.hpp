// SPDX-License-Identifier: Apache-2.0
// Many frames of an RNIC at once: what advance() does, one call for each, without what packets in the middle of a WRITE
// do not need.
#pragma once

#include "dataplane/rnic/nic.hpp"

namespace farlink::rnic {

template <class Left, class Middle>
[[gnu::always_inline]] inline void Nic::send_until(Instant until, Left&& left, Middle&& middle) {
  while (is_busy_ && free_at_ < until && free_at_ <= first_timer_) {
    left(free_at_, frames_[current_].frame);
    current_ ^= 1U;
    if (!continue_writes(until, middle)) start_next(free_at_);
  }
}

// The serializer has become free at free_at_. True: it is at work again, with the first frame that leaves later; false:
// whoever comes next is for start_next().
template <class Middle>
[[gnu::always_inline]] inline bool Nic::continue_writes(Instant until, Middle&& middle) {
  if (is_held_ || has_congestion_ || is_adaptive_ || !control_.is_empty()) return false;
  const std::uint32_t line_bytes = profile_->middle_line_bytes();
  while (!active_.is_empty()) {
    const std::uint32_t index = active_.front();
    Requester& requester = pairs_[index].requester;
    if (requester.turns != (is_active | has_timer) || !requester.can_continue_write()) return false;
    const Instant start = free_at_;
    free_at_ = start + clock_.serialize(line_bytes);
    const bool is_last = free_at_ >= until || free_at_ > first_timer_;
    if (is_last) {
      requester.emit(frames_[current_].frame, start);
      frames_[current_].frame.line_bytes = line_bytes;
    } else {
      middle(free_at_, requester, requester.continue_write(), line_bytes);
    }
    active_.pop();
    if (requester.can_send())
      active_.push(index);
    else
      requester.turns = has_timer;
    if (is_last) return true;
  }
  return false;
}

}  // namespace farlink::rnic
