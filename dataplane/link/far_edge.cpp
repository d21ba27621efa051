// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/far_edge.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace farlink::link {

FarEdge::FarEdge(const FarEdgeConfig& config, FramePool& pool, std::vector<FrameQueue*> fibres)
    : config_{config}, pool_{&pool}, fibres_{std::move(fibres)}, events_{config.ports} {
  ports_.reserve(config_.ports);
  for (std::uint32_t i = 0; i < config_.ports; ++i) ports_.emplace_back(config_.port_rate);
  make_control();
}

Instant FarEdge::next_event() const noexcept {
  Instant next = untold_ > 0 ? settled_.front()->stamp : events_.earliest();
  for (const FrameQueue* fibre : fibres_)
    if (!fibre->is_empty()) next = std::min(next, fibre->front()->stamp);
  return std::min(next, next_signal_);
}

FrameQueue* FarEdge::first_arrival() const noexcept {
  if (fibres_.size() == 1) return fibres_.front()->is_empty() ? nullptr : fibres_.front();
  FrameQueue* first = nullptr;
  for (FrameQueue* fibre : fibres_) {
    if (fibre->is_empty()) continue;
    if (first == nullptr || fibre->front()->stamp < first->front()->stamp) first = fibre;
  }
  return first;
}

std::size_t FarEdge::advance(Instant now, std::span<Output> outputs) noexcept {
  std::size_t count = 0;
  while (count < outputs.size()) {
    Frame* frame = nullptr;
    if (untold_ > 0) {
      frame = settled_.pop();
      --untold_;
    } else if (frame = next_out<false>(now); frame == nullptr) {
      last_now_ = std::max(last_now_, now);
      break;
    }
    const Descriptor& d = frame->descriptor;
    const auto kind = d.verdict != Cause::none        ? Output::Kind::drop
                      : d.purpose == Purpose::traffic ? Output::Kind::exit
                                                      : Output::Kind::pause;
    outputs[count++] = {kind, d.verdict, d.priority, frame->stamp, d};
    pool_->give(frame);
  }
  return count;
}

// The next frame that leaves, finds the buffer full, or is a pause frame, at or before `now`, stamped with that time;
// nullptr: none.
template <bool waits_for_signals>
Frame* FarEdge::next_out(Instant now) noexcept {
  for (;;) {
    FrameQueue* first = first_arrival();
    const Instant arrival = first == nullptr ? Instant::never() : first->front()->stamp;
    const Instant event = events_.earliest();
    if (std::min(arrival, event) > now) return nullptr;
    if (waits_for_signals && std::min(arrival, event) >= next_signal_) return nullptr;
    if (arrival < event) {  // at equal times the port empties before the next frame comes
      Frame* frame = first->pop();
      if (frame->descriptor.purpose != Purpose::traffic) [[unlikely]] {
        if (frame->descriptor.purpose == Purpose::background) {
          absorb_background(frame);
          continue;
        }
        ++counters_.frames_absorbed;
        return frame;
      }
      if (arrive(frame)) continue;
      return frame;
    }
    if (Frame* frame = leave(events_.front(), event); frame != nullptr) {
      frame->stamp = event;
      return frame;
    }
  }
}

template Frame* FarEdge::next_out<false>(Instant now) noexcept;
template Frame* FarEdge::next_out<true>(Instant now) noexcept;

// Does all that is due at or before `now`, so that what the caller changes next cannot reach into the past. Returns
// `now`, or the latest time told when that is later.
Instant FarEdge::settle(Instant now) noexcept {
  if (now < last_now_) {
    ++counters_.time_went_back;
    return last_now_;
  }
  while (Frame* frame = next_out<false>(now)) {
    settled_.push(frame);
    ++untold_;
  }
  return last_now_ = now;
}

Instant FarEdge::next_exit(Instant known_until) noexcept {
  arrived_pause_ = nullptr;
  for (;;) {
    const Instant event = std::min(events_.earliest(), next_signal_);
    FrameQueue* first = first_arrival();
    if (first == nullptr) return event;
    const Instant arrival = first->front()->stamp;
    if (arrival >= event || arrival >= known_until) return std::min(arrival, event);
    if (first->front()->descriptor.purpose != Purpose::traffic) [[unlikely]] {
      if (first->front()->descriptor.purpose == Purpose::background) {
        absorb_background(first->pop());
        continue;
      }
      arrived_pause_ = first;
      return arrival;
    }
    Frame* frame = first->pop();
    if (!arrive(frame)) pool_->give(frame);
  }
}

// Its exit ports are not those of the job, and keep up with it: it takes no room here.
void FarEdge::absorb_background(Frame* frame) noexcept {
  ++counters_.background_out;
  pool_->give(frame);
}

