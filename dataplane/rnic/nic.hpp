// SPDX-License-Identifier: Apache-2.0
// A software RNIC: queue pairs behind one serializer. Clock-free: it is told the time and says when it wants to be
// asked next. Acknowledgements go first, then one packet of each queue pair that may send, in turn. It obeys PFC: a
// held priority stops behind the frame being serialized. Owner: one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/rnic/config.hpp"
#include "dataplane/rnic/frame.hpp"
#include "dataplane/rnic/profile.hpp"
#include "dataplane/rnic/request.hpp"
#include "dataplane/rnic/requester.hpp"
#include "dataplane/rnic/responder.hpp"
#include "dataplane/rnic/turn_queue.hpp"
#include "dataplane/units/line_clock.hpp"
#include "dataplane/units/prefetch.hpp"

namespace farlink::rnic {

inline constexpr std::uint32_t first_qp_number = 16;

class alignas(64) Nic {
 public:
  explicit Nic(const Config& config) : Nic{std::make_shared<const Profile>(config)} {}
  explicit Nic(std::shared_ptr<const Profile> profile);
  Nic(const Nic&) = delete;
  Nic& operator=(const Nic&) = delete;

  // Opens a queue pair to `destination_qp` behind `path`; returns its number. PSNs start at first_psn both ways.
  std::uint32_t open(std::uint32_t destination_qp, Path path, std::uint32_t first_psn = 0);

  void post(std::uint32_t qp, const Request& request, Instant now);

  // A frame for one of our queue pairs arrived whole. True: its payload is to be placed at *address.
  bool receive(const Frame& frame, Instant now, std::uint64_t* address);

  // The same for an intact, unmarked packet in the middle of a WRITE, of an adapter without payloads: true when it was
  // an ordinary one, and is done; false: nothing was, receive() it.
  [[gnu::always_inline]] bool continue_write(std::uint32_t qp, std::uint32_t psn, std::uint32_t payload_bytes,
                                             bool ack_request, Instant now) {
    const std::uint32_t index = qp - first_qp_number;
    if (index >= pairs_.size()) return false;
    Responder& responder = pairs_[index].responder;
    if (!responder.continue_write(psn, payload_bytes, ack_request)) return false;
    if (responder.has_control() || responder.has_response()) refresh(index, now);
    return true;
  }
  // Whether a frame like this for one of our queue pairs may lead to a completion; yes when it is not sure.
  bool may_complete(std::uint32_t qp, wire::Opcode opcode, std::uint32_t psn, std::uint8_t syndrome) const noexcept {
    if (opcode == wire::Opcode::write_middle && config().recovery == Recovery::go_back_n) return false;
    const std::uint32_t index = qp - first_qp_number;
    if (index >= pairs_.size()) return false;
    if (wire::is_request(opcode)) return pairs_[index].responder.may_complete(opcode);
    return opcode != wire::Opcode::acknowledge || pairs_[index].requester.may_complete(psn, syndrome);
  }
  // The earliest moment before `until` at which a retransmission timer may run out, or `until`, as long as none is set
  // in between.
  Instant first_expiry(Instant until) const noexcept;
  // Timers that are set from now on run for so long at least.
  Duration shortest_timer() const noexcept;

  // Next end of a serialization or retransmission timer.
  Instant next_event() const noexcept;
  // Does what is due at `now`, one thing. Returns the frame that left, its last bit at `now` (valid until the next
  // call), or nullptr.
  const Frame* advance(Instant now);

  // The same for all frames that leave before `until` and before any timer is looked at, for an adapter without
  // payloads: left(at, frame) is told of each but for packets in the middle of a WRITE that enter the serializer here
  // and leave it in time; of those middle(at, requester, packet, line_bytes) is. Defined in nic_sending.hpp.
  template <class Left, class Middle>
  void send_until(Instant until, Left&& left, Middle&& middle);

  // PFC: hold (XOFF) or release all of our traffic.
  void hold() noexcept { is_held_ = true; }
  void release(Instant now);

  std::span<const Completion> completions() const noexcept { return completions_; }
  void clear_completions() noexcept { completions_.clear(); }
  // Payloads that receive() had no place for when they came, in the order of their queue pair; with
  // Config::tells_placements.
  std::span<const Placement> placements() const noexcept { return placements_; }
  void clear_placements() noexcept { placements_.clear(); }

  // Fetch what will be touched: of the RNIC itself by advance() or receive(), then of the queue pair whose turn is
  // next, or of that which a frame with this opcode will arrive for (any number is fine).
  [[gnu::always_inline]] void prefetch_for_turn() const noexcept { units::prefetch<6>(this); }
  [[gnu::always_inline]] void prefetch_for_arrival() const noexcept { units::prefetch<2>(this); }
  [[gnu::always_inline]] void prefetch_turn() const noexcept {
    if (!active_.is_empty()) units::prefetch<2>(&pairs_[active_.front()]);
  }
  // Of all queue pairs that will have their turns, up to 16.
  void prefetch_turns() const noexcept {
    for (std::uint32_t i = 0; i < std::min(active_.size(), 16U); ++i) units::prefetch<3>(&pairs_[active_.ahead(i)]);
  }
  [[gnu::always_inline]] void prefetch_arrival(std::uint32_t qp, wire::Opcode opcode) const noexcept {
    const std::uint32_t index = qp - first_qp_number;
    if (index >= pairs_.size()) return;
    const QueuePair& pair = pairs_[index];
    if (wire::is_request(opcode) || is_parity(opcode))
      units::prefetch<1>(&pair.responder);
    else
      units::prefetch<4>(&pair.requester);
  }

