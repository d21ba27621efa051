// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/line.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace farlink::fabric_flows {

namespace {

// Queues are sums of rounded products: less than a byte is nothing.
constexpr double nothing = 1;
constexpr double forever = 9e18;  // picoseconds

Instant after(Instant from, double picoseconds) noexcept {
  if (!(picoseconds < forever)) return Instant::never();
  return from + Duration::picoseconds(std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(picoseconds))));
}

}  // namespace

Line::Line(std::uint32_t waves, double wave_rate, double buffer)
    : wave_rate_{wave_rate}, buffer_{buffer}, queues_(waves) {}

double Line::total_bytes() const noexcept {
  double bytes = 0;
  for (const Queue& queue : queues_) bytes += queue.bytes;
  return bytes;
}

void Line::settle(Instant now) noexcept {
  if (now <= now_) return;
  const auto elapsed = static_cast<double>((now - now_).picoseconds());
  now_ = now;
  clock_ += elapsed * speed_;
  held_ += elapsed * (1 - speed_);
  for (Queue& queue : queues_) {
    queue.bytes += (queue.inflow * speed_ - wave_rate_) * elapsed;
    if (queue.bytes < nothing) queue.bytes = 0;
  }
  peak_ = std::max(peak_, total_bytes());
}

void Line::add_inflow(std::uint32_t wave, double rate) noexcept {
  double& inflow = queues_[wave].inflow;
  inflow += rate;
  if (inflow < wave_rate_ * 1e-12) inflow = 0;
}

// Of a full buffer: the inflow of all that equals what the waves drain. Waves with a queue drain at their rate, the
// others what comes: the sum over waves is concave in the speed, and a few rounds find where it crosses.
double Line::balanced_speed() const noexcept {
  double speed = 1;
  for (std::size_t round = 0; round <= queues_.size(); ++round) {
    double drained = 0, inflow = 0;
    for (const Queue& queue : queues_) {
      if (queue.bytes == 0 && queue.inflow * speed <= wave_rate_) continue;  // passes through
      drained += wave_rate_;
      inflow += queue.inflow;
    }
    if (inflow <= 0) return 1;
    const double next = std::min(1.0, drained / inflow);
    if (std::abs(next - speed) <= 1e-12) return next;
    speed = next;
  }
  return speed;
}

void Line::adjust() noexcept {
  const double total = total_bytes();
  is_full_ = total >= buffer_ - nothing;
  speed_ = is_full_ ? balanced_speed() : 1;
  double growth = 0, room = buffer_ - total, first_empty = forever;
  bool may_grow = false;
  for (const Queue& queue : queues_) {
    const double change = queue.inflow * speed_ - wave_rate_;
    if (queue.bytes > 0 || change > 0) growth += change;
    if (change > 0) may_grow = true;
    if (queue.bytes > 0 && change < 0) first_empty = std::min(first_empty, queue.bytes / -change);
  }
  next_event_ = Instant::never();
  if (is_full_ && speed_ < 1) {
    if (queues_.size() > 1) next_event_ = after(now_, first_empty);
    return;
  }
  if (!may_grow) return;
  double until = queues_.size() > 1 ? first_empty : forever;
  if (growth > 0 && !is_full_) until = std::min(until, std::max(room, 0.0) / growth);
  next_event_ = after(now_, until);
  if (next_event_ <= now_) next_event_ = now_ + Duration::picoseconds(1);
}

Instant Line::when(double clock) const noexcept {
  if (clock <= clock_) return now_;
  return speed_ > 0 ? after(now_, (clock - clock_) / speed_) : Instant::never();
}

}  // namespace farlink::fabric_flows
