// SPDX-License-Identifier: Apache-2.0
// Stages 1-5 of a direction, at the near site: wave choice (balancer.hpp), byte-limited queues with ECN
// marking and tail drop, back-pressure towards the access ports, one serializer per wave, impairments, and the fibre,
// whose frames carry their exact exit time. The far edge takes them from there. Owner: the near site's thread.
#pragma once

#include <array>
#include <cassert>
#include <vector>

#include "dataplane/link/activity_series.hpp"
#include "dataplane/link/balancer.hpp"
#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/frame_pool.hpp"
#include "dataplane/link/impairments/impairments.hpp"
#include "dataplane/link/notifier.hpp"
#include "dataplane/link/output.hpp"
#include "dataplane/link/pause_signal.hpp"
#include "dataplane/link/priority_queues.hpp"
#include "dataplane/link/serializer_gate.hpp"
#include "dataplane/units/line_clock.hpp"

namespace farlink::link {

// A frame that entered a serializer, whose last bit leaves it at `stamp`; lost ones too.
struct LineRecord {
  std::uint64_t token = 0;
  Instant stamp;
};

class NearEdge {
 public:
  NearEdge(const DirectionConfig& config, FramePool& pool);

  // Takes a frame whose last bit arrived at `now`; settles every serializer to `now` first. A frame that finds the
  // buffer full comes out as a drop.
  void enqueue(const Descriptor& descriptor, Instant now) {
    Frame* frame = admit();
    frame->descriptor = descriptor;
    accept(frame, now);
  }
  // The same without a copy: admit() gives an empty frame to fill, accept() takes it. A caller that admits must accept.
  [[gnu::always_inline]] Frame* admit() {
    Frame* frame = pool_.take();
    // A fixed pool is as large as the adapter's own store of frames, which hands out no more tokens than that.
    assert(frame != nullptr);
    return frame;
  }
  void accept(Frame* frame, Instant now);
  // A frame that was admitted and is not for this link after all.
  void abandon(Frame* frame) noexcept { pool_.give(frame); }

  // Takes a frame of cross traffic, of `line_bytes` (preamble and gap included), whose last bit arrived at `now`. It
  // goes through queues, waves in turn, serializers and fibre like any other; the access ports of the job's own senders
  // are not where it comes from, so it does not stop while they are held. The far edge takes it off the fibre.
  void accept_background(std::uint32_t line_bytes, std::uint8_t priority, Instant now);

  // Puts a pause frame or grant of this site's far edge on the line: it skips the queues, waits for the frame being
  // serialized on the first wave, and may be lost on the fibre like any other.
  void send_signal(const PauseSignal& signal, Instant now);
  // A pause frame or grant of this direction's far edge arrived: the serializers hold from `now` on, behind the frame
  // that each has begun. What is queued stays, and the access ports are held by the thresholds, as ever.
  void obey(const PauseSignal& signal, Instant now);
  PauseTarget pause_target() const noexcept { return config_.pause_target; }
  void count_expired_pause() noexcept { ++counters_.pauses_expired; }

  // Starts every serialization that is due at or before `now`, in the order of their times.
  void settle(Instant now) {
    if (now >= last_now_ && now < next_start_) [[likely]]
      last_now_ = now;
    else
      start_due(now);
  }

  // When the next queued frame starts serialization, or the gate in front of it changes by itself; never() when all
  // queues are empty.
  Instant next_event() const noexcept { return next_start_; }
  // The latest time told; an earlier one is taken for this one, and counted.
  Instant settled_until() const noexcept { return last_now_; }

  // A time, `until` or earlier, before which nothing here reaches the access ports, if they send no more than `backlog`
  // bytes and, from `now` on, so many bits per second.
  Instant quiet_until(Instant now, Instant until, std::uint64_t backlog, double access_bits_per_second) const noexcept;

  // Holding a priority of the access ports at this moment.
  bool is_holding() const noexcept { return held_ != 0; }

  // The oldest drop or CNP, or the present XOFF/XON state of a priority when it is not the one told last (a hold that
  // came and went between two calls is not told). True when one was taken.
  bool take_output(Output& output) noexcept;
  bool has_outputs() const noexcept { return !dropped_frames_.is_empty() || held_ != told_; }

