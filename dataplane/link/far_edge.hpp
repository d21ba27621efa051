// SPDX-License-Identifier: Apache-2.0
// Stage 6, at the far site: takes frames off the fibres at their arrival, queues them per exit port and priority in a
// shared buffer, and drains each port at its rate, as far as the receiver's PFC allows. Store and forward: an exit is
// stamped when the last bit has left the port. When it has a control (PFC thresholds or rate matching) it says what the
// near edge has to be told, and takes what the other direction's far edge has to tell off the fibre. Owner: the far
// site's thread.
#pragma once

#include <array>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/departures.hpp"
#include "dataplane/link/event_wheel.hpp"
#include "dataplane/link/far_thresholds.hpp"
#include "dataplane/link/frame_pool.hpp"
#include "dataplane/link/lookahead.hpp"
#include "dataplane/link/output.hpp"
#include "dataplane/link/pause_relay.hpp"
#include "dataplane/link/priority_queues.hpp"
#include "dataplane/link/rate_matcher.hpp"
#include "dataplane/units/line_clock.hpp"
#include "dataplane/units/prefetch.hpp"

namespace farlink::link {

class FarEdge {
 public:
  // `fibres`: one queue per wave, filled by the near edge; they must outlive this object.
  FarEdge(const FarEdgeConfig& config, FramePool& pool, std::vector<FrameQueue*> fibres);
  // From now on frames come from these queues and go back to that pool.
  void take_from(FramePool& pool, std::vector<FrameQueue*> fibres) noexcept {
    pool_ = &pool;
    fibres_ = std::move(fibres);
  }
  FarEdge(const FarEdge&) = delete;
  FarEdge& operator=(const FarEdge&) = delete;

  // The earliest arrival, exit, end of a pause, or signal.
  Instant next_event() const noexcept;

  // Emits exits and drops up to and including `now`, in stamp order; returns how many (at most outputs.size()).
  std::size_t advance(Instant now, std::span<Output> outputs) noexcept;

  // The same without a copy: the next frame that left (verdict none) or was dropped at or before `now`, stamped;
  // nullptr when there is none. The caller hands it back with give_back().
  Frame* take_due(Instant now) noexcept {
    if (untold_ == 0) [[likely]]
      return next_out<false>(now);
    --untold_;
    return settled_.pop();
  }
  // The same for a caller that takes signals too: what happens at or behind next_signal() waits until it is taken.
  Frame* take_due_before_signal(Instant now) noexcept {
    if (untold_ == 0) return next_out<true>(now);
    --untold_;
    return settled_.pop();
  }

  // The same without a copy, for a caller that knows every arrival before `known_until` and never calls pause():
  // next_exit() takes in what arrives before it and before the next exit, and returns the time of that exit, of a
  // signal that is due by then, or of an arrival that is not known to be the next. When that time is before
  // known_until, it is next_signal(), and take_signal() is called; or else take_exit() gives a frame, which the caller
  // hands back with give_back(): one that left, or a pause frame or grant that arrived. Frames that found the buffer
  // full are counted, and their tokens are not told.
  Instant next_exit(Instant known_until) noexcept;
  Frame* take_exit() noexcept;
  void give_back(Frame* frame) noexcept { pool_->give(frame); }

  // The same for everything up to a time at once. quiet_until() returns a time, `until` or earlier, before which
  // nothing happens here but that frames of one priority come and go, so that ports are first in, first out: no frame
  // that `stops` (asked of each descriptor) leaves before it, none finds the buffer full or makes the control watch,
  // there is no signal, and not many more than `most` frames come. take_exits() tells exit_of(frame) of what leaves
  // before such a time, each stamped with its exit, in the order of their arrival; the times at each port rise, and the
  // caller hands them back in that order.
  template <class Stops>
  Instant quiet_until(Instant until, std::uint32_t most, Stops&& stops) const noexcept;
  template <class Take>
  void take_exits(Instant until, Take&& exit_of);

