// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/nic.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace farlink::rnic {

Nic::Nic(std::shared_ptr<const Profile> profile)
    : has_congestion_{profile->has_congestion()},
      is_adaptive_{profile->config().adaptive_timer.has_value()},
      clock_{profile->config().rate},
      profile_{std::move(profile)} {
  completions_.reserve(64);
}

std::uint32_t Nic::open(std::uint32_t destination_qp, Path path, std::uint32_t first_psn) {
  const auto index = static_cast<std::uint32_t>(pairs_.size());
  const std::uint32_t number = first_qp_number + index;
  pairs_.push_back({Requester{config(), completions_, number, destination_qp, path, first_psn},
                    Responder{config(), completions_, placements_, number, destination_qp, path, first_psn}});
  active_.reserve(index + 1);
  control_.reserve(index + 1);
  timers_.reserve(index + 1);
  if (is_adaptive_) armed_.push_back(Instant::never());
  if (has_congestion_) {
    Congestion& congestion = congestion_.emplace_back();
    if (config().congestion.index() != 0)
      congestion.control.emplace(config().congestion, config().rate, static_cast<double>(config().window));
    paced_.reserve(index + 1);
  }
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
  if (frame.is_marked &&
      (wire::is_request(frame.opcode) || wire::is_read_response(frame.opcode) || is_parity(frame.opcode))) [[unlikely]]
    note_marked(index, now);
  bool has_place = false;
  if (wire::is_request(frame.opcode)) {
    has_place = pair.responder.receive(frame, address);
    // Most packets ask for no answer, and then nothing that has turns has changed.
    if (!pair.responder.has_control() && !pair.responder.has_response()) return has_place;
  } else if (frame.opcode == wire::Opcode::acknowledge) {
    pair.requester.on_acknowledge(frame.psn, frame.syndrome(), now, frame.msn());
    if (has_congestion_) [[unlikely]]
      note_acknowledged(index, now);
  } else if (wire::is_read_response(frame.opcode)) {
    has_place = pair.requester.on_read_response(frame, now, address);
  } else if (wire::is_cnp(frame.opcode)) {
    ++cnps_received_;
    if (has_congestion_ && congestion_[index].control) congestion_[index].control->on_cnp(now);
    return false;
  } else if (is_parity(frame.opcode)) {
    pair.responder.receive_parity(frame);
  }
  refresh(index, now);
  return has_place;
}

inline void Nic::keep_timer(std::uint32_t index) {
  const Requester& requester = pairs_[index].requester;
  const Instant deadline = requester.deadline();
  const bool has_entry = (requester.turns & has_timer) != 0 && (!is_adaptive_ || armed_[index] <= deadline);
  if (!has_entry && deadline != Instant::never()) arm(index, deadline);
}

// Gives the queue pair its turns and timer after anything about it changed.
void Nic::refresh(std::uint32_t index, Instant now) {
  QueuePair& pair = pairs_[index];
  std::uint8_t& turns = pair.requester.turns;
  if (!(turns & has_control_turn) && pair.responder.has_control()) {
    turns |= has_control_turn;
    control_.push(index);
  }
  if (pair.responder.has_response()) turns |= is_answering;
  if (!(turns & is_active) && ((turns & is_answering) != 0 || pair.requester.can_send())) {
    turns |= is_active;
    active_.push(index);
  }
  keep_timer(index);
  if (!is_busy_) start_next(now);
}

void Nic::arm(std::uint32_t index, Instant at) {
  pairs_[index].requester.turns |= has_timer;
  if (is_adaptive_) armed_[index] = at;
  timers_.push_back({at, index});
  std::push_heap(timers_.begin(), timers_.end(), std::greater{});
  first_timer_ = timers_.front().at;
}

// Puts the next frame into the serializer, if there is one and we may send.
void Nic::start_next(Instant now) {
  is_busy_ = false;
  if (has_congestion_) [[unlikely]]
    release_paced(now);
  if (is_held_ || !select(now)) return;
  if (now > free_at_) clock_.restart();
  Frame& frame = frames_[current_].frame;
  frame.line_bytes = profile_->line_bytes(frame);
  if (has_congestion_ && is_paced_) [[unlikely]]
    note_sent(frame, now);
  free_at_ = now + clock_.serialize(frame.line_bytes);
  is_busy_ = true;
}

