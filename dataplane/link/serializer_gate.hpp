// SPDX-License-Identifier: Apache-2.0
// What the far edge lets a near edge's serializers start: priorities that are paused, each until its quanta have run
// out, and what is left of a grant. Open unless something was told. Owner: the near edge.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/link/pause_signal.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class SerializerGate {
 public:
  using Instant = units::Instant;
  static constexpr std::size_t priorities = 8;

  // Nothing is held or limited.
  bool is_open() const noexcept { return closed_ == 0 && !is_limited_; }
  unsigned closed() const noexcept { return closed_; }
  bool is_closed(std::uint8_t priority) const noexcept { return ((unsigned{closed_} >> priority) & 1U) != 0; }
  // What is not used of a grant is lost with its slot, but for so much, since a grant that waited for a frame on its
  // way comes late.
  static constexpr std::int64_t most_carried = 9'216 + 42;
  // A frame may start while anything is left; what it takes too much comes off the next grant.
  bool has_allowance() const noexcept { return !is_limited_ || allowance_ > 0; }
  bool lets_start(std::uint8_t priority) const noexcept { return !is_closed(priority) && has_allowance(); }
  void on_start(std::uint32_t bytes) noexcept {
    if (is_limited_) allowance_ -= bytes;
  }

  // A signal arrived at `now`; quanta are of 512 bit times at `rate`. A grant that nothing renews ends like a pause of
  // the most quanta.
  void obey(const PauseSignal& signal, Instant now, units::BitRate rate) noexcept {
    if (signal.purpose == Purpose::grant) return take_grant(signal.amount, now, rate);
    const auto bit = static_cast<std::uint8_t>(1U << signal.priority);
    if (signal.amount == 0) {
      closed_ = static_cast<std::uint8_t>(closed_ & ~bit);
    } else {
      if ((closed_ & bit) == 0) closed_since_[signal.priority] = now;
      closed_ = static_cast<std::uint8_t>(closed_ | bit);
      until_[signal.priority] = now + wire::pause_time(static_cast<std::uint16_t>(signal.amount), rate);
    }
  }

  // The next time that something opens by itself; never() when nothing will.
  Instant next_expiry() const noexcept {
    Instant next = is_limited_ ? limited_until_ : Instant::never();
    for (unsigned p = 0; p < priorities; ++p)
      if (((unsigned{closed_} >> p) & 1U) != 0) next = std::min(next, until_[p]);
    return next;
  }
  // Opens what is due at `now`; returns how many.
  std::uint32_t expire(Instant now) noexcept {
    std::uint32_t count = 0;
    for (unsigned p = 0; p < priorities; ++p) {
      if (((unsigned{closed_} >> p) & 1U) == 0 || until_[p] > now) continue;
      closed_ = static_cast<std::uint8_t>(closed_ & ~(1U << p));
      ++count;
    }
    if (is_limited_ && limited_until_ <= now) {
      is_limited_ = false;
      ++count;
    }
    return count;
  }

  // When a watchdog of that patience is next due, and for which priority (priorities: none).
  Instant next_watchdog(units::Duration patience, std::size_t* which) const noexcept {
    Instant next = Instant::never();
    *which = priorities;
    if (patience == units::Duration::zero()) return next;
    for (std::size_t p = 0; p < priorities; ++p) {
      if (((unsigned{closed_} >> p) & 1U) == 0 || closed_since_[p] + patience >= next) continue;
      next = closed_since_[p] + patience;
      *which = p;
    }
    return next;
  }
  void restart_watchdog(std::size_t priority, Instant now) noexcept { closed_since_[priority] = now; }

 private:
  void take_grant(std::uint64_t bytes, Instant now, units::BitRate rate) noexcept {
    if (bytes == PauseSignal::no_limit) {
      is_limited_ = false;
      return;
    }
    const std::int64_t rest = is_limited_ ? std::min(allowance_, most_carried) : 0;
    is_limited_ = true;
    allowance_ = rest + static_cast<std::int64_t>(bytes);
    limited_until_ = now + wire::pause_time(wire::max_pause_quanta, rate);
  }

  std::uint8_t closed_ = 0;  // a bit per priority
  bool is_limited_ = false;
  std::int64_t allowance_ = 0;
  Instant limited_until_;
  std::array<Instant, priorities> until_{}, closed_since_{};
};

}  // namespace farlink::link