  // Frames on the fibre of one wave, head first, stamped with their arrival at the far edge. Consumer: the far edge.
  FrameQueue& fibre(std::size_t wave) noexcept { return waves_[wave].fibre; }
  std::size_t wave_count() const noexcept { return waves_.size(); }

  // From now on every frame that enters a serializer is noted there, pauses of the far edge not; nullptr: none is. For
  // captures.
  void note_transmissions(std::vector<LineRecord>* records) noexcept { line_records_ = records; }

  // Adopts the new values at `now`. The frame being serialized keeps its end; frames on the fibre keep their arrival;
  // accepted frames keep their verdict; queued frames are serialized at the new rate. A shorter delay never lets a
  // frame overtake (arrival is clamped to that of the frame before). Queued frames keep their wave, also one that has
  // lost its light. The number of waves must not change.
  void reconfigure(const DirectionConfig& config, Instant now);

  // Drops counted that take_output() has not handed out yet.
  std::uint64_t untold_drops() const noexcept { return untold_drops_; }
  const NearCounters& counters() const noexcept { return counters_; }
  const ActivitySeries& activity() const noexcept { return activity_; }
  std::uint64_t queued_bytes() const noexcept { return shared_bytes_; }

 private:
  struct Wave {
    explicit Wave(BitRate rate) noexcept : clock{rate} {}
    units::LineClock clock;
    Instant free_at;
    Instant last_arrival;
    PriorityQueues queues;
    FrameQueue fibre;
    Duration skew;         // on top of the fibre's delay
    bool is_dark = false;  // what starts serialization is lost
  };
  void set_waves(const DirectionConfig& config) noexcept;
  Instant clamp(Instant now) noexcept;
  void mark_ecn(Descriptor& descriptor, std::uint64_t queue_bytes, Instant now) noexcept;
  [[gnu::cold, gnu::noinline]] void notify(const Descriptor& descriptor, Instant now) noexcept;
  [[gnu::cold, gnu::noinline]] void drop(Frame* frame, Cause cause, Instant at) noexcept;
  void start_due(Instant now);
  std::uint32_t start_next(Wave& wave) noexcept;
  Wave* next_wave() noexcept;
  // While the gate is not open.
  [[gnu::cold, gnu::noinline]] void accept_at_gate(Wave& wave, Frame* frame, Instant now) noexcept;
  [[gnu::cold, gnu::noinline]] void start_due_at_gate(Instant now) noexcept;
  void go_on(Instant now) noexcept;
  void on_gate_event(Instant at) noexcept;
  Instant next_gate_event() const noexcept;
  void find_next_start() noexcept;
  void queue_up(Wave& wave, Frame* frame, Instant now) noexcept;
  void transmit(Wave& wave, Frame* frame, Instant start) noexcept;
  void release_bytes(const Descriptor& descriptor, Instant at) noexcept;
  [[gnu::noinline]] void hold(std::uint8_t priority, Instant at) noexcept;
  [[gnu::noinline]] void resume(std::uint8_t priority, Instant at) noexcept;

  NearEdgeConfig config_;
  FibreConfig fibre_config_;
  FramePool& pool_;
  Impairments impairments_;
  Random ecn_draws_, jitter_draws_;
  std::vector<Wave> waves_;
  std::uint64_t shared_bytes_ = 0;
  std::uint64_t next_ordinal_ = 0;
  Instant last_now_;
  Instant next_start_ = Instant::never();
  std::array<std::uint64_t, PriorityQueues::priorities> priority_bytes_{};
  std::array<Instant, PriorityQueues::priorities> changed_at_{};  // last XOFF or XON
  std::uint8_t held_ = 0;                                         // a bit per priority
  std::uint8_t told_ = 0;                                         // what take_output() has told of it
  std::uint32_t overhead_ = 0;                                    // of each frame on the line
  SerializerGate gate_;                                           // what the far edge lets start
  FrameQueue dropped_frames_;                                     // and CNPs, which leave towards the senders
  std::uint64_t untold_drops_ = 0;
  std::vector<LineRecord>* line_records_ = nullptr;
  NearCounters counters_;
  ActivitySeries activity_;
  Balancer balancer_;
  Notifier notifier_;
};

}  // namespace farlink::link
