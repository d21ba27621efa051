// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/nic.hpp"

#include <algorithm>
#include <functional>

namespace farlink::rnic {

Nic::Nic(const Config& config) : clock_{config.rate}, config_{config} {
  completions_.reserve(64);
  for (std::size_t code = 0; code < bytes_without_payload_.size(); ++code) {
    bytes_without_payload_[code] =
        static_cast<std::uint16_t>(wire::frame_bytes(static_cast<wire::Opcode>(code), 0, config_.ip, config_.has_vlan));
  }
}

std::uint32_t Nic::open(std::uint32_t destination_qp, Path path, std::uint32_t first_psn) {
  const auto index = static_cast<std::uint32_t>(pairs_.size());
  const std::uint32_t number = first_qp_number + index;
  pairs_.push_back({Requester{config_, completions_, number, destination_qp, path, first_psn},
                    Responder{config_, completions_, number, destination_qp, path, first_psn}});
  active_.reserve(index + 1);
  control_.reserve(index + 1);
  timers_.reserve(index + 1);
  return number;
}

void Nic::post(std::uint32_t qp, const Request& request, Instant now) {
  const std::uint32_t index = qp - first_qp_number;
  pairs_[index].requester.post(request);
  refresh(index, now);
}

bool Nic::receive(const Frame& frame, Instant now, std::uint64_t* address) {
  if (frame.is_corrupt) {  // the ICRC does not fit: dropped in silence
    ++corrupt_;
    return false;
  }
  const std::uint32_t index = frame.destination_qp - first_qp_number;
  if (index >= pairs_.size()) {
    ++unknown_qp_;
    return false;
  }
  QueuePair& pair = pairs_[index];
  bool has_place = false;
  if (wire::is_request(frame.opcode)) {
    has_place = pair.responder.receive(frame, address);
  } else if (frame.opcode == wire::Opcode::acknowledge) {
    pair.requester.on_acknowledge(frame.psn, frame.syndrome(), now);
  } else if (wire::is_read_response(frame.opcode)) {
    has_place = pair.requester.on_read_response(frame, now, address);
  }
  refresh(index, now);
  return has_place;
}

// Gives the queue pair its turns and timer after anything about it changed.
void Nic::refresh(std::uint32_t index, Instant now) {
  QueuePair& pair = pairs_[index];
  std::uint8_t& turns = pair.requester.turns;
  if (!(turns & has_control_turn) && pair.responder.has_control()) {
    turns |= has_control_turn;
    control_.push(index);
  }
  if (!(turns & is_active) && (pair.requester.can_send() || pair.responder.has_response())) {
    turns |= is_active;
    active_.push(index);
  }
  if (!(turns & has_timer) && pair.requester.deadline() != Instant::never()) arm(index, pair.requester.deadline());
  if (!is_busy_) start_next(now);
}

void Nic::arm(std::uint32_t index, Instant at) {
  pairs_[index].requester.turns |= has_timer;
  timers_.push_back({at, index});
  std::push_heap(timers_.begin(), timers_.end(), std::greater{});
}

// Puts the next frame into the serializer, if there is one and we may send.
void Nic::start_next(Instant now) {
  is_busy_ = false;
  if (is_held_ || !select(now)) return;
  if (now > free_at_) clock_.restart();
  Frame& frame = frames_[current_];
  frame.line_bytes = line_bytes(frame);
  free_at_ = now + clock_.serialize(frame.line_bytes);
  is_busy_ = true;
}

void Nic::prefetch(const QueuePair& pair) noexcept {
  const auto* line = reinterpret_cast<const char*>(&pair);
  __builtin_prefetch(line, 1);
  __builtin_prefetch(line + 64, 1);
  __builtin_prefetch(line + 128, 1);
}

bool Nic::select(Instant now) {
  while (!control_.is_empty()) {
    const std::uint32_t index = control_.pop();
    QueuePair& pair = pairs_[index];
    pair.requester.turns = static_cast<std::uint8_t>(pair.requester.turns & ~has_control_turn);
    if (!pair.responder.has_control()) continue;
    pair.responder.emit_control(frames_[current_]);
    return true;
  }
  while (!active_.is_empty()) {
    const std::uint32_t index = active_.pop();
    QueuePair& pair = pairs_[index];
    std::uint8_t& turns = pair.requester.turns;
    turns = static_cast<std::uint8_t>(turns & ~is_active);
    const bool has_response = pair.responder.has_response();
    if (!has_response && !pair.requester.can_send()) continue;
    if (has_response)
      pair.responder.emit_response(frames_[current_]);
    else
      pair.requester.emit(frames_[current_], now);
    if (!(turns & has_timer) && pair.requester.deadline() != Instant::never()) arm(index, pair.requester.deadline());
    if (pair.requester.can_send() || pair.responder.has_response()) {
      turns |= is_active;
      active_.push(index);
    }
    if (has_response && !(turns & has_control_turn) && pair.responder.has_control()) {
      turns |= has_control_turn;
      control_.push(index);
    }
    // The next one is due a frame from now: time enough to fetch it.
    if (!active_.is_empty()) prefetch(pairs_[active_.front()]);
    return true;
  }
  return false;
}

void Nic::release(Instant now) {
  is_held_ = false;
  if (!is_busy_) start_next(now);
}

Instant Nic::next_event() const noexcept {
  const Instant timer = timers_.empty() ? Instant::never() : timers_.front().at;
  return is_busy_ ? std::min(free_at_, timer) : timer;
}

const Frame* Nic::advance(Instant now) {
  if (is_busy_ && free_at_ <= now) {
    const Frame* left = &frames_[current_];
    current_ ^= 1U;
    start_next(free_at_);
    return left;
  }
  if (!timers_.empty() && timers_.front().at <= now) fire_timer();
  return nullptr;
}

void Nic::fire_timer() {
  std::pop_heap(timers_.begin(), timers_.end(), std::greater{});
  const Timer timer = timers_.back();
  timers_.pop_back();
  QueuePair& pair = pairs_[timer.index];
  pair.requester.turns = static_cast<std::uint8_t>(pair.requester.turns & ~has_timer);
  const Instant deadline = pair.requester.deadline();
  if (deadline <= timer.at) pair.requester.on_timeout(timer.at);
  refresh(timer.index, timer.at);  // arms again when the deadline has moved
}

}  // namespace farlink::rnic