  // The same for a caller that knows arrivals late, where a frame takes longer to leave than arrivals are known late:
  // tell_exits() returns, in order, what leaves before `until`, if nothing that is yet to come can, and once each;
  // pass() then does all that happens before a time up to which every arrival is known, and gives those frames back.
  // Without a control.
  struct Exit {
    Instant at;
    const Frame* frame = nullptr;
    std::uint32_t port = 0;
  };
  std::span<const Exit> tell_exits(Instant until);
  void pass(Instant until) noexcept;

  // What the near edge has to be told, and when: a pause or a grant, to be sent over the fibre of the other direction
  // at that time. Without a control: never(). The state moves on whether it is taken or not; next_exit() waits for it.
  Instant next_signal() const noexcept { return next_signal_; }
  PauseSignal take_signal(Instant now) noexcept;

  // Fetches what the exits to come will touch here; once an exit.
  void look_ahead() noexcept {
    lookahead_.advance(events_);
    if (const std::uint32_t port = lookahead_.at(Lookahead::turns); port != EventWheel::none)
      units::prefetch<1>(&ports_[port]);
    if (const Frame* frame = upcoming(14); frame != nullptr) units::prefetch<1>(frame);
  }
  // The frame that leaves `exits` (up to 8, so that it has been fetched) exits from now, as far as is known, or
  // nullptr.
  const Frame* upcoming(std::uint32_t exits) const noexcept {
    const std::uint32_t port = lookahead_.at(exits);
    return port == EventWheel::none ? nullptr : ports_[port].leaving;
  }

  // PFC from a receiver at `now`, behind all that is due until then: hold `priority` of `port` for `quanta` x 512 bit
  // times of the port; 0 resumes.
  void pause(std::uint16_t port, std::uint8_t priority, std::uint16_t quanta, Instant now) noexcept;

  // Frames being serialized keep their end, and pauses in force theirs; the number of ports must not change. A new
  // control knows nothing of what the old one held: that ends when its quanta have run out.
  void reconfigure(const FarEdgeConfig& config, Instant now);

  const FarCounters& counters() const noexcept { return counters_; }
  std::uint64_t queued_bytes() const noexcept { return shared_bytes_; }
  // Frames (copies not counted) that are out or dropped, and that advance() has not told yet.
  std::uint64_t untold() const noexcept { return untold_; }

 private:
  // The first cache line holds all that a frame needs which finds nothing before it.
  struct alignas(64) Port {
    explicit Port(BitRate rate) noexcept : clock{rate} {}
    units::LineClock clock;
    Instant free_at;
    Frame* leaving = nullptr;  // being serialized, ends at free_at
    PriorityQueues queues;
    std::array<Instant, PriorityQueues::priorities> paused_until{};  // of the priorities that are held
  };

  Instant settle(Instant now) noexcept;
  template <bool waits_for_signals>
  Frame* next_out(Instant now) noexcept;
  FrameQueue* first_arrival() const noexcept;
  void make_control();
  bool arrive(Frame* frame) noexcept;
  [[gnu::cold]] bool admit(Frame& frame) noexcept;
  void start_watching() noexcept;
  void stop_watching_when_quiet() noexcept;
  [[gnu::cold]] void release(const Descriptor& d, Instant now) noexcept;
  [[gnu::cold]] void absorb_background(Frame* frame) noexcept;
  [[gnu::always_inline]] inline Frame* leave(std::uint32_t index, Instant now) noexcept;
  void start_next(std::uint32_t index, Instant now) noexcept;
  static std::uint32_t length(const Descriptor& d) noexcept { return d.line_bytes * (1U + d.copies); }

