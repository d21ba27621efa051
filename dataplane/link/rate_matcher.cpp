// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/rate_matcher.hpp"

#include <algorithm>

#include "dataplane/link/serializer_gate.hpp"

namespace farlink::link {

namespace {

// A grant ends behind a frame that may have begun, begins behind one in the way of the message, and may bring what is
// left of the one before.
constexpr std::uint64_t margin = std::uint64_t{3} * SerializerGate::most_carried;

std::uint64_t full_slot_of(const RateMatchingConfig& config) noexcept {
  return units::bytes_in(config.rate, config.slot).count() + 1;  // never less than what the rate carries
}

}  // namespace

// A slot that has begun to arrive still counts whole.
std::uint64_t RateMatcher::slots_on_the_way(const RateMatchingConfig& config) noexcept {
  const std::int64_t slot = config.slot.picoseconds();
  return static_cast<std::uint64_t>((config.round_trip.picoseconds() + slot - 1) / slot);
}

// The slots on the way and the one that is granted: with a shorter queue the near edge may send as it likes.
std::uint64_t RateMatcher::spoken_for(const RateMatchingConfig& config) noexcept {
  return (slots_on_the_way(config) + 1) * full_slot_of(config) + margin;
}

// What comes while a slot lasts may stay in the queue.
Bytes RateMatcher::least_buffer(const RateMatchingConfig& config) noexcept {
  return Bytes{spoken_for(config) + full_slot_of(config)};
}

RateMatcher::RateMatcher(const RateMatchingConfig& config, Bytes buffer, FarCounters& counters)
    : config_{config},
      buffer_{buffer.count()},
      full_slot_{full_slot_of(config)},
      quiet_below_{buffer_ - std::min(spoken_for(config), buffer_)},
      counters_{counters},
      grants_(slots_on_the_way(config), full_slot_),
      on_the_way_{grants_.size() * full_slot_} {}

bool RateMatcher::admit(std::uint8_t, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept {
  if (edge_bytes + bytes > buffer_) return false;
  queued_ = edge_bytes + bytes;
  if (next_signal_ == Instant::never() && queued_ > quiet_below_) next_signal_ = now;
  return true;
}

PauseSignal RateMatcher::take_signal(Instant now) noexcept {
  const std::uint64_t taken = queued_ + on_the_way_ + margin;
  const std::uint64_t grant = std::min(full_slot_, buffer_ - std::min(taken, buffer_));
  ++counters_.signals_sent;
  if (grant == full_slot_ && limited_slots_ == 0 && queued_ <= quiet_below_) {
    next_signal_ = Instant::never();
    return {Purpose::grant, 0, PauseSignal::no_limit};
  }
  if (grant < full_slot_) {
    counters_.paused += config_.slot;
    if (limited_slots_ == 0) ++counters_.xoff_sent;
    ++limited_slots_;
  }
  if (!grants_.empty()) {
    std::uint64_t& slot = grants_[oldest_];
    if (slot < full_slot_) --limited_slots_;
    on_the_way_ += grant - slot;
    slot = grant;
    oldest_ = (oldest_ + 1) % grants_.size();
  } else {
    limited_slots_ = 0;
  }
  next_signal_ = now + config_.slot;
  return {Purpose::grant, 0, grant};
}

}  // namespace farlink::link
