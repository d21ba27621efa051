// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/responder.hpp"

#include <algorithm>

#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::rnic {

using wire::Opcode;

Responder::Responder(const Config& config, std::vector<Completion>& completions, std::vector<Placement>& placements,
                     std::uint32_t local_qp, std::uint32_t destination_qp, Path path, std::uint32_t first_psn)
    : expected_{first_psn},
      config_{&config},
      destination_qp_{destination_qp},
      is_simple_{config.recovery == Recovery::go_back_n},
      path_{path},
      local_qp_{local_qp},
      completions_{&completions} {
  if (config.recovery != Recovery::selective_repeat) return;
  reordering_ = std::make_unique<Reordering>();
  reordering_->highest = first_psn;
  reordering_->placements = &placements;
  if (!config.erasure_code) return;
  reordering_->decoder.emplace(*config.erasure_code, config.mtu);
  reordering_->decoder->begin(first_psn);
}

bool Responder::receive(const Frame& frame, std::uint64_t* address) {
  const std::uint64_t place = address_;
  if (frame.opcode == Opcode::write_middle && !frame.is_corrupt &&
      continue_write(frame.psn, frame.payload_bytes, frame.ack_request)) [[likely]] {
    *address = place;
    return true;
  }
  if (is_dead_ || frame.is_corrupt) return false;
  const std::int64_t ahead = wire::psn_difference(frame.psn, static_cast<std::uint32_t>(expected_) & wire::psn_mask);
  const bool is_selective = config_->recovery == Recovery::selective_repeat;
  const std::uint64_t sequence = expected_ + static_cast<std::uint64_t>(ahead);
  if (is_selective && reordering_->decoder) [[unlikely]]
    enter_block_of(frame, sequence);
  if (ahead == 0) return is_selective ? execute_kept(frame, address) : execute(frame, address);
  if (ahead > 0 && is_selective) return keep(frame, sequence);
  if (ahead > 0)
    out_of_sequence(sequence);
  else
    duplicate(frame, sequence);
  return false;
}

void Responder::out_of_sequence(std::uint64_t sequence) noexcept {
  ++counters_.out_of_sequence;
  // Going back to an earlier PSN while the expected one is missing: its retransmission was lost as well.
  const bool is_new_gap = config_->nak == NakMode::every_gap && sequence <= last_out_of_sequence_;
  if (!has_nak_ || is_new_gap) send_nak(wire::nak_syndrome(wire::NakCode::psn_sequence_error));
  has_nak_ = true;
  last_out_of_sequence_ = sequence;
}

// Selective repeat: the packet waits for those before it. A gap is told when its end arrives, once: that is when it is
// known that the gap is there, since the network keeps the order of a queue pair's packets. What lies beyond the
// window cannot have been sent.
bool Responder::keep(const Frame& frame, std::uint64_t sequence) {
  if (sequence - expected_ >= config_->window) return false;
  ++counters_.out_of_sequence;
  if (!reordering_->kept.keep(sequence, expected_, frame)) ++counters_.duplicates;
  const std::uint64_t begin = std::max(reordering_->highest, expected_);
  if (sequence > begin && !may_be_rebuilt(begin)) {
    reordering_->gaps.push_back({begin, sequence});
    has_gaps_ = true;
    ++counters_.naks;
  }
  if (sequence < reordering_->highest) return tell_of(sequence);
  reordering_->highest = sequence + 1;
  if (frame.ack_request) {
    control_ = Control::acknowledge;
    acknowledged_ = expected_ - 1;
    reordering_->trigger = may_be_rebuilt(expected_) ? expected_ - 1 : sequence;
  }
  return false;
}

// And then all that waited for it.
bool Responder::execute_kept(const Frame& frame, std::uint64_t* address) {
  const std::uint64_t sequence = expected_;
  const bool has_place = execute(frame, address);
  execute_what_follows();
  reordering_->trigger = sequence;
  if (sequence < reordering_->highest) tell_of(sequence);
  reordering_->highest = std::max(reordering_->highest, expected_);
  return has_place;
}

void Responder::execute_rebuilt(const Frame& frame) {
  std::uint64_t address = 0;  // there is no payload
  execute(frame, &address);
  execute_what_follows();
  if (is_dead_) return;
  control_ = Control::acknowledge;
  acknowledged_ = reordering_->trigger = expected_ - 1;
}

