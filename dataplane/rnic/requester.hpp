// SPDX-License-Identifier: Apache-2.0
// The sending half of an RC queue pair: segmentation, window, go-back-N or selective repeat, retransmission timer,
// retries. PSNs are kept as extended 64-bit sequence numbers and cut to 24 bits on the wire. A READ takes one request
// packet but as many PSNs as it has response packets; only its responses acknowledge it. IBA vol. 1, 9.7; physics of
// go-back-N: docs/model.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/rnic/adaptive_timer.hpp"
#include "dataplane/rnic/block_encoder.hpp"
#include "dataplane/rnic/config.hpp"
#include "dataplane/rnic/frame.hpp"
#include "dataplane/rnic/request.hpp"
#include "dataplane/rnic/scoreboard.hpp"
#include "dataplane/rnic/slow_restart.hpp"
#include "dataplane/wire/psn.hpp"

namespace farlink::rnic {

struct RequesterCounters {
  std::uint64_t sent = 0;           // request packets, retransmissions included
  std::uint64_t retransmitted = 0;  // of these, packets whose PSN had been sent before
  std::uint64_t timeouts = 0;
  std::uint64_t naks = 0;            // NAKs that made it go back
  std::uint64_t read_responses = 0;  // accepted in order
  std::uint64_t parity = 0;          // packets of an erasure code, not among those sent
};

class Requester {
 public:
  // The config must outlive the requester.
  // Completions of kind sent and failed go to `completions`, which must outlive the requester too.
  Requester(const Config& config, std::vector<Completion>& completions, std::uint32_t local_qp,
            std::uint32_t destination_qp, Path path, std::uint32_t first_psn);

  void post(const Request& request);

  [[gnu::always_inline]] bool can_send() const noexcept {
    if (exceptions_ != 0) [[unlikely]]
      return can_send_specially();
    return window_lets_send();
  }
  // The next packet; can_send() must hold. Arms the timer.
  void emit(Frame& frame, Instant now);

  // Nearly every packet: in the middle of a WRITE, for the first time, with the timer running and nothing kept of it.
  // Its header is but a PSN. continue_write() is then all that emit() does, but for the frame.
  struct Middle {
    std::uint32_t psn = 0;
    bool ack_request = false;
  };
  [[gnu::always_inline]] bool can_continue_write() const noexcept {
    return exceptions_ == 0 && continues_write() && next_ < una_ + config_->window && !has_failed_;
  }
  [[gnu::always_inline]] Middle continue_write() noexcept {
    ++counters_.sent;
    return next_middle();
  }
  std::uint32_t destination_qp() const noexcept { return destination_qp_; }
  const Path& path() const noexcept { return path_; }

  // An acknowledge or NAK for `psn` arrived. A NAK that is not a sequence error fails the queue pair. With selective
  // repeat `msn` is the PSN of the packet that led to it, and a NAK tells of the packets from `psn` up to that one.
  void on_acknowledge(std::uint32_t psn, std::uint8_t syndrome, Instant now, std::uint32_t msn = 0);
  // A READ response; true when it was the next one expected (its payload belongs at *address).
  bool on_read_response(const Frame& frame, Instant now, std::uint64_t* address);
  // The timer ran out at deadline(): goes back, or fails the queue pair when retries are exhausted.
  void on_timeout(Instant now);

  Instant deadline() const noexcept { return deadline_; }
  // Whether an acknowledgement or NAK like this may complete a request or fail the queue pair; yes when it is not sure.
  bool may_complete(std::uint32_t psn, std::uint8_t syndrome) const noexcept;
  bool has_failed() const noexcept { return has_failed_; }
  // Selective repeat: packets are to be sent again, before any other.
  bool has_lost() const noexcept { return (exceptions_ & some_lost) != 0; }
  // Erasure coding: parity of the last block is to be sent, before anything else and beyond any window.
  bool owes_parity() const noexcept { return (exceptions_ & some_parity) != 0; }
  std::uint64_t acknowledged_packets() const noexcept { return una_ - first_; }
  // Payload bytes acknowledged: of completed requests, and of the one under way.
  std::uint64_t acknowledged_bytes() const noexcept;
  std::uint64_t completed_bytes() const noexcept { return completed_bytes_; }
  Instant last_progress() const noexcept { return last_progress_; }  // the last acknowledgement of something new
  std::uint64_t outstanding() const noexcept { return next_ - una_; }
  const RequesterCounters& counters() const noexcept { return counters_; }
  const RequestQueue& requests() const noexcept { return requests_; }

 private:
  // What the packets of a request need of it.
  struct Current {
    std::uint64_t first = 0;
    std::uint64_t local_address = 0, remote_address = 0;
    std::uint32_t packets = 0, bytes = 0;
    std::uint32_t remote_key = 0, immediate = 0;
    std::uint64_t end() const noexcept { return first + packets; }
  };

