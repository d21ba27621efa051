// SPDX-License-Identifier: Apache-2.0
// The near edge under the pauses and grants of its far edge, the sending of those for the other direction, and cross
// traffic. All of it is off the path of a link that holds nothing back and is the job's alone.
#include <algorithm>

#include "dataplane/link/near_edge.hpp"

namespace farlink::link {

void NearEdge::send_signal(const PauseSignal& signal, Instant now) {
  settle(now);
  now = last_now_;
  Frame* frame = admit();
  Descriptor& d = frame->descriptor;
  fill(d, signal);
  // Ordinals of their own, so that no draw of another frame moves.
  d.ordinal = (std::uint64_t{1} << 63) | counters_.frames_generated++;
  impairments_.judge_signal(d);
  Wave& wave = waves_.front();
  shared_bytes_ += d.line_bytes;
  transmit(wave, frame, std::max(now, wave.free_at));
  find_next_start();
}

void NearEdge::accept_background(std::uint32_t line_bytes, std::uint8_t priority, Instant now) {
  settle(now);
  now = last_now_;
  Frame* frame = admit();
  Descriptor& d = frame->descriptor;
  d = {};
  d.purpose = Purpose::background;
  d.line_bytes = line_bytes;
  d.priority = priority;
  d.ecn = Ecn::not_ect;  // marks tell of the job's frames
  const std::uint64_t number = counters_.background_in++;
  // Ordinals of their own, so that no draw of another frame moves.
  d.ordinal = (std::uint64_t{1} << 62) | number;
  if (shared_bytes_ + line_bytes > config_.buffer.count()) return drop(frame, Cause::queue, now);
  impairments_.judge_signal(d);
  Wave& wave = waves_[balancer_.in_turn(number)];
  shared_bytes_ += line_bytes;
  counters_.queue_peak_bytes = std::max(counters_.queue_peak_bytes, shared_bytes_);
  if (!gate_.is_open()) return accept_at_gate(wave, frame, now);
  if (wave.queues.is_empty() && wave.free_at <= now) return transmit(wave, frame, now);
  queue_up(wave, frame, now);
  next_start_ = std::min(next_start_, wave.free_at);
}

void NearEdge::obey(const PauseSignal& signal, Instant now) {
  settle(now);
  now = last_now_;
  gate_.obey(signal, now, config_.rate);
  go_on(now);
}

void NearEdge::accept_at_gate(Wave& wave, Frame* frame, Instant now) noexcept {
  const Descriptor& d = frame->descriptor;
  if (wave.free_at <= now && !wave.queues.has_eligible() && gate_.lets_start(d.priority)) {
    gate_.on_start(d.line_bytes);
    return transmit(wave, frame, now);
  }
  queue_up(wave, frame, now);
  find_next_start();
}

void NearEdge::start_due_at_gate(Instant now) noexcept {
  for (;;) {
    Wave* next = gate_.has_allowance() ? next_wave() : nullptr;
    const Instant start = next == nullptr ? Instant::never() : next->free_at;
    const Instant event = next_gate_event();
    if (std::min(start, event) > now) break;
    if (event <= start) {
      on_gate_event(event);
    } else {
      gate_.on_start(start_next(*next));
    }
  }
  find_next_start();
}

Instant NearEdge::next_gate_event() const noexcept {
  if (gate_.is_open()) return Instant::never();
  std::size_t which = 0;
  return std::min(gate_.next_expiry(), gate_.next_watchdog(config_.watchdog, &which));
}

void NearEdge::on_gate_event(Instant at) noexcept {
  std::size_t which = 0;
  if (gate_.next_watchdog(config_.watchdog, &which) <= at) {
    const auto priority = static_cast<std::uint8_t>(which);
    for (Wave& wave : waves_) {
      while (Frame* frame = wave.queues.pop_of(priority)) {
        shared_bytes_ -= frame->descriptor.line_bytes;
        priority_bytes_[priority] -= frame->descriptor.line_bytes;
        ++counters_.watchdog_dropped;
        drop(frame, Cause::queue, at);
      }
    }
    resume(priority, at);
    gate_.restart_watchdog(which, at);
    return;
  }
  counters_.pauses_expired += gate_.expire(at);
  go_on(at);
}

// The gate has changed at `now`: waves that stood still may start from then on.
void NearEdge::go_on(Instant now) noexcept {
  for (Wave& wave : waves_) {
    for (unsigned p = 0; p < PriorityQueues::priorities; ++p) {
      if (gate_.is_closed(static_cast<std::uint8_t>(p)))
        wave.queues.hold(static_cast<std::uint8_t>(p));
      else
        wave.queues.release(static_cast<std::uint8_t>(p));
    }
    if (wave.free_at >= now) continue;
    wave.clock.restart();
    wave.free_at = now;
  }
  find_next_start();
}

void NearEdge::find_next_start() noexcept {
  const Wave* next = gate_.has_allowance() ? next_wave() : nullptr;
  next_start_ = std::min(next == nullptr ? Instant::never() : next->free_at, next_gate_event());
}

}  // namespace farlink::link
