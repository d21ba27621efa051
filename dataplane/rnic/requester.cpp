// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/requester.hpp"

#include <algorithm>

#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::rnic {

using wire::Opcode;

namespace {

Opcode opcode_of(Operation operation, bool is_first, bool is_last) noexcept {
  const bool with_immediate = has_immediate(operation);
  if (is_send(operation)) {
    if (is_first && is_last) return with_immediate ? Opcode::send_only_with_immediate : Opcode::send_only;
    if (is_first) return Opcode::send_first;
    if (is_last) return with_immediate ? Opcode::send_last_with_immediate : Opcode::send_last;
    return Opcode::send_middle;
  }
  if (is_first && is_last) return with_immediate ? Opcode::write_only_with_immediate : Opcode::write_only;
  if (is_first) return Opcode::write_first;
  if (is_last) return with_immediate ? Opcode::write_last_with_immediate : Opcode::write_last;
  return Opcode::write_middle;
}

}  // namespace

Requester::Requester(const Config& config, std::vector<Completion>& completions, std::uint32_t local_qp,
                     std::uint32_t destination_qp, Path path, std::uint32_t first_psn) noexcept
    : next_{first_psn},
      una_{first_psn},
      end_{first_psn},
      highest_{first_psn},
      config_{&config},
      path_{path},
      destination_qp_{destination_qp},
      local_qp_{local_qp},
      completions_{&completions},
      first_{first_psn} {}

void Requester::post(const Request& request) {
  const std::uint32_t packets = std::max(1U, (request.bytes + config_->mtu - 1) / config_->mtu);
  const bool is_head = requests_.is_empty();
  requests_.push({request, end_, packets});
  end_ += packets;
  if (is_head) look_at_head();
  if (cursor_ + 1 == requests_.tail()) load(requests_[cursor_]);
}

void Requester::emit(Frame& frame, Instant now) noexcept {
  frame.destination_qp = destination_qp_;
  frame.path = path_;
  frame.psn = static_cast<std::uint32_t>(next_) & wire::psn_mask;
  frame.is_corrupt = false;
  if (next_ < highest_) ++counters_.retransmitted;
  ++counters_.sent;
  if (operation_ == Operation::read)
    emit_read(frame);
  else
    emit_packet(frame);
  highest_ = std::max(highest_, next_);
  if (next_ == current_.end()) move_cursor(cursor_ + 1);
  if (deadline_ == Instant::never()) restart_timer(now);
}

void Requester::emit_read(Frame& frame) noexcept {
  const std::uint64_t offset = (next_ - current_.first) * config_->mtu;
  frame.opcode = Opcode::read_request;
  frame.payload_bytes = 0;
  frame.ack_request = true;
  frame.remote_address = current_.remote_address + offset;
  frame.remote_key = current_.remote_key;
  frame.dma_length = static_cast<std::uint32_t>(current_.bytes - offset);
  next_ = current_.end();
  ++reads_in_flight_;
}

void Requester::emit_packet(Frame& frame) noexcept {
  const std::uint64_t index = next_ - current_.first;
  const std::uint64_t offset = index * config_->mtu;
  const bool is_last = index + 1 == current_.packets;
  ++next_;
  frame.opcode = opcode_of(operation_, index == 0, is_last);
  frame.payload_bytes = static_cast<std::uint16_t>(is_last ? current_.bytes - offset : config_->mtu);
  // Without a request when the window closes, a window below ack_every would wait for its own timeout.
  frame.ack_request = is_last || next_ % config_->ack_every == 0 || next_ == una_ + config_->window;
  frame.local_address = current_.local_address + offset;
  frame.remote_address = current_.remote_address;
  frame.remote_key = current_.remote_key;
  frame.dma_length = current_.bytes;
  frame.immediate = current_.immediate;
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
  restart_timer(now);
}

std::uint64_t Requester::acknowledged_bytes() const noexcept {
  if (requests_.is_empty()) return completed_bytes_;
  return completed_bytes_ + (una_ - requests_[requests_.head()].first) * config_->mtu;
}

void Requester::restart_timer(Instant now) noexcept {
  const bool runs = una_ < next_ && config_->ack_timeout != 0;
  deadline_ = runs ? now + wire::local_ack_timeout(config_->ack_timeout) : Instant::never();
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
  const Request& request = entry.request;
  operation_ = request.operation;
  current_ = {entry.first,   request.local_address, request.remote_address, entry.packets,
              request.bytes, request.remote_key,    request.immediate};
}

void Requester::go_back() noexcept {
  next_ = una_;
  move_cursor(requests_.head());
  reads_in_flight_ = 0;
}

void Requester::on_acknowledge(std::uint32_t psn, std::uint8_t syndrome, Instant now) noexcept {
  if (has_failed_) return;
  const wire::AckKind kind = wire::ack_kind(syndrome);
  const bool is_nak = kind == wire::AckKind::nak;
  const std::uint64_t sequence = extend(psn);
  if (kind == wire::AckKind::reserved || sequence > highest_ || (!is_nak && sequence == highest_)) return;
  // An ACK covers its own PSN, a NAK everything before it.
  const std::uint64_t limit = kind == wire::AckKind::ack ? sequence + 1 : sequence;
  const std::uint64_t before = una_;
  const bool is_complete = limit <= una_ || acknowledge_below(limit);
  if (una_ > before) progress(now);
  if (is_nak && wire::syndrome_value(syndrome) != static_cast<std::uint8_t>(wire::NakCode::psn_sequence_error)) {
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

bool Requester::on_read_response(const Frame& frame, Instant now, std::uint64_t* address) noexcept {
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
  if (!fits && !has_gone_back_ && una_ < next_) {
    has_gone_back_ = true;
    go_back();
    restart_timer(now);
  }
  return fits;
}

void Requester::on_timeout(Instant now) noexcept {
  ++counters_.timeouts;
  if (config_->retry && timeouts_in_a_row_ >= *config_->retry) return fail();
  ++timeouts_in_a_row_;
  has_gone_back_ = false;
  const bool was_outstanding = una_ < next_;
  go_back();
  // The packet at una is sent again at once; the timer runs from now.
  deadline_ = was_outstanding ? now + wire::local_ack_timeout(config_->ack_timeout) : Instant::never();
}

void Requester::fail() noexcept {
  has_failed_ = true;
  deadline_ = Instant::never();
  const std::uint64_t id = requests_.is_empty() ? 0 : requests_[requests_.head()].request.id;
  completions_->push_back({Completion::Kind::failed, Operation::write, local_qp_, 0, 0, id});
}

}  // namespace farlink::rnic
