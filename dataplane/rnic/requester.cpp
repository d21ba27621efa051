// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/requester.hpp"

#include <algorithm>

#include "dataplane/rnic/message_packet.hpp"
#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::rnic {

using wire::Opcode;

Requester::Requester(const Config& config, std::vector<Completion>& completions, std::uint32_t local_qp,
                     std::uint32_t destination_qp, Path path, std::uint32_t first_psn)
    : next_{first_psn},
      una_{first_psn},
      end_{first_psn},
      highest_{first_psn},
      config_{&config},
      path_{path},
      destination_qp_{destination_qp},
      local_qp_{local_qp},
      first_{first_psn},
      completions_{&completions},
      scoreboard_{config.recovery == Recovery::selective_repeat ? std::make_unique<Scoreboard>() : nullptr} {
  if (!config.adaptive_timer && !config.slow_restart && !config.erasure_code) return;
  accelerations_ = std::make_unique<Accelerations>();
  if (config.adaptive_timer) accelerations_->timer.emplace(config);
  if (!config.erasure_code) return;
  accelerations_->encoder.emplace(*config.erasure_code);
  exceptions_ = is_coded;
}

void Requester::post(const Request& request) {
  const std::uint32_t packets = packets_of(request.bytes, config_->mtu);
  const bool is_head = requests_.is_empty();
  requests_.push({request, end_, packets});
  end_ += packets;
  if (is_head) look_at_head();
  if (cursor_ + 1 == requests_.tail()) load(requests_[cursor_]);
}

[[gnu::always_inline]] inline void Requester::emit_next(Frame& frame, Instant now) {
  const std::uint64_t sequence = next_;
  if (sequence < highest_) ++counters_.retransmitted;
  if (operation_ == Operation::read) {
    emit_read(frame, current_, sequence);
    next_ = current_.end();
    ++reads_in_flight_;
  } else {
    emit_packet(frame, current_, operation_, sequence);
    ++next_;
  }
  if (config_->recovery == Recovery::selective_repeat) [[unlikely]]  // the pointer itself is a cache line away
    scoreboard_->sent(sequence, static_cast<std::uint32_t>(next_ - sequence), una_, sequence);
  highest_ = std::max(highest_, next_);
  if (next_ == current_.end()) move_cursor(cursor_ + 1);
  if (deadline_ == Instant::never()) restart_timer(now);
}

[[gnu::always_inline]] inline void Requester::emit_middle(Frame& frame) noexcept {
  frame.local_address = current_.local_address + (next_ - current_.first) * config_->mtu;
  const Middle middle = next_middle();
  frame.psn = middle.psn;
  frame.opcode = Opcode::write_middle;
  frame.payload_bytes = static_cast<std::uint16_t>(config_->mtu);
  frame.ack_request = middle.ack_request;
}

void Requester::emit(Frame& frame, Instant now) {
  frame.destination_qp = destination_qp_;
  frame.path = path_;
  frame.is_corrupt = false;
  ++counters_.sent;
  if (exceptions_ == 0) [[likely]]
    return continues_write() ? emit_middle(frame) : emit_next(frame, now);
  if (owes_parity()) return emit_parity(frame);
  if (has_lost()) return emit_again(frame, now);
  if ((exceptions_ & is_coded) != 0) return emit_coded(frame, now);
  emit_next(frame, now);
  // What opens this window again is an acknowledgement.
  if (next_ >= accelerations_->restart.end()) frame.ack_request = true;
}

void Requester::emit_coded(Frame& frame, Instant now) {
  const Current message = current_;
  const Operation operation = operation_;
  const std::uint64_t index = next_ - message.first;
  emit_next(frame, now);
  if (operation == Operation::read) return;
  BlockEncoder& encoder = *accelerations_->encoder;
  frame.position = encoder.place_of(index);
  if (encoder.note_sent(frame, operation, index, message.packets, message.bytes, message.immediate))
    exceptions_ |= some_parity;
}

// Nothing of it is acknowledged, or sent again.
void Requester::emit_parity(Frame& frame) {
  --counters_.sent;
  ++counters_.parity;
  if (!accelerations_->encoder->emit(frame)) exceptions_ = static_cast<std::uint8_t>(exceptions_ & ~some_parity);
}