bool Nic::select(Instant now) {
  while (!control_.is_empty()) {
    const std::uint32_t index = control_.pop();
    QueuePair& pair = pairs_[index];
    pair.requester.turns = static_cast<std::uint8_t>(pair.requester.turns & ~has_control_turn);
    if (has_congestion_ && congestion_[index].has_cnp) {
      congestion_[index].has_cnp = false;
      ++cnps_sent_;
      pair.responder.emit_cnp(frames_[current_].frame);
      if (pair.responder.has_control()) {
        pair.requester.turns |= has_control_turn;
        control_.push(index);
      }
      return true;
    }
    if (!pair.responder.has_control()) continue;
    pair.responder.emit_control(frames_[current_].frame);
    if (pair.responder.has_control()) [[unlikely]] {  // several gaps
      pair.requester.turns |= has_control_turn;
      control_.push(index);
    }
    return true;
  }
  while (!active_.is_empty()) {
    const std::uint32_t index = active_.pop();
    QueuePair& pair = pairs_[index];
    std::uint8_t& turns = pair.requester.turns;
    turns = static_cast<std::uint8_t>(turns & ~is_active);
    const bool is_answer = (turns & is_answering) != 0;
    if (!is_answer && !pair.requester.can_send()) continue;
    if (has_congestion_ && must_wait(index, is_answer, now)) [[unlikely]]
      continue;
    if (is_answer)
      answer(index);
    else
      pair.requester.emit(frames_[current_].frame, now);
    keep_timer(index);
    if ((turns & is_answering) != 0 || pair.requester.can_send()) {
      turns |= is_active;
      active_.push(index);
    }
    return true;
  }
  return false;
}

// The next READ response. The acknowledgement that waited for the last one is due now.
void Nic::answer(std::uint32_t index) {
  QueuePair& pair = pairs_[index];
  std::uint8_t& turns = pair.requester.turns;
  pair.responder.emit_response(frames_[current_].frame);
  if (!pair.responder.has_response()) turns = static_cast<std::uint8_t>(turns & ~is_answering);
  if (!(turns & has_control_turn) && pair.responder.has_control()) {
    turns |= has_control_turn;
    control_.push(index);
  }
}

// The notification point: one CNP for all that was marked in an interval.
void Nic::note_marked(std::uint32_t index, Instant now) {
  if (!config().cnp_interval) return;  // and then has_congestion_
  Congestion& congestion = congestion_[index];
  if (congestion.has_cnp || (congestion.has_sent_cnp && now - congestion.last_cnp < *config().cnp_interval)) return;
  congestion.has_cnp = congestion.has_sent_cnp = true;
  congestion.last_cnp = now;
  std::uint8_t& turns = pairs_[index].requester.turns;
  if ((turns & has_control_turn) != 0) return;
  turns |= has_control_turn;
  control_.push(index);
  if (!is_busy_) start_next(now);
}

// A packet that counts against a rate or a window entered the serializer.
void Nic::note_sent(Frame& frame, Instant now) {
  is_paced_ = false;
  CongestionControl& control = *congestion_[paced_sender_].control;
  control.on_sent(frame.line_bytes, now);
  Swift* swift = control.swift();
  // The answer to a READ comes when its data does, which says nothing of the way there and back.
  if (swift == nullptr || !wire::is_request(frame.opcode) || frame.opcode == wire::Opcode::read_request) return;
  // A window that was cut below what is outstanding opens with the next acknowledgement; there is always one to come
  // when windows of less than two of ack_every ask for one each time, since no cut takes more than half.
  if (swift->window() < 2.0 * config().ack_every) frame.ack_request = true;
  const Requester& requester = pairs_[paced_sender_].requester;
  swift->on_sent(requester.acknowledged_packets() + requester.outstanding(), frame.ack_request, now);
}

void Nic::note_acknowledged(std::uint32_t index, Instant now) noexcept {
  std::optional<CongestionControl>& control = congestion_[index].control;
  Swift* swift = control ? control->swift() : nullptr;
  if (swift != nullptr) swift->on_acknowledged(pairs_[index].requester.acknowledged_packets(), now);
}