void Responder::execute_what_follows() {
  while (const Frame* next = is_dead_ ? nullptr : reordering_->kept.find(expected_)) {
    std::uint64_t place = 0;
    if (execute(*next, &place) && config_->tells_placements)
      reordering_->placements->push_back({next->local_address, place, local_qp_, next->payload_bytes, next->opcode});
    // Where una stood still, the sender must hear that it moves on.
    control_ = Control::acknowledge;
    acknowledged_ = expected_ - 1;
  }
}

// The sender waits for word of each packet that it sent again.
bool Responder::tell_of(std::uint64_t sequence) {
  constexpr std::size_t most = 65'536;  // of a sender that repeats itself while our own line is held
  if (reordering_->gaps.size() >= most) return false;
  reordering_->gaps.push_back({sequence, sequence});
  has_gaps_ = true;
  return false;
}

// Oldest gap first: the NAK names its first packet, and that which arrived behind it where others put the MSN.
void Responder::emit_gap(Frame& frame) noexcept {
  const Gap& gap = reordering_->gaps.front();
  const bool is_arrival = gap.first == gap.end;
  frame.psn = static_cast<std::uint32_t>(is_arrival ? expected_ - 1 : gap.first) & wire::psn_mask;
  frame.immediate = aeth(is_arrival ? wire::ack_syndrome() : wire::nak_syndrome(wire::NakCode::psn_sequence_error),
                         static_cast<std::uint32_t>(gap.end) & wire::psn_mask);
  reordering_->gaps.erase(reordering_->gaps.begin());
  has_gaps_ = !reordering_->gaps.empty();
}

void Responder::send_nak(std::uint8_t syndrome) noexcept {
  ++counters_.naks;
  control_ = Control::nak;
  acknowledged_ = expected_;
  syndrome_ = syndrome;
}

void Responder::duplicate(const Frame& frame, std::uint64_t sequence) {
  ++counters_.duplicates;
  if (frame.opcode == Opcode::read_request) {
    // Asks for no more than was executed, or it is no repetition.
    const bool fits =
        frame.dma_length <= max_message_bytes && sequence < expected_ && read_packets(frame) <= expected_ - sequence;
    if (fits) start_read(frame, sequence);
    return;
  }
  if (!frame.ack_request || control_ != Control::none) return;
  control_ = Control::acknowledge;
  acknowledged_ = expected_ - 1;
}

// The packet continues what was begun: FIRST and ONLY between messages, MIDDLE and LAST within one of the same kind,
// full packets in the middle, and a WRITE's lengths adding up to its RETH.
bool Responder::fits_message(const Frame& frame) const noexcept {
  const Opcode op = frame.opcode;
  if (!wire::is_request(op)) return false;
  if (wire::has_reth(op) && frame.dma_length > max_message_bytes) return false;
  if (op == Opcode::read_request) return receiving_ == Receiving::nothing;
  const Receiving kind = wire::is_send(op) ? Receiving::send : Receiving::write;
  if (!wire::is_send(op) && !wire::is_write(op)) return false;
  if (wire::starts_message(op) != (receiving_ == Receiving::nothing)) return false;
  if (receiving_ != Receiving::nothing && receiving_ != kind) return false;
  if (!wire::is_last(op) && frame.payload_bytes != config_->mtu) return false;
  if (frame.payload_bytes > config_->mtu) return false;
  if (kind == Receiving::send) return true;
  const std::uint32_t left = wire::has_reth(op) ? frame.dma_length : remaining_;
  return wire::is_last(op) ? frame.payload_bytes == left : frame.payload_bytes < left;
}