// Selective repeat: what waits to be sent again goes before anything new.
void Requester::emit_again(Frame& frame, Instant now) {
  const std::uint64_t sequence = scoreboard_->lost();
  const RequestQueue::Entry& entry = request_of(sequence);
  const Current request = current_of(entry);
  std::uint32_t count = 1;
  if (entry.request.operation == Operation::read) {
    emit_read(frame, request, sequence);
    count = static_cast<std::uint32_t>(request.end() - sequence);
  } else {
    emit_packet(frame, request, entry.request.operation, sequence);
    frame.ack_request = true;
    if ((exceptions_ & is_coded) != 0) frame.position = accelerations_->encoder->place_of(sequence - request.first);
  }
  ++counters_.retransmitted;
  scoreboard_->sent(sequence, count, una_, next_);
  note_lost();
  if (deadline_ == Instant::never()) restart_timer(now);
}

void Requester::note_lost() noexcept {
  const bool is_lost = scoreboard_->has_lost() && !has_failed_;
  exceptions_ = static_cast<std::uint8_t>((exceptions_ & ~some_lost) | (is_lost ? some_lost : 0));
}

// Of the requests that are not complete, in the order of their PSNs.
const RequestQueue::Entry& Requester::request_of(std::uint64_t sequence) const noexcept {
  std::uint64_t low = requests_.head(), high = requests_.tail() - 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (requests_[middle].end() <= sequence)
      low = middle + 1;
    else
      high = middle;
  }
  return requests_[low];
}

void Requester::emit_read(Frame& frame, const Current& request, std::uint64_t sequence) const noexcept {
  const std::uint64_t offset = (sequence - request.first) * config_->mtu;
  frame.psn = static_cast<std::uint32_t>(sequence) & wire::psn_mask;
  frame.opcode = Opcode::read_request;
  frame.payload_bytes = 0;
  frame.ack_request = true;
  frame.remote_address = request.remote_address + offset;
  frame.remote_key = request.remote_key;
  frame.dma_length = static_cast<std::uint32_t>(request.bytes - offset);
}

void Requester::emit_packet(Frame& frame, const Current& request, Operation operation,
                            std::uint64_t sequence) const noexcept {
  const std::uint64_t index = sequence - request.first;
  const std::uint64_t offset = index * config_->mtu;
  const bool is_last = index + 1 == request.packets;
  const std::uint64_t next = sequence + 1;
  frame.psn = static_cast<std::uint32_t>(sequence) & wire::psn_mask;
  frame.opcode = opcode_of(operation, index == 0, is_last);
  frame.payload_bytes = static_cast<std::uint16_t>(is_last ? request.bytes - offset : config_->mtu);
  frame.ack_request = is_last || asks_for_answer(next);
  frame.local_address = request.local_address + offset;
  frame.remote_address = request.remote_address;
  frame.remote_key = request.remote_key;
  frame.dma_length = request.bytes;
  frame.immediate = request.immediate;
}

// The sequence number nearest to what is outstanding whose low 24 bits are `psn`.
std::uint64_t Requester::extend(std::uint32_t psn) const noexcept {
  return una_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                    wire::psn_difference(psn, static_cast<std::uint32_t>(una_) & wire::psn_mask)));
}

void Requester::complete_head() noexcept {
  const RequestQueue::Entry& entry = requests_[requests_.head()];
  if (entry.request.operation == Operation::read && reads_in_flight_ > 0) --reads_in_flight_;
  completed_bytes_ += entry.request.bytes;
  completions_->push_back(
      {Completion::Kind::sent, entry.request.operation, local_qp_, entry.request.bytes, 0, entry.request.id});
  requests_.pop();
  look_at_head();
}

// Moves una up to `limit`, completing requests, but never past a READ, which only its responses acknowledge.
// True when una reached the limit.
bool Requester::acknowledge_below(std::uint64_t limit) noexcept {
  while (una_ < limit) {
    if (head_operation_ == Operation::read) return false;
    una_ = std::min(limit, head_end_);
    if (una_ == head_end_) complete_head();
  }
  return true;
}

