// SPDX-License-Identifier: Apache-2.0
// Room for the trains of one span: frames that have reached a site's RNICs, RNIC by RNIC, and frames that its RNICs
// have sent, brought into the order in which they reach the near edges. Owner: the site.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/link/frame_pool.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::virtual_time {

class TrainYard {
 public:
  using Instant = units::Instant;

  // A frame that an RNIC sent; descriptor(index) is what the link is to know of it.
  struct Departure {
    Instant at;
    std::uint32_t index = 0;
    std::uint16_t nic = 0, route = 0;
    bool operator<(const Departure& other) const noexcept {
      return at < other.at || (at == other.at && nic < other.nic);
    }
  };

  void resize(std::uint32_t nics, std::size_t directions) {
    directions_ = directions;
    arrivals_.resize(directions);
    queues_.resize(nics * directions);
    is_due_.resize(nics);
  }

  // RNICs that have something to do.
  void note_due(std::uint32_t nic) {
    if (is_due_[nic]) return;
    is_due_[nic] = 1;
    due_.push_back(nic);
  }
  std::span<const std::uint32_t> due() const noexcept { return due_; }
  // By number: RNICs that were released together send at the same times, and then in this order.
  void sort_due() { std::sort(due_.begin(), due_.end()); }

  // Which arrive by a direction, in the order of their arrival.
  void hand_out(link::Frame* frame, std::size_t direction) {
    const std::uint16_t nic = frame->descriptor.egress_port;
    queues_[nic * directions_ + direction].push(frame);
    arrivals_[direction].push_back(frame);
    note_due(nic);
  }
  std::vector<link::Frame*>& arrivals(std::size_t direction) noexcept { return arrivals_[direction]; }
  // By direction.
  std::span<link::FrameQueue> queues(std::uint32_t nic) noexcept { return {&queues_[nic * directions_], directions_}; }

  // The place for the next departure's descriptor.
  [[gnu::always_inline]] link::Descriptor& depart(Instant at, std::uint16_t nic, std::uint16_t route) {
    if (count_ == room_) grow();
    departure_room_[count_] = {at, count_, nic, route};
    return descriptor_room_[count_++];
  }
  const link::Descriptor& descriptor(std::uint32_t index) const noexcept { return descriptor_room_[index]; }
  // All of them, by time and RNIC; those of one RNIC were told in order. They lie in [begin, end).
  std::span<const Departure> in_order(Instant begin, Instant end);
  // Nobody is due, and nothing has been sent.
  void clear() noexcept {
    for (const std::uint32_t nic : due_) is_due_[nic] = 0;
    due_.clear();
    count_ = 0;
  }

 private:
  [[gnu::noinline]] void grow();

  std::size_t directions_ = 0;
  std::vector<std::uint8_t> is_due_;
  std::vector<std::uint32_t> due_;
  std::vector<std::vector<link::Frame*>> arrivals_;  // by direction
  std::vector<link::FrameQueue> queues_;             // by direction and RNIC
  std::uint32_t count_ = 0, room_ = 0;               // departures; room for them, for as many as were ever needed
  Departure* departure_room_ = nullptr;
  link::Descriptor* descriptor_room_ = nullptr;
  std::vector<Departure> departures_;
  std::vector<link::Descriptor> descriptors_;
  std::vector<Departure> ordered_;
  std::vector<std::uint32_t> ends_;  // of the buckets
};

}  // namespace farlink::virtual_time