Frame* FarEdge::take_exit() noexcept {
  if (arrived_pause_ == nullptr) [[likely]]
    return leave(events_.front(), events_.earliest());
  ++counters_.frames_absorbed;
  return std::exchange(arrived_pause_, nullptr)->pop();
}

// The port's event: the frame being serialized is out (nullptr: a pause ended), and the next one starts.
Frame* FarEdge::leave(std::uint32_t index, Instant now) noexcept {
  Port& port = ports_[index];
  Frame* frame = port.leaving;
  if (frame != nullptr) {
    const Descriptor& d = frame->descriptor;
    shared_bytes_ -= length(d);
    counters_.frames_out += 1U + d.copies;
    counters_.frames_duplicated += d.copies;
    port.leaving = nullptr;
    if (is_watching_) [[unlikely]]
      release(d, now);
  }
  start_next(index, now);
  return frame;
}

// False: there is no room, the frame is lost and has its verdict.
bool FarEdge::arrive(Frame* frame) noexcept {
  const Instant now = frame->stamp;
  const Descriptor& d = frame->descriptor;
  if (shared_bytes_ + length(d) > limit_) [[unlikely]] {
    if (!admit(*frame)) return false;
  }
  shared_bytes_ += length(d);
  counters_.queue_peak_bytes = std::max(counters_.queue_peak_bytes, shared_bytes_);
  Port& port = ports_[d.egress_port];
  if (port.leaving == nullptr && port.queues.is_empty() && !port.queues.is_held(d.priority)) {
    if (now > port.free_at) port.clock.restart();
    port.leaving = frame;
    port.free_at = now + port.clock.serialize(length(d));
    events_.set(d.egress_port, port.free_at);
    return true;
  }
  port.queues.push(frame);
  if (port.leaving == nullptr) start_next(d.egress_port, now);
  return true;
}

void FarEdge::start_next(std::uint32_t index, Instant now) noexcept {
  Port& port = ports_[index];
  if (port.queues.is_empty()) {
    events_.set(index, Instant::never());
    return;
  }
  Instant earliest_end = Instant::never();
  if (port.queues.held() != 0) {
    for (std::uint8_t p = 0; p < PriorityQueues::priorities; ++p) {
      if (!port.queues.is_held(p)) continue;
      if (port.paused_until[p] <= now)
        port.queues.release(p);
      else
        earliest_end = std::min(earliest_end, port.paused_until[p]);
    }
  }
  Frame* frame = port.queues.pop(Scheduler::deficit_round_robin);
  if (frame == nullptr) {
    events_.set(index, port.queues.is_empty() ? Instant::never() : earliest_end);
    return;
  }
  if (now > port.free_at) port.clock.restart();
  port.leaving = frame;
  port.free_at = now + port.clock.serialize(length(frame->descriptor));
  events_.set(index, port.free_at);
}

std::span<const FarEdge::Exit> FarEdge::tell_exits(Instant until) {
  assert(told_.empty() && std::holds_alternative<std::monostate>(control_));
  while (events_.earliest() < until) {
    const std::uint32_t index = events_.front();
    told_.push_back({events_.earliest(), ports_[index].leaving, index});
    events_.set(index, Instant::never());
  }
  return told_;
}

void FarEdge::pass(Instant until) noexcept {
  auto next = told_.begin();
  for (;;) {
    FrameQueue* first = first_arrival();
    const Instant arrival = first == nullptr ? Instant::never() : first->front()->stamp;
    const Instant exit = next == told_.end() ? Instant::never() : next->at;
    if (std::min(arrival, exit) >= until) break;
    if (exit <= arrival) {
      pool_->give(leave(next->port, exit));
      ++next;
      continue;
    }
    Frame* frame = first->pop();
    if (frame->descriptor.purpose == Purpose::background)
      absorb_background(frame);
    else if (!arrive(frame))
      pool_->give(frame);
  }
  told_.erase(told_.begin(), next);
}

void FarEdge::pause(std::uint16_t index, std::uint8_t priority, std::uint16_t quanta, Instant now) noexcept {
  now = settle(now);
  was_paused_ = true;
  Port& port = ports_[index];
  const units::Bytes per_quantum{64};  // 512 bit times
  port.paused_until[priority] = now + units::serialization_time(per_quantum * quanta, config_.port_rate);
  if (quanta > 0)
    port.queues.hold(priority);
  else
    port.queues.release(priority);
  if (port.leaving == nullptr && !port.queues.is_empty()) start_next(index, now);
}

void FarEdge::reconfigure(const FarEdgeConfig& config, Instant now) {
  assert(config.ports == ports_.size());
  settle(now);
  if (config.port_rate != config_.port_rate)
    for (Port& port : ports_) port.clock = units::LineClock{config.port_rate};
  const bool is_other_control = config.control != config_.control || config.buffer != config_.buffer;
  config_ = config;
  if (is_other_control) make_control();
}

}  // namespace farlink::link
