// SPDX-License-Identifier: Apache-2.0
// A link whose far edges tell their near edges something. What the far edge of one direction has to tell goes as a
// frame onto the near edge of the other, and what arrives there is obeyed by the near edge of the first: so two
// carriers exchange it, in the order of time, as the two sites of a run in virtual time do. Between carriers of one
// lcore it happens at its very time; another lcore learns of it at its next look.
#include <algorithm>

#include "dataplane/dpdk/carrier.hpp"

namespace farlink::dpdk {

using units::Duration;
using units::Instant;

void Carrier::join(Carrier& opposite, bool shares_lcore) {
  constexpr std::uint32_t slots = 1'024;
  opposite_ = &opposite;
  shares_lcore_ = shares_lcore;
  is_controlled_ = has_control() || opposite.has_control();
  if (!shares_lcore) heard_ = std::make_unique<endpoint::SpscRing<Told>>(slots);
  lead_ = lead();
}

void Carrier::begin_control(Instant now) noexcept {
  if (is_controlled_) return;
  is_controlled_ = true;
  exchanged_until_ = now;
}

// The link is lossless from now on, or no more: nobody is held by what was told before.
void Carrier::end_pauses(Instant now) {
  for (std::uint8_t priority = 0; priority < link::PriorityQueues::priorities; ++priority)
    for (const Holder holder : {Holder::near_edge, Holder::far_edge}) set_hold(holder, priority, false, now);
  if (pause_ != nullptr) pause_->flush(now, nullptr);  // the last time
}

std::uint32_t Carrier::advance_controlled(Instant now) {
  const std::uint64_t before = left_;
  exchange(now);
  if (!line_records_.empty()) [[unlikely]]
    capture_line();
  end_holds(now);
  if (direction_.near().has_outputs()) take_near(now);
  if (pause_ != nullptr) pause_->refresh(now);
  return static_cast<std::uint32_t>(left_ - before);
}

// Nothing that leaves a near edge arrives before the fibre's delay has passed. So in windows of the smaller delay each
// far edge knows all that arrives, and what it tells comes before anything that its hearer does later.
void Carrier::exchange(Instant now) {
  constexpr std::int64_t most_windows = 1'024;
  if (heard_ != nullptr)
    for (Told told; heard_->pop(told);) hear(told);
  Duration window = direction_.config().fibre.delay;
  if (shares_lcore_) window = std::min(window, opposite_->direction_.config().fibre.delay);
  window = std::max(window, (now - exchanged_until_) / most_windows + Duration::picoseconds(1));
  while (exchanged_until_ < now) {
    exchanged_until_ = std::min(now, exchanged_until_ + window);
    run_until(exchanged_until_);
    if (shares_lcore_) opposite_->run_until(exchanged_until_);
    direction_.near().settle(exchanged_until_);
    if (!shares_lcore_) continue;
    opposite_->direction_.near().settle(exchanged_until_);
    opposite_->exchanged_until_ = exchanged_until_;
  }
}

// The far edge, frames and signals in the order of their times.
void Carrier::run_until(Instant until) {
  link::FarEdge& far = direction_.far();
  for (;;) {
    if (link::Frame* frame = far.take_due_before_signal(until); frame != nullptr) {
      if (frame->descriptor.purpose == link::Purpose::traffic) {
        leave(*frame);
        ++left_;
      } else {
        tell({link::to_signal(frame->descriptor), frame->stamp, true});
      }
      far.give_back(frame);
    } else if (const Instant at = far.next_signal(); at <= until) {
      tell({far.take_signal(at), at, false});
    } else {
      return;
    }
  }
}

void Carrier::tell(const Told& told) {
  if (shares_lcore_) return opposite_->hear(told);
  if (!opposite_->heard_->push(told)) ++lost_signals_;
}

// A near edge that has taken in a frame since then is that much later.
void Carrier::hear(const Told& told) {
  link::NearEdge& near = direction_.near();
  const Instant at = std::max(told.at, near.settled_until());
  begin_control(at);
  if (told.has_arrived) {
    if (near.pause_target() == link::PauseTarget::senders) return hold_senders(told.signal, at);
    return near.obey(told.signal, at);
  }
  if (direction_.frames_held() == direction_.frame_capacity()) {
    ++lost_signals_;
    return;
  }
  near.send_signal(told.signal, at);
}

void Carrier::hold_senders(const link::PauseSignal& signal, Instant now) {
  const auto quanta = static_cast<std::uint16_t>(signal.amount);
  const Instant until = now + wire::pause_time(quanta, options_.sender_rate);
  const auto change = remote_holds_.obey(0, signal.priority, quanta, until);
  if (change != link::RemoteHolds::Change::none)
    set_hold(Holder::far_edge, signal.priority, change == link::RemoteHolds::Change::held, now);
}

void Carrier::end_holds(Instant now) {
  if (held_by_[static_cast<std::size_t>(Holder::far_edge)] == 0) return;
  for (auto ended = remote_holds_.expire(now); ended.link != link::RemoteHolds::none;
       ended = remote_holds_.expire(now)) {
    direction_.near().count_expired_pause();
    set_hold(Holder::far_edge, ended.priority, false, now);
  }
}

// The access ports are held as long as either edge says so.
void Carrier::set_hold(Holder holder, std::uint8_t priority, bool is_held, Instant now) {
  const auto bit = static_cast<std::uint8_t>(1U << priority);
  const auto all = [this, bit] { return ((held_by_[0] | held_by_[1]) & bit) != 0; };
  const bool was_held = all();
  std::uint8_t& held = held_by_[static_cast<std::size_t>(holder)];
  held = static_cast<std::uint8_t>(is_held ? held | bit : held & ~bit);
  if (pause_ == nullptr || all() == was_held) return;
  if (is_held)
    pause_->hold(priority, now);
  else
    pause_->release(priority, now);
}

}  // namespace farlink::dpdk
