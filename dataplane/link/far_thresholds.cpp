// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/far_thresholds.hpp"

#include <algorithm>
#include <bit>

namespace farlink::link {

namespace {

constexpr std::uint8_t bit_of(unsigned priority) noexcept { return static_cast<std::uint8_t>(1U << priority); }

// With a threshold that moves: so much below it a priority resumes. Two jumbo frames.
constexpr std::uint64_t hysteresis = std::uint64_t{2} * (9'216 + 42);

}  // namespace

FarThresholds::FarThresholds(const FarThresholdConfig& config, Bytes buffer, FarCounters& counters)
    : config_{config}, shared_size_{(buffer - std::min(config.headroom, buffer)).count()}, counters_{counters} {
  // bytes <= used, so that used <= alpha (size - used) is enough.
  const double share = config_.alpha / (1 + config_.alpha);
  const std::uint64_t least =
      config_.alpha > 0 ? static_cast<std::uint64_t>(share * static_cast<double>(shared_size_)) : config_.xoff.count();
  quiet_below_ = std::min(least, shared_size_);
}

void FarThresholds::start_counting() noexcept {
  shared_ = in_headroom_ = {};
  shared_used_ = headroom_used_ = 0;
}

void FarThresholds::count(std::uint8_t priority, std::uint32_t bytes) noexcept {
  shared_[priority] += bytes;
  shared_used_ += bytes;
}

std::uint64_t FarThresholds::threshold() const noexcept {
  if (config_.alpha <= 0) return config_.xoff.count();
  // After a change there may be more than the shared part holds.
  const std::uint64_t free = shared_size_ - std::min(shared_used_, shared_size_);
  return static_cast<std::uint64_t>(config_.alpha * static_cast<double>(free));
}

bool FarThresholds::admit(std::uint8_t p, std::uint32_t bytes, std::uint64_t, Instant now) noexcept {
  if (shared_[p] + bytes <= threshold() && shared_used_ + bytes <= shared_size_) {
    count(p, bytes);
    return true;
  }
  hold(p, now);
  if (headroom_used_ + bytes > config_.headroom.count()) return false;
  in_headroom_[p] += bytes;
  headroom_used_ += bytes;
  return true;
}

void FarThresholds::release(std::uint8_t p, std::uint32_t bytes, std::uint64_t, Instant now) noexcept {
  const std::uint64_t from_headroom = std::min<std::uint64_t>(bytes, in_headroom_[p]);
  in_headroom_[p] -= from_headroom;
  headroom_used_ -= from_headroom;
  shared_[p] -= bytes - from_headroom;
  shared_used_ -= bytes - from_headroom;
  // A threshold that moves lets others go too.
  unsigned candidates = config_.alpha > 0 ? held_ : held_ & bit_of(p);
  for (; candidates != 0; candidates &= candidates - 1) {
    const auto q = static_cast<std::uint8_t>(std::countr_zero(candidates));
    if (may_resume(q)) resume(q, now);
  }
}

bool FarThresholds::may_resume(std::uint8_t p) const noexcept {
  const std::uint64_t bytes = shared_[p] + in_headroom_[p];
  return config_.alpha > 0 ? bytes == 0 || bytes + hysteresis <= threshold() : bytes <= config_.xon.count();
}

void FarThresholds::hold(std::uint8_t p, Instant now) noexcept {
  if ((held_ & bit_of(p)) != 0) return;
  held_ = static_cast<std::uint8_t>(held_ | bit_of(p));
  changed_at_[p] = now;
  ++counters_.xoff_sent;
  schedule();
}

void FarThresholds::resume(std::uint8_t p, Instant now) noexcept {
  held_ = static_cast<std::uint8_t>(held_ & ~bit_of(p));
  counters_.paused += now - changed_at_[p];
  changed_at_[p] = now;
  schedule();
}

void FarThresholds::schedule() noexcept {
  next_signal_ = Instant::never();
  for (unsigned p = 0; p < priorities; ++p) {
    if (((held_ ^ told_) & bit_of(p)) != 0)
      next_signal_ = std::min(next_signal_, changed_at_[p]);
    else if ((held_ & bit_of(p)) != 0 && config_.refresh > Duration::zero())
      next_signal_ = std::min(next_signal_, refresh_at_[p]);
  }
}

PauseSignal FarThresholds::take_signal(Instant now) noexcept {
  const unsigned changed = held_ ^ told_;
  std::uint8_t p = 0;
  for (; p + 1U < priorities; ++p) {
    if ((changed & bit_of(p)) != 0 && changed_at_[p] <= now) break;
    if ((held_ & told_ & bit_of(p)) != 0 && config_.refresh > Duration::zero() && refresh_at_[p] <= now) break;
  }
  const bool is_held = (held_ & bit_of(p)) != 0;
  told_ = static_cast<std::uint8_t>(is_held ? told_ | bit_of(p) : told_ & ~bit_of(p));
  refresh_at_[p] = now + config_.refresh;
  ++counters_.signals_sent;
  schedule();
  return {Purpose::pause, p, is_held ? wire::max_pause_quanta : std::uint64_t{0}};
}

}  // namespace farlink::link
