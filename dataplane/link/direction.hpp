// SPDX-License-Identifier: Apache-2.0
// One direction of a link, near edge to far edge. It never asks for the time; it is told. No clock, thread, log or file
// in it, no virtual call, and it reads no payload. Live, one lcore owns it whole. In virtual time one thread does, or,
// after divide(), the near site's thread owns near() and the far site's thread far(), one propagation delay apart, and
// exchange() belongs to whoever holds both.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/link/far_edge.hpp"
#include "dataplane/link/near_edge.hpp"

namespace farlink::link {

class Direction {
 public:
  // frame_capacity: how many frames may be inside at once; 0 lets the pool grow (virtual time).
  explicit Direction(const DirectionConfig& config, std::size_t frame_capacity = 0);
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;

  void enqueue(const Descriptor& descriptor, Instant now) { near_.enqueue(descriptor, now); }

  // The earliest internal change, or the time already told when outputs of it wait; never() when nothing is inside.
  Instant next_event() const noexcept;

  // Emits what left up to and including `now`: drops and XOFF/XON of the near edge, then exits and drops of the far
  // edge in stamp order. Returns how many; when it filled `outputs`, call again.
  std::size_t advance(Instant now, std::span<Output> outputs);

  // PFC from a receiver at exit port `port`; quanta of 512 bit times, 0 resumes. Settles every stage to `now` first.
  void pause(std::uint16_t port, std::uint8_t priority, std::uint16_t quanta, Instant now) {
    near_.settle(now);
    far_.pause(port, priority, quanta, now);
  }

  // See NearEdge::reconfigure for what happens to frames in flight.
  void reconfigure(const DirectionConfig& config, Instant now);

  // Each edge works on queues of its own from now on: what the near edge puts onto the fibre reaches the far edge, and
  // what the far edge gives back reaches the near one, with the next exchange(), and not before. For next_exit() and
  // take_exit() with times known until one propagation delay after the last exchange.
  void divide();
  void exchange() noexcept;

  // Frames inside: taken from the pool and not given back. Counted apart from the in/out counters, so that
  // in + generated + duplicated = out + absorbed + dropped + held is a check and not a definition. Cross traffic is
  // generated and absorbed.
  std::uint64_t frames_held() const noexcept { return pool_.taken(); }
  // Of cross traffic.
  std::uint64_t background_held() const noexcept {
    const NearCounters& in = near_.counters();
    return in.background_in - in.background_dropped.total() - far_.counters().background_out;
  }
  bool is_conserved() const noexcept;

  NearEdge& near() noexcept { return near_; }
  FarEdge& far() noexcept { return far_; }
  const NearEdge& near() const noexcept { return near_; }
  const FarEdge& far() const noexcept { return far_; }
  std::size_t frame_capacity() const noexcept { return pool_.capacity(); }
  const DirectionConfig& config() const noexcept { return config_; }

 private:
  static std::vector<FrameQueue*> fibres_of(NearEdge& near);

  DirectionConfig config_;
  FramePool pool_;
  NearEdge near_;
  FarEdge far_;
  // After divide(): the far edge's.
  std::vector<FrameQueue> arriving_;  // a wave each
  FramePool returned_{FramePool::Returns{}};
};

}  // namespace farlink::link