void Requester::progress(Instant now) noexcept {
  if (next_ < una_) next_ = una_;
  const bool is_behind = cursor_ < requests_.tail() && current_.end() <= next_;
  if (is_behind || cursor_ < requests_.head()) {
    std::uint64_t to = std::max(cursor_, requests_.head());
    while (to < requests_.tail() && requests_[to].end() <= next_) ++to;
    move_cursor(to);
  }
  timeouts_in_a_row_ = 0;
  has_gone_back_ = false;
  last_progress_ = now;
  if ((exceptions_ & in_slow_restart) != 0 && accelerations_->restart.on_progress(una_, config_->window)) [[unlikely]]
    exceptions_ = static_cast<std::uint8_t>(exceptions_ & ~in_slow_restart);
  if (config_->adaptive_timer) [[unlikely]]
    accelerations_->timer->on_progress();
  restart_timer(now);
}

std::uint64_t Requester::acknowledged_bytes() const noexcept {
  if (requests_.is_empty()) return completed_bytes_;
  return completed_bytes_ + (una_ - requests_[requests_.head()].first) * config_->mtu;
}

void Requester::restart_timer(Instant now) noexcept {
  const bool runs = una_ < next_ && config_->ack_timeout != 0;
  deadline_ = runs ? now + timer_length() : Instant::never();
}

Duration Requester::timer_length() const noexcept {
  return config_->adaptive_timer ? accelerations_->timer->length() : wire::local_ack_timeout(config_->ack_timeout);
}

void Requester::move_cursor(std::uint64_t to) noexcept {
  cursor_ = to;
  if (to < requests_.tail()) load(requests_[to]);
}

// Acknowledgements come often, and the queue's own memory is far away.
void Requester::look_at_head() noexcept {
  if (requests_.is_empty()) return;
  const RequestQueue::Entry& head = requests_[requests_.head()];
  head_end_ = head.end();
  head_operation_ = head.request.operation;
}

void Requester::load(const RequestQueue::Entry& entry) noexcept {
  operation_ = entry.request.operation;
  current_ = current_of(entry);
}

Requester::Current Requester::current_of(const RequestQueue::Entry& entry) noexcept {
  const Request& request = entry.request;
  return {entry.first,   request.local_address, request.remote_address, entry.packets,
          request.bytes, request.remote_key,    request.immediate};
}

// To the oldest packet; with selective repeat only that which may be lost is sent again.
void Requester::go_back() {
  if (scoreboard_ != nullptr) {
    scoreboard_->give_up(una_, next_);
    return note_lost();
  }
  next_ = una_;
  move_cursor(requests_.head());
  reads_in_flight_ = 0;
  if (!config_->slow_restart) return;
  accelerations_->restart.begin(una_);
  exceptions_ |= in_slow_restart;
}

bool Requester::may_complete(std::uint32_t psn, std::uint8_t syndrome) const noexcept {
  if (has_failed_ || una_ == end_) return false;
  if (wire::ack_kind(syndrome) == wire::AckKind::nak &&
      wire::syndrome_value(syndrome) != static_cast<std::uint8_t>(wire::NakCode::psn_sequence_error))
    return true;
  return extend(psn) + 1 >= head_end_;
}

void Requester::on_acknowledge(std::uint32_t psn, std::uint8_t syndrome, Instant now, std::uint32_t msn) {
  if (has_failed_) return;
  const wire::AckKind kind = wire::ack_kind(syndrome);
  const bool is_nak = kind == wire::AckKind::nak;
  const std::uint64_t sequence = extend(psn);
  if (kind == wire::AckKind::reserved || sequence > highest_ || (!is_nak && sequence == highest_)) return;
  const bool is_sequence_error =
      is_nak && wire::syndrome_value(syndrome) == static_cast<std::uint8_t>(wire::NakCode::psn_sequence_error);
  if (config_->recovery == Recovery::selective_repeat && (!is_nak || is_sequence_error))
    return on_selective_acknowledge(sequence, extend(msn), is_nak, now);
  // An ACK covers its own PSN, a NAK everything before it.
  const std::uint64_t limit = kind == wire::AckKind::ack ? sequence + 1 : sequence;
  const std::uint64_t before = una_;
  const bool is_complete = limit <= una_ || acknowledge_below(limit);
  if (una_ > before) progress(now);
  if (is_nak && !is_sequence_error) {
    if (sequence >= una_) fail();
    return;
  }
  // A stale NAK, for a PSN already acknowledged, asks for nothing.
  const bool asks_again = is_nak && sequence >= before;
  if (!asks_again && (is_complete || has_gone_back_)) return;
  if (is_nak)
    ++counters_.naks;
  else
    has_gone_back_ = true;  // an ACK behind a READ says that its responses were lost
  if (una_ >= next_) return;
  go_back();
  restart_timer(now);
}

