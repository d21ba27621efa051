// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/pause_relay.hpp"

#include <algorithm>

namespace farlink::link {

PauseRelay::PauseRelay(const PauseRelayConfig& config, Bytes buffer, FarCounters& counters)
    : config_{config},
      capacity_{std::min(buffer, config.xoff + config.headroom).count()},
      quiet_below_{std::min(config.xoff.count(), capacity_)},
      counters_{counters} {}

bool PauseRelay::admit(std::uint8_t p, std::uint32_t bytes, std::uint64_t edge_bytes, Instant now) noexcept {
  if (edge_bytes + bytes > capacity_) return false;
  Queue& queue = queues_[p];
  settle(queue, now);
  if (queue.at_gateway == 0) begin_passing(queue, now);
  queue.at_gateway += bytes;
  schedule(queue);
  return true;
}

void PauseRelay::release(std::uint8_t p, std::uint32_t bytes, std::uint64_t, Instant now) noexcept {
  Queue& queue = queues_[p];
  settle(queue, now);
  // The last bytes of a frame may leave before the count of what has passed includes them.
  const std::uint64_t received = std::min<std::uint64_t>(bytes, queue.at_receiver);
  queue.at_receiver -= received;
  queue.at_gateway -= std::min(bytes - received, queue.at_gateway);
  if (queue.is_stopped && queue.at_receiver <= config_.xon.count()) {
    queue.is_stopped = false;
    queue.changed_at = now;
    begin_passing(queue, now);
  }
  schedule(queue);
}

void PauseRelay::begin_passing(Queue& queue, Instant now) noexcept {
  queue.passing_since = now;
  queue.passed = 0;
}

// When the receiver stops the gateway, if nothing comes or leaves before; a picosecond late rather than early.
Instant PauseRelay::crossing(const Queue& queue) const noexcept {
  const std::uint64_t room = config_.xoff.count() + 1 - queue.at_receiver;
  if (queue.is_stopped || queue.at_gateway < room) return Instant::never();
  return queue.passing_since + units::serialization_time(Bytes{queue.passed + room}, config_.rate) +
         Duration::picoseconds(1);
}

// What has passed from the gateway to the receiver until `now`.
void PauseRelay::settle(Queue& queue, Instant now) noexcept {
  if (queue.is_stopped || queue.at_gateway == 0) return;
  const std::uint64_t until_now = units::bytes_in(config_.rate, now - queue.passing_since).count() - queue.passed;
  const std::uint64_t room = config_.xoff.count() + 1 - queue.at_receiver;
  const std::uint64_t bytes = std::min({until_now, queue.at_gateway, room});
  if (bytes == room) {
    queue.changed_at = std::min(crossing(queue), now);
    queue.is_stopped = true;
  }
  queue.at_gateway -= bytes;
  queue.at_receiver += bytes;
  queue.passed += bytes;
}

Instant PauseRelay::due(const Queue& queue) const noexcept {
  const Instant stop = queue.is_stopped ? queue.changed_at : crossing(queue);
  if (!queue.is_told_to_stop) return stop;
  const Instant go_on = queue.changed_at + config_.xon_later;
  if (!queue.is_stopped && go_on < stop) return go_on;
  return config_.refresh > Duration::zero() ? queue.told_at + config_.refresh : Instant::never();
}

void PauseRelay::schedule(Queue& queue) noexcept {
  queue.due = due(queue);
  next_signal_ = Instant::never();
  stopped_ = 0;
  for (const Queue& any : queues_) {
    next_signal_ = std::min(next_signal_, any.due);
    stopped_ += any.is_stopped || any.is_told_to_stop ? 1U : 0U;
  }
}

PauseSignal PauseRelay::take_signal(Instant now) noexcept {
  std::uint8_t p = 0;
  while (p + 1U < priorities && queues_[p].due > now) ++p;
  Queue& queue = queues_[p];
  settle(queue, now);
  // A renewal may fall into the time by which an XON is told later.
  const bool is_xoff = queue.is_stopped || now < queue.changed_at + config_.xon_later;
  if (is_xoff && !queue.is_told_to_stop) {
    ++counters_.xoff_sent;
    queue.held_since = now;
  }
  if (!is_xoff) counters_.paused += now - queue.held_since;
  queue.is_told_to_stop = is_xoff;
  queue.told_at = now;
  ++counters_.signals_sent;
  schedule(queue);
  return {Purpose::pause, p, is_xoff ? wire::max_pause_quanta : std::uint64_t{0}};
}

}  // namespace farlink::link