  const Requester& requester(std::uint32_t qp) const noexcept { return pairs_[qp - first_qp_number].requester; }
  const Responder& responder(std::uint32_t qp) const noexcept { return pairs_[qp - first_qp_number].responder; }
  std::uint32_t qp_count() const noexcept { return static_cast<std::uint32_t>(pairs_.size()); }
  const Config& config() const noexcept { return profile_->config(); }
  std::uint64_t unknown_qp() const noexcept { return unknown_qp_; }
  std::uint64_t corrupt() const noexcept { return corrupt_; }
  std::uint64_t cnps_sent() const noexcept { return cnps_sent_; }
  std::uint64_t cnps_received() const noexcept { return cnps_received_; }
  // How often congestion control lowered the rate or window of the queue pair.
  std::uint64_t rate_cuts(std::uint32_t qp) const noexcept;
  // Bits per second that the queue pair may send at now; the line's without congestion control.
  double rate_at(std::uint32_t qp, Instant now) noexcept;
  // Packets that the queue pair may have outstanding by congestion control; the config's window without one.
  double window_of(std::uint32_t qp) const noexcept;

 private:
  struct alignas(64) QueuePair {
    Requester requester;
    alignas(64) Responder responder;
  };
  // Bits of Requester::turns.
  static constexpr std::uint8_t is_active = 1;         // in active_: has data, READs or responses to send
  static constexpr std::uint8_t has_control_turn = 2;  // in control_
  static constexpr std::uint8_t has_timer = 4;         // in timers_
  static constexpr std::uint8_t is_answering = 8;      // responder.has_response(), whose cache line few turns need
  struct Congestion {                                  // of a queue pair
    std::optional<CongestionControl> control;
    Instant last_cnp;  // that we sent
    bool has_sent_cnp = false;
    bool has_cnp = false;  // one is due
  };
  struct Timer {
    Instant at;
    std::uint32_t index;
    bool operator>(const Timer& other) const noexcept {
      return at > other.at || (at == other.at && index > other.index);
    }
  };

  template <class Middle>
  bool continue_writes(Instant until, Middle&& middle);
  void refresh(std::uint32_t index, Instant now);
  void start_next(Instant now);
  bool select(Instant now);
  void answer(std::uint32_t index);
  [[gnu::noinline]] void fire_timer();
  void arm(std::uint32_t index, Instant at);
  void keep_timer(std::uint32_t index);
  [[gnu::noinline]] void note_marked(std::uint32_t index, Instant now);
  [[gnu::noinline]] void note_sent(Frame& frame, Instant now);
  [[gnu::noinline]] void note_acknowledged(std::uint32_t index, Instant now) noexcept;
  [[gnu::noinline]] bool must_wait(std::uint32_t index, bool is_answer, Instant now);
  [[gnu::noinline]] void release_paced(Instant now);

  // First cache line: every turn and every arrival.
  bool is_busy_ = false;
  bool is_held_ = false;
  bool has_congestion_ = false;  // congestion_ is not empty
  bool is_adaptive_ = false;     // timers get shorter too
  std::uint8_t current_ = 0;
  Instant free_at_;                         // end of the frame being serialized
  Instant first_timer_ = Instant::never();  // of timers_
  units::LineClock clock_;
  // Second.
  std::vector<QueuePair> pairs_;
  std::vector<Completion> completions_;
  std::shared_ptr<const Profile> profile_;
  // Third: every turn.
  TurnQueue active_, control_;
  std::vector<Timer> timers_;  // heap, earliest first; one entry per queue pair that counts, checked when it comes up
  std::uint64_t unknown_qp_ = 0;
  std::uint64_t corrupt_ = 0;
  struct alignas(64) Slot {
    Frame frame;
  };
  std::array<Slot, 2> frames_;  // one in the serializer, one just left
  std::vector<Placement> placements_;
  std::vector<Instant> armed_;  // with adaptive timers alone: which entry of timers_ is the queue pair's
  // With congestion control alone.
  std::vector<Congestion> congestion_;      // by queue pair
  Instant first_paced_ = Instant::never();  // of paced_
  std::vector<Timer> paced_;                // heap: queue pairs whose next packet has to wait
  std::uint32_t paced_sender_ = 0;          // whose packet is in the serializer
  bool is_paced_ = false;                   // it counts against a rate
  std::uint64_t cnps_sent_ = 0, cnps_received_ = 0;
};

}  // namespace farlink::rnic
