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

Instant NearEdge::quiet_until(Instant now, Instant until, std::uint64_t backlog, double access_rate) const noexcept {
  if (!gate_.is_open() || has_outputs() || (config_.ecn && config_.ecn->notify_every)) return now;
  if (!config_.has_backpressure) return until;
  const double line_rate = static_cast<double>(config_.rate.bits_per_second()) * config_.waves;
  // When so many bytes but for those that are certain may be there at that rate; a picosecond less, for rounding.
  const auto limit_to = [&until](Instant from, std::uint64_t bytes, std::uint64_t certain, double rate) {
    const double ps = bytes <= certain ? 0 : static_cast<double>(bytes - certain) * 8e12 / rate - 1;
    if (ps < static_cast<double>((until - from).picoseconds()))
      until = from + Duration::picoseconds(static_cast<std::int64_t>(ps));
  };
  for (std::uint8_t p = 0; p < PriorityQueues::priorities; ++p) {
    const bool is_held = ((unsigned{held_} >> p) & 1U) != 0;
    const std::uint64_t queued = priority_bytes_[p];
    if (!is_held) {
      limit_to(now, config_.xoff.count() - std::min(queued, config_.xoff.count()), backlog, access_rate);
    } else if (next_start_ < until) {  // each wave may start a frame at once
      constexpr std::uint64_t longest_frame = 9'216 + 42;
      const std::uint64_t excess = queued - std::min(queued, config_.xon.count());
      limit_to(next_start_, excess, longest_frame * config_.waves, line_rate);
    }
  }
  return until;
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
