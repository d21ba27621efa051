// SPDX-License-Identifier: Apache-2.0
// The receiving half of an RC queue pair: in-order check or reordering, duplicates, NAKs, cumulative ACKs, READ
// responses. Receives
// are always posted (a shared receive queue that never runs dry), so there is no RNR. IBA vol. 1, 9.7.4 and 9.7.5.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/rnic/block_decoder.hpp"
#include "dataplane/rnic/config.hpp"
#include "dataplane/rnic/frame.hpp"
#include "dataplane/rnic/reorder_buffer.hpp"
#include "dataplane/rnic/request.hpp"
#include "dataplane/wire/psn.hpp"

namespace farlink::rnic {

struct ResponderCounters {
  std::uint64_t delivered = 0;  // packets with payload executed in order, each once
  std::uint64_t delivered_bytes = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t out_of_sequence = 0;
  std::uint64_t naks = 0;
  std::uint64_t rebuilt = 0;  // packets that an erasure code gave back, among those delivered
};

class Responder {
 public:
  // Completions of kind received go to `completions`. Both references must outlive the responder.
  // Both vectors must outlive it; what was kept and then executed goes to `placements`.
  Responder(const Config& config, std::vector<Completion>& completions, std::vector<Placement>& placements,
            std::uint32_t local_qp, std::uint32_t destination_qp, Path path, std::uint32_t first_psn);

  // A request packet arrived. True: it was executed, its payload belongs at *address (WRITE: the remote address; SEND:
  // the offset in the message).
  bool receive(const Frame& frame, std::uint64_t* address);

  // An intact packet in the middle of a WRITE arrived: true when it is the full packet that comes next while nothing
  // else is under way, as nearly all are, and has been executed; false: nothing was done, receive() it.
  [[gnu::always_inline]] bool continue_write(std::uint32_t psn, std::uint32_t payload_bytes,
                                             bool ack_request) noexcept {
    const bool is_plain = psn == (static_cast<std::uint32_t>(expected_) & wire::psn_mask) && is_simple_ &&
                          receiving_ == Receiving::write && !is_dead_ && !has_nak_ && control_ != Control::nak &&
                          payload_bytes == config_->mtu && payload_bytes < remaining_;
    if (!is_plain) return false;
    address_ += payload_bytes;
    remaining_ -= payload_bytes;
    received_bytes_ += payload_bytes;
    ++counters_.delivered;
    counters_.delivered_bytes += payload_bytes;
    if (ack_request) {
      control_ = Control::acknowledge;
      acknowledged_ = expected_;
    }
    ++expected_;
    return true;
  }

  // A parity packet of an erasure code arrived.
  void receive_parity(const Frame& frame);

  // An acknowledge or NAK is due; it waits for READ responses that go before it.
  bool has_control() const noexcept { return (control_ != Control::none || has_gaps_) && !has_jobs_; }
  void emit_control(Frame& frame) noexcept;
  // A congestion notification for the sender; any time.
  void emit_cnp(Frame& frame) const noexcept;
  // READ responses are due.
  bool has_response() const noexcept { return has_jobs_; }
  void emit_response(Frame& frame) noexcept;

  // Whether a request packet like this may complete a message; yes when it is not sure.
  bool may_complete(wire::Opcode opcode) const noexcept {
    if (wire::is_last(opcode) && (wire::is_send(opcode) || wire::has_immediate(opcode))) return true;
    // What was kept may go with it.
    return reordering_ != nullptr && (reordering_->decoder.has_value() || reordering_->highest > expected_);
  }

  const ResponderCounters& counters() const noexcept { return counters_; }
  // Where answers go, and what the queue pair sends itself.
  std::uint32_t destination_qp() const noexcept { return destination_qp_; }
  const Path& path() const noexcept { return path_; }

 private:
  enum class Control : std::uint8_t { none, acknowledge, nak };
  enum class Receiving : std::uint8_t { nothing, send, write };
  struct Job {  // a READ being answered
    std::uint64_t first = 0, next = 0, end = 0;
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;  // from first
  };

  // Selective repeat.
  struct Gap {
    std::uint64_t first = 0, end = 0;  // the packet at `end` has arrived; none missing: it is a retransmission
  };
  struct Reordering {
    std::vector<Gap> gaps;      // to be told of, retransmissions that arrived among them
    std::uint64_t highest = 0;  // one behind the highest that has arrived
    std::uint64_t trigger = 0;  // the packet that the pending acknowledge answers
    ReorderBuffer kept;
    std::optional<BlockDecoder> decoder;  // with erasure coding
    std::vector<Placement>* placements = nullptr;
  };

  bool fits_message(const Frame& frame) const noexcept;
  [[gnu::always_inline]] inline bool execute(const Frame& frame, std::uint64_t* address);
  void start_read(const Frame& frame, std::uint64_t sequence);
  std::uint64_t read_packets(const Frame& frame) const noexcept;
  void out_of_sequence(std::uint64_t sequence) noexcept;
  bool keep(const Frame& frame, std::uint64_t sequence);
  [[gnu::noinline]] bool execute_kept(const Frame& frame, std::uint64_t* address);
  void execute_what_follows();
  [[gnu::noinline]] void execute_rebuilt(const Frame& frame);
  void enter_block(std::uint64_t first);
  [[gnu::noinline]] void enter_block_of(const Frame& frame, std::uint64_t sequence);
  void rebuild();
  void settle_block() noexcept;
  bool may_be_rebuilt(std::uint64_t sequence) const noexcept;
  bool tell_of(std::uint64_t sequence);
  void emit_gap(Frame& frame) noexcept;
  void duplicate(const Frame& frame, std::uint64_t sequence);
  void send_nak(std::uint8_t syndrome) noexcept;

  // First cache line: every packet, up to the second of the counters.
  std::uint64_t expected_;
  const Config* config_;
  std::uint64_t address_ = 0;         // where the next payload of a WRITE goes, or the offset in a SEND
  std::uint32_t remaining_ = 0;       // of a WRITE's RETH length
  std::uint32_t received_bytes_ = 0;  // of the current message
  std::uint32_t msn_ = 0;
  std::uint32_t destination_qp_;
  Control control_ = Control::none;
  Receiving receiving_ = Receiving::nothing;
  std::uint8_t syndrome_ = 0;
  bool has_jobs_ = false;  // a READ is being answered
  bool has_nak_ = false;   // a NAK was sent and the expected PSN has not come since
  bool is_dead_ = false;   // a fatal NAK was sent
  bool has_gaps_ = false;  // gaps to be told of
  bool is_simple_;         // go-back-N
  ResponderCounters counters_;
  // Second: answers, and what goes wrong.
  std::uint64_t last_out_of_sequence_ = 0;  // 0 unless has_nak_
  std::uint64_t acknowledged_ = 0;          // sequence that the pending control speaks of
  Path path_;
  std::uint32_t local_qp_;
  std::vector<Completion>* completions_;
  std::unique_ptr<Reordering> reordering_;  // null: go-back-N
  // READ alone.
  std::vector<Job> jobs_;
  std::size_t jobs_head_ = 0;
};

}  // namespace farlink::rnic
