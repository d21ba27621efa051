// SPDX-License-Identifier: Apache-2.0
// The software RNICs of one site behind one in-process port, in real frames: headers, payload and ICRC are made for
// every frame sent, and the ICRC of every frame received is checked. Nobody reads the data, so payload comes from one
// buffer with the time of sending in its first eight bytes, and is discarded on arrival. PFC holds all RNICs of the
// site. Owner: one lcore, the one of the site; control talks to it through channel() alone while it runs.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "dataplane/dpdk/ring_port.hpp"
#include "dataplane/dpdk/tsc_clock.hpp"
#include "dataplane/endpoint/channel.hpp"
#include "dataplane/link/event_wheel.hpp"
#include "dataplane/link/lag_histogram.hpp"
#include "dataplane/rnic/nic.hpp"
#include "dataplane/rnic/wire_frame.hpp"

namespace farlink::dpdk {

// What a frame that waits nowhere takes to come here: propagation and equipment, and its time at two rates.
struct ArrivalPath {
  units::Duration delay;
  units::BitRate line_rate, exit_rate;
};

struct EndpointConfig {
  std::uint8_t site = 0, far_site = 1;  // part of every address
  rnic::Config nic;                     // of each; the IP version is IPv4, without a VLAN tag
  std::uint32_t nics = 1;
  units::BitRate port_rate;  // whose bit time the quanta of a pause count
  units::Duration max_lag;   // what is later than this is counted
  ArrivalPath path;
  std::uint32_t channel_slots = 65'536;
};

struct EndpointCounters {
  std::uint64_t sent = 0, received = 0;  // frames
  std::uint64_t late = 0;                // sent later than max-lag after they were due
  std::uint64_t late_posts = 0;  // requests that came later than max-lag after their cause, to an idle queue pair
  std::uint64_t unsent = 0;      // frames that found no mbuf; lost
  std::uint64_t foreign = 0;     // received frames for nobody here, or no RoCEv2
  std::uint64_t pauses = 0;      // PFC and pause frames received
};

class Endpoint {
 public:
  // `port` and `pool` must outlive it. Throws DeviceError when the pool's mbufs are too small for a frame.
  Endpoint(const EndpointConfig& config, RingPort& port, rte_mempool* pool);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Opens a queue pair to `destination_qp` of RNIC `far_nic` at the far site; returns its number. Not while step() may
  // run: before the start, or as a task of the lcore.
  std::uint32_t open(std::uint32_t nic, std::uint32_t destination_qp, std::uint32_t far_nic, std::uint32_t entropy);

  // One iteration at `now`: requests, frames from the port, then all that the RNICs have due. clock: nullptr takes
  // `now` for the moment of sending and receiving as well. Returns how many frames moved.
  std::uint32_t step(units::Instant now, const TscClock* clock);

  endpoint::Channel& channel() noexcept { return channel_; }
  // Frames sent so far; any thread.
  std::uint64_t sent_so_far() const noexcept { return sent_so_far_.load(std::memory_order_relaxed); }
  // When the port took the first frame; never() before. Any thread.
  units::Instant first_sent_at() const noexcept { return first_sent_at_.load(std::memory_order_relaxed); }

  // Frames sent from `since` on take another path; as a task of the lcore.
  void change_path(const ArrivalPath& path, units::Instant since) { paths_.push_back({since, path}); }

  // The rest: when step() is not running.
  const rnic::Nic& nic(std::uint32_t number) const noexcept { return *nics_[number]; }
  std::uint32_t nic_count() const noexcept { return static_cast<std::uint32_t>(nics_.size()); }
  const EndpointCounters& counters() const noexcept { return counters_; }
  // Sending: actual minus due time.
  const link::LagHistogram& lag() const noexcept { return lag_; }
  // From what a request was posted for until the RNIC saw it.
  const link::LagHistogram& control_lag() const noexcept { return control_lag_; }
  // One-way time of intact frames with payload, minus what an empty path takes: waiting in queues, and our own error.
  const link::LagHistogram& excess_delay() const noexcept { return excess_delay_; }

 private:
  static constexpr std::uint32_t burst = 64;

  bool take_posted(units::Instant now);
  bool has_run_dry(std::uint32_t nic, std::uint32_t qp) const noexcept;
  std::uint32_t take_frames(units::Instant now, const TscClock* clock);
  void take(const rte_mbuf* mbuf, units::Instant now, const TscClock* clock);
  void obey(std::span<const std::byte> bytes, units::Instant now);
  void hold_until(units::Instant until, units::Instant now);
  std::uint32_t send_due(units::Instant now, const TscClock* clock);
  void make_frame(std::uint32_t nic, const rnic::Frame& frame, units::Instant due, units::Instant now);
  std::uint32_t give(const TscClock* clock, units::Instant now);
  void hand_over(std::uint32_t nic, units::Instant now);
  rnic::EndpointAddress address(std::uint8_t site, std::uint32_t nic) const noexcept;

  EndpointConfig config_;
  RingPort& port_;
  rte_mempool* pool_;
  endpoint::Channel channel_;
  std::vector<std::unique_ptr<rnic::Nic>> nics_;
  link::EventWheel events_;                   // per RNIC
  std::deque<endpoint::Completed> unhanded_;  // found the ring full; grows only while control is behind
  std::vector<std::byte> payload_;
  std::array<rte_mbuf*, burst> waiting_{};  // made, not yet taken by the port
  std::array<units::Instant, burst> due_{};
  std::uint32_t waiting_count_ = 0;
  bool is_held_ = false;
  units::Instant held_until_;
  EndpointCounters counters_;
  link::LagHistogram lag_, control_lag_, excess_delay_;
  struct PathFrom {
    units::Instant since;
    ArrivalPath path;
  };
  std::deque<PathFrom> paths_;  // of frames on their way, oldest first
  std::atomic<std::uint64_t> sent_so_far_{0};
  std::atomic<units::Instant> first_sent_at_{units::Instant::never()};
};

}  // namespace farlink::dpdk