// True when the queue pair's rate lets nothing go yet; it comes back by itself, and keeps its turn meanwhile. True too
// when its window is used up: the next acknowledgement brings it back.
bool Nic::must_wait(std::uint32_t index, bool is_answer, Instant now) {
  const std::optional<CongestionControl>& control = congestion_[index].control;
  if (!control) return false;
  if (const Swift* swift = control->swift()) {
    // Acknowledgements wait for READ responses: spacing those would be measured as delay, and space them further.
    if (is_answer) return false;
    const Requester& requester = pairs_[index].requester;
    const bool is_beyond = requester.has_lost() || requester.owes_parity();  // of any window
    if (!is_beyond && !swift->may_send(requester.outstanding())) return true;
  }
  if (control->next_send() <= now) {
    paced_sender_ = index;
    is_paced_ = true;
    return false;
  }
  pairs_[index].requester.turns |= is_active;
  paced_.push_back({control->next_send(), index});
  std::push_heap(paced_.begin(), paced_.end(), std::greater{});
  first_paced_ = paced_.front().at;
  return true;
}

void Nic::release_paced(Instant now) {
  while (!paced_.empty() && paced_.front().at <= now) {
    active_.push(paced_.front().index);
    std::pop_heap(paced_.begin(), paced_.end(), std::greater{});
    paced_.pop_back();
  }
  first_paced_ = paced_.empty() ? Instant::never() : paced_.front().at;
}

std::uint64_t Nic::rate_cuts(std::uint32_t qp) const noexcept {
  const std::uint32_t index = qp - first_qp_number;
  return has_congestion_ && congestion_[index].control ? congestion_[index].control->cuts() : 0;
}

double Nic::rate_at(std::uint32_t qp, Instant now) noexcept {
  const std::uint32_t index = qp - first_qp_number;
  if (!has_congestion_ || !congestion_[index].control) return static_cast<double>(config().rate.bits_per_second());
  return congestion_[index].control->rate_at(now);
}

double Nic::window_of(std::uint32_t qp) const noexcept {
  const std::uint32_t index = qp - first_qp_number;
  const Swift* swift = has_congestion_ && congestion_[index].control ? congestion_[index].control->swift() : nullptr;
  return swift != nullptr ? swift->window() : static_cast<double>(config().window);
}

void Nic::release(Instant now) {
  is_held_ = false;
  if (!is_busy_) start_next(now);
}

Instant Nic::next_event() const noexcept {
  if (is_busy_) return std::min(free_at_, first_timer_);
  return has_congestion_ && !is_held_ ? std::min(first_paced_, first_timer_) : first_timer_;
}

const Frame* Nic::advance(Instant now) {
  if (is_busy_ && free_at_ <= now) {
    const Frame* left = &frames_[current_].frame;
    current_ ^= 1U;
    start_next(free_at_);
    return left;
  }
  if (!is_busy_ && has_congestion_ && first_paced_ <= now) {
    start_next(now);
    return nullptr;
  }
  if (first_timer_ <= now) fire_timer();
  return nullptr;
}

Instant Nic::first_expiry(Instant until) const noexcept {
  if (first_timer_ >= until) return until;
  for (const Timer& timer : timers_)
    if (timer.at < until) until = std::min(until, pairs_[timer.index].requester.deadline());
  return until;
}

Duration Nic::shortest_timer() const noexcept {
  const std::uint8_t exponent = config().adaptive_timer.value_or(config().ack_timeout);
  return config().ack_timeout == 0 ? Duration::max() : Duration::nanoseconds(4'096) * (std::int64_t{1} << exponent);
}

void Nic::fire_timer() {
  std::pop_heap(timers_.begin(), timers_.end(), std::greater{});
  const Timer timer = timers_.back();
  timers_.pop_back();
  first_timer_ = timers_.empty() ? Instant::never() : timers_.front().at;
  if (is_adaptive_ && armed_[timer.index] != timer.at) return;  // an earlier one took its place
  QueuePair& pair = pairs_[timer.index];
  pair.requester.turns = static_cast<std::uint8_t>(pair.requester.turns & ~has_timer);
  const Instant deadline = pair.requester.deadline();
  if (deadline <= timer.at) pair.requester.on_timeout(timer.at);
  refresh(timer.index, timer.at);  // arms again when the deadline has moved
}

}  // namespace farlink::rnic