  FarEdgeConfig config_;
  FramePool* pool_;
  std::vector<FrameQueue*> fibres_;
  std::vector<Port> ports_;
  EventWheel events_;  // per port: end of serialization, or end of the pause that everything waits for
  Lookahead lookahead_;
  std::uint64_t shared_bytes_ = 0;
  // A frame that would bring shared_bytes_ above this is looked at: it may find no room, or make the control watch.
  std::uint64_t limit_ = 0;
  Instant next_signal_ = Instant::never();
  FrameQueue* arrived_pause_ = nullptr;  // its head is what next_exit() told
  bool is_watching_ = false;             // the control is told of every arrival and exit
  Instant last_now_;
  FrameQueue settled_;  // out or dropped before a pause or change, told by the next advance()
  std::uint64_t untold_ = 0;
  FarCounters counters_;
  std::variant<std::monostate, FarThresholds, RateMatcher, PauseRelay> control_;
  bool was_paused_ = false;  // by a receiver
  Departures departures_;    // within take_exits()
  std::vector<Exit> told_;   // by tell_exits(), and still in their ports
};

template <class Stops>
Instant FarEdge::quiet_until(Instant until, std::uint32_t most, Stops&& stops) const noexcept {
  if (was_paused_ || is_watching_ || untold_ > 0) return Instant::start();
  until = std::min(until, next_signal_);
  unsigned priorities = 0;  // a bit for each that was seen
  const auto is_stop = [&](const Descriptor& d) {
    priorities |= 1U << d.priority;
    return (priorities & (priorities - 1)) != 0 || stops(d);
  };
  if (events_.earliest() < until) {
    for (const Port& port : ports_) {
      if (port.leaving == nullptr || port.free_at >= until) continue;
      bool is_stopped = is_stop(port.leaving->descriptor);
      if (!port.queues.is_empty())
        port.queues.for_each([&](const Frame& frame) { is_stopped = is_stopped || is_stop(frame.descriptor); });
      if (is_stopped) until = port.free_at;
    }
  }
  const std::uint64_t room = (limit_ - std::min(limit_, shared_bytes_)) / fibres_.size();
  for (const FrameQueue* fibre : fibres_) {
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
    for (const Frame* frame = fibre->front(); frame != nullptr && frame->stamp < until; frame = frame->next) {
      const Descriptor& d = frame->descriptor;
      bytes += length(d);
      if (d.purpose == Purpose::traffic && bytes <= room && count++ < most && !is_stop(d)) continue;
      until = frame->stamp;
      break;
    }
  }
  return until;
}

// A port is first in, first out, so the exit of a frame that does not wait behind `until` is known when it comes. What
// has left is taken off the shared buffer when the next frame comes, so that its peak is the same as event by event.
template <class Take>
void FarEdge::take_exits(Instant until, Take&& exit_of) {
  const auto take = [&](Frame* frame, Instant exit) {
    const Descriptor& d = frame->descriptor;
    departures_.add(exit, length(d));
    counters_.frames_out += 1U + d.copies;
    counters_.frames_duplicated += d.copies;
    frame->stamp = exit;
    exit_of(frame);
  };
  while (events_.earliest() < until) {
    const std::uint32_t index = events_.front();
    const Instant exit = events_.earliest();
    take(std::exchange(ports_[index].leaving, nullptr), exit);
    start_next(index, exit);
  }
  for (;;) {
    FrameQueue* first = first_arrival();
    if (first == nullptr || first->front()->stamp >= until) break;
    Frame* frame = first->pop();
    const Descriptor& d = frame->descriptor;
    const Instant now = frame->stamp;
    shared_bytes_ -= departures_.take_until(now);
    shared_bytes_ += length(d);
    counters_.queue_peak_bytes = std::max(counters_.queue_peak_bytes, shared_bytes_);
    Port& port = ports_[d.egress_port];
    if (port.leaving != nullptr) {
      port.queues.push(frame);
      continue;
    }
    if (now > port.free_at) port.clock.restart();
    port.free_at = std::max(now, port.free_at) + port.clock.serialize(length(d));
    if (port.free_at < until) {
      take(frame, port.free_at);
    } else {
      port.leaving = frame;
      events_.set(d.egress_port, port.free_at);
    }
  }
  shared_bytes_ -= departures_.take_until(until);
}

}  // namespace farlink::link