  // What few RNICs are set to.
  struct Accelerations {
    std::optional<AdaptiveTimer> timer;
    SlowRestart restart;
    std::optional<BlockEncoder> encoder;
  };
  // Bits of exceptions_.
  static constexpr std::uint8_t some_lost = 1;  // packets wait to be sent again, and the queue pair has not failed
  static constexpr std::uint8_t in_slow_restart = 2;
  static constexpr std::uint8_t is_coded = 4;  // always, with erasure coding
  static constexpr std::uint8_t some_parity = 8;

  bool window_lets_send() const noexcept {
    return next_ < end_ && next_ < una_ + config_->window && !has_failed_ &&
           (reads_in_flight_ < config_->max_reads || operation_ != Operation::read);
  }
  bool can_send_specially() const noexcept {
    const bool may_be_new = (exceptions_ & in_slow_restart) == 0 || next_ < accelerations_->restart.end();
    return owes_parity() || has_lost() || (may_be_new && window_lets_send());
  }
  // Of the packet in front of `next`. Without a request when the window closes, a window below ack_every would wait for
  // its own timeout.
  bool asks_for_answer(std::uint64_t next) const noexcept {
    const std::uint64_t every = config_->ack_every;
    const bool is_due = (every & (every - 1)) == 0 ? (next & (every - 1)) == 0 : next % every == 0;  // division is slow
    return is_due || next == una_ + config_->window;
  }
  bool continues_write() const noexcept {
    return next_ > current_.first && next_ + 1 < current_.end() && next_ == highest_ && deadline_ != Instant::never() &&
           (operation_ == Operation::write || operation_ == Operation::write_with_immediate) &&
           config_->recovery == Recovery::go_back_n;
  }
  Middle next_middle() noexcept {
    const auto psn = static_cast<std::uint32_t>(next_) & wire::psn_mask;
    highest_ = ++next_;
    return {psn, asks_for_answer(next_)};
  }
  void emit_middle(Frame& frame) noexcept;
  void emit_next(Frame& frame, Instant now);
  void emit_coded(Frame& frame, Instant now);
  void emit_parity(Frame& frame);
  Duration timer_length() const noexcept;
  void emit_read(Frame& frame, const Current& request, std::uint64_t sequence) const noexcept;
  [[gnu::always_inline]] inline void emit_packet(Frame& frame, const Current& request, Operation operation,
                                                 std::uint64_t sequence) const noexcept;
  void emit_again(Frame& frame, Instant now);
  void on_selective_acknowledge(std::uint64_t sequence, std::uint64_t trigger, bool is_nak, Instant now);
  void note_lost() noexcept;
  const RequestQueue::Entry& request_of(std::uint64_t sequence) const noexcept;
  static Current current_of(const RequestQueue::Entry& entry) noexcept;
  std::uint64_t extend(std::uint32_t psn) const noexcept;
  bool acknowledge_below(std::uint64_t limit) noexcept;
  void complete_head() noexcept;
  void fail() noexcept;
  void progress(Instant now) noexcept;
  void go_back();
  void restart_timer(Instant now) noexcept;
  void move_cursor(std::uint64_t to) noexcept;
  void load(const RequestQueue::Entry& entry) noexcept;
  void look_at_head() noexcept;

  // First cache line: every packet and every acknowledgement.
  std::uint64_t next_;     // sent next
  std::uint64_t una_;      // oldest unacknowledged
  std::uint64_t end_;      // posted up to here
  std::uint64_t highest_;  // sent up to here, ever
  Instant deadline_ = Instant::never();
  const Config* config_;
  std::uint64_t cursor_ = 0;  // number of the request that holds next_
  std::uint16_t reads_in_flight_ = 0;
  std::uint8_t exceptions_ = 0;  // to what usually holds when a packet is to be sent
  bool has_failed_ = false;
  bool has_gone_back_ = false;              // for a gap in READ responses; cleared by progress
  Operation operation_ = Operation::write;  // of the request that holds next_

 public:
  std::uint8_t turns = 0;  // the RNIC's own note, kept here because this cache line is at hand when it is needed

 private:
  // Second: every packet, up to the first of the counters.
  Current current_;  // the request that holds next_
  Path path_;
  std::uint32_t destination_qp_;
  std::uint32_t local_qp_;
  RequesterCounters counters_;
  // Acknowledgements alone.
  std::uint64_t head_end_ = 0;                   // of the request that holds una_
  Operation head_operation_ = Operation::write;  // its
  std::uint16_t timeouts_in_a_row_ = 0;          // of 8 at the most, where they are counted
  std::uint32_t first_;
  RequestQueue requests_;
  Instant last_progress_;
  std::uint64_t completed_bytes_ = 0;
  std::vector<Completion>* completions_;
  std::unique_ptr<Scoreboard> scoreboard_;        // null: go-back-N
  std::unique_ptr<Accelerations> accelerations_;  // null: neither is set
};

}  // namespace farlink::rnic
