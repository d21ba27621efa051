// SPDX-License-Identifier: Apache-2.0
// PFC of the far edge: which bytes of the buffer belong to whom, and when a priority is held or let go. Up to its
// threshold a priority fills the shared part, beyond it the headroom, which is there for what is on its way when XOFF
// is sent. Bytes leave the headroom first. Owner: the far edge, which asks only while its queue is long enough to
// matter.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/pause_signal.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class FarThresholds {
 public:
  // `counters` must outlive this object.
  FarThresholds(const FarThresholdConfig& config, Bytes buffer, FarCounters& counters);

  // While the edge holds no more than this and no priority is held, nothing can be above its threshold.
  std::uint64_t quiet_below() const noexcept { return quiet_below_; }
  bool is_quiet(std::uint64_t edge_bytes) const noexcept {
    return held_ == 0 && told_ == 0 && edge_bytes <= quiet_below_ / 2;
  }
  // Begins to watch: what is queued already, a frame at a time, is in the shared part.
  void start_counting() noexcept;
  void count(std::uint8_t priority, std::uint32_t bytes) noexcept;

  // A frame arrives at `now`. False: the headroom is full, it is lost.
  bool admit(std::uint8_t priority, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept;
  // A frame has left at `now`.
  void release(std::uint8_t priority, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept;

  // When the next XOFF, refresh or XON is due; never(): none is.
  Instant next_signal() const noexcept { return next_signal_; }
  // It; `now` must be next_signal() or later. A state that came and went before it was told is not told.
  PauseSignal take_signal(Instant now) noexcept;

 private:
  static constexpr std::size_t priorities = 8;
  std::uint64_t threshold() const noexcept;
  bool may_resume(std::uint8_t priority) const noexcept;
  void hold(std::uint8_t priority, Instant now) noexcept;
  void resume(std::uint8_t priority, Instant now) noexcept;
  void schedule() noexcept;

  FarThresholdConfig config_;
  std::uint64_t shared_size_ = 0;  // the buffer without the headroom
  std::uint64_t quiet_below_ = 0;
  FarCounters& counters_;
  std::array<std::uint64_t, priorities> shared_{}, in_headroom_{};  // bytes of each
  std::uint64_t shared_used_ = 0, headroom_used_ = 0;
  std::uint8_t held_ = 0, told_ = 0;  // a bit per priority
  std::array<Instant, priorities> changed_at_{}, refresh_at_{};
  Instant next_signal_ = Instant::never();
};

}  // namespace farlink::link