bool Responder::execute(const Frame& frame, std::uint64_t* address) {
  if (!fits_message(frame)) {
    send_nak(wire::nak_syndrome(wire::NakCode::invalid_request));
    is_dead_ = true;
    return false;
  }
  if (has_nak_) {
    has_nak_ = false;
    last_out_of_sequence_ = 0;
  }
  if (frame.opcode == Opcode::read_request) {
    const std::uint64_t sequence = expected_;
    start_read(frame, sequence);
    expected_ += read_packets(frame);
    ++msn_;
    control_ = Control::none;  // the responses acknowledge what went before
    return false;
  }
  ++expected_;
  ++counters_.delivered;
  counters_.delivered_bytes += frame.payload_bytes;
  const bool is_write = wire::is_write(frame.opcode);
  if (wire::starts_message(frame.opcode)) {
    address_ = is_write ? frame.remote_address : 0;
    remaining_ = frame.dma_length;
    received_bytes_ = 0;
  }
  *address = address_;
  address_ += frame.payload_bytes;
  remaining_ -= is_write ? frame.payload_bytes : 0;
  received_bytes_ += frame.payload_bytes;
  receiving_ = is_write ? Receiving::write : Receiving::send;
  if (wire::is_last(frame.opcode)) {
    receiving_ = Receiving::nothing;
    ++msn_;
    const bool with_immediate = wire::has_immediate(frame.opcode);
    if (!is_write || with_immediate) {
      const Operation operation = is_write         ? Operation::write_with_immediate
                                  : with_immediate ? Operation::send_with_immediate
                                                   : Operation::send;
      completions_->push_back(
          {Completion::Kind::received, operation, local_qp_, received_bytes_, with_immediate ? frame.immediate : 0, 0});
    }
  }
  if (frame.ack_request) {
    control_ = Control::acknowledge;
    acknowledged_ = expected_ - 1;
  } else if (control_ == Control::nak) {
    control_ = Control::none;  // the gap was filled before the NAK got out
  }
  return true;
}

std::uint64_t Responder::read_packets(const Frame& frame) const noexcept {
  return std::max(1U, (frame.dma_length + config_->mtu - 1) / config_->mtu);
}

void Responder::start_read(const Frame& frame, std::uint64_t sequence) {
  // A repeated READ replaces what was under way from its PSN on: the requester asks again for all that follows.
  while (jobs_.size() > jobs_head_ && jobs_.back().end > sequence) {
    if (jobs_.back().next >= sequence) {
      jobs_.pop_back();
      continue;
    }
    jobs_.back().end = sequence;
    break;
  }
  // Answered jobs go when they are half of the list, so that READs without a pause do not grow it for ever.
  if (jobs_head_ > 0 && 2 * jobs_head_ >= jobs_.size()) {
    jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(jobs_head_));
    jobs_head_ = 0;
  }
  has_jobs_ = true;
  jobs_.push_back({sequence, sequence, sequence + read_packets(frame), frame.remote_address, frame.dma_length});
}

void Responder::emit_control(Frame& frame) noexcept {
  const bool is_nak = control_ == Control::nak;
  frame = {};
  frame.opcode = Opcode::acknowledge;
  frame.destination_qp = destination_qp_;
  frame.path = path_;
  if (has_gaps_) return emit_gap(frame);
  frame.psn = static_cast<std::uint32_t>(acknowledged_) & wire::psn_mask;
  const bool tells_trigger = config_->recovery == Recovery::selective_repeat && !is_nak;
  frame.immediate = aeth(is_nak ? syndrome_ : wire::ack_syndrome(),
                         tells_trigger ? static_cast<std::uint32_t>(reordering_->trigger) & wire::psn_mask : msn_);
  control_ = Control::none;
}

void Responder::emit_cnp(Frame& frame) const noexcept {
  frame = {};
  frame.opcode = Opcode::cnp;
  frame.destination_qp = destination_qp_;
  frame.path = path_;
}

void Responder::emit_response(Frame& frame) noexcept {
  Job& job = jobs_[jobs_head_];
  const std::uint64_t offset = (job.next - job.first) * config_->mtu;
  const bool is_first = job.next == job.first;
  const std::uint64_t left = job.bytes - offset;
  const bool is_last = left <= config_->mtu;
  frame = {};
  frame.opcode = is_first && is_last ? Opcode::read_response_only
                 : is_first          ? Opcode::read_response_first
                 : is_last           ? Opcode::read_response_last
                                     : Opcode::read_response_middle;
  frame.destination_qp = destination_qp_;
  frame.path = path_;
  frame.psn = static_cast<std::uint32_t>(job.next) & wire::psn_mask;
  frame.immediate = aeth(wire::ack_syndrome(), msn_);
  frame.local_address = job.address + offset;
  frame.payload_bytes = static_cast<std::uint16_t>(std::min<std::uint64_t>(config_->mtu, left));
  if (++job.next < job.end) return;
  if (++jobs_head_ == jobs_.size()) {
    jobs_.clear();
    jobs_head_ = 0;
    has_jobs_ = false;
  }
}

}  // namespace farlink::rnic