// An ACK covers everything up to `sequence`, a NAK tells that nothing from there up to `trigger` has arrived, and says
// nothing of what lies before. Either shows that `trigger` has: if the oldest packet has not, and was sent earlier, it
// is lost, be it that the NAK for it was, or its retransmission.
void Requester::on_selective_acknowledge(std::uint64_t sequence, std::uint64_t trigger, bool is_nak, Instant now) {
  std::uint32_t lost = 0;
  if (is_nak) ++counters_.naks;
  if (trigger >= una_ && trigger < next_) {
    const std::uint32_t order = scoreboard_->arrived(trigger);
    if (is_nak) lost = scoreboard_->missing(std::max(sequence, una_), trigger, order);
  }
  if (!is_nak && sequence >= una_) {
    const std::uint64_t before = una_;
    acknowledge_below(sequence + 1);  // up to a READ at the most, whose responses were lost then
    scoreboard_->acknowledged(una_);
    if (una_ > before) progress(now);
  }
  const bool speaks_of_una = !is_nak && sequence + 1 >= una_;
  if (speaks_of_una && una_ < next_) lost += scoreboard_->missing(una_, una_ + 1, scoreboard_->latest_arrival());
  note_lost();
  if (lost > 0) restart_timer(now);
}

bool Requester::on_read_response(const Frame& frame, Instant now, std::uint64_t* address) {
  if (has_failed_) return false;
  const std::uint64_t sequence = extend(frame.psn);
  if (sequence < una_ || sequence >= highest_) return false;
  const std::uint64_t before = una_;
  const bool is_next = acknowledge_below(sequence);
  const RequestQueue::Entry entry = requests_[requests_.head()];
  const std::uint64_t index = sequence - entry.first;
  const bool fits =
      is_next && entry.request.operation == Operation::read && sequence < entry.end() &&
      frame.payload_bytes == std::min<std::uint64_t>(config_->mtu, entry.request.bytes - index * config_->mtu);
  if (fits) {
    *address = entry.request.local_address + index * config_->mtu;
    ++counters_.read_responses;
    if (++una_ == entry.end()) complete_head();
  }
  if (una_ > before) progress(now);
  if (una_ > before && scoreboard_ != nullptr) {
    scoreboard_->acknowledged(una_);
    note_lost();
  }
  if (!fits && !has_gone_back_ && una_ < next_) {
    has_gone_back_ = true;
    go_back();
    restart_timer(now);
  }
  return fits;
}

void Requester::on_timeout(Instant now) {
  ++counters_.timeouts;
  if (config_->adaptive_timer) {
    if (!accelerations_->timer->on_expiry()) return fail();
  } else if (config_->retry) {
    if (timeouts_in_a_row_ >= *config_->retry) return fail();
    ++timeouts_in_a_row_;
  }
  has_gone_back_ = false;
  const bool was_outstanding = una_ < next_;
  go_back();
  // The packet at una is sent again at once; the timer runs from now.
  deadline_ = was_outstanding ? now + timer_length() : Instant::never();
}

void Requester::fail() noexcept {
  has_failed_ = true;
  exceptions_ = 0;
  deadline_ = Instant::never();
  const std::uint64_t id = requests_.is_empty() ? 0 : requests_[requests_.head()].request.id;
  completions_->push_back({Completion::Kind::failed, Operation::write, local_qp_, 0, 0, id});
}

}  // namespace farlink::rnic
