// SPDX-License-Identifier: Apache-2.0
// One direction of a link, live: mbufs in, mbufs out. It holds the clock-free link model, whose tokens are mbufs,
// applies the edits that the model decides, copies frames for a capture, and sends the near edge's XOFF and XON to the
// access ports as PFC frames. What its far edge has to tell its near edge, and what the other direction's far edge has,
// it exchanges with the carrier of that direction (carrier_control.cpp). Owner: one lcore.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/dpdk/outlet.hpp"
#include "dataplane/dpdk/pause_sender.hpp"
#include "dataplane/dpdk/relays.hpp"
#include "dataplane/endpoint/spsc_ring.hpp"
#include "dataplane/link/capture_ring.hpp"
#include "dataplane/link/classify.hpp"
#include "dataplane/link/direction.hpp"
#include "dataplane/link/remote_holds.hpp"

namespace farlink::dpdk {

struct CarrierOptions {
  link::DirectionConfig config;      // far_edge.ports: exit ports of the far site
  std::uint32_t frames = 0;          // inside at once, at most: all mbufs
  std::vector<Port*> exits, access;  // ports of the far and of the near site
  bool has_pfc = false;    // at the start: pause frames are sent to the access ports, and those of receivers obeyed
  bool is_shared = false;  // other lcores send through the same ports
  units::BitRate access_rate;
  units::BitRate sender_rate;  // whose bit time the quanta count for which a far edge holds the senders
  units::Duration max_lag;
  rte_mempool* pool = nullptr;
  Relays* relays = nullptr;
};

// What a far edge has to tell: to be sent over this direction, or arrived by the other one and to be obeyed here.
struct Told {
  link::PauseSignal signal;
  units::Instant at;
  bool has_arrived = false;
};

class Carrier {
 public:
  explicit Carrier(const CarrierOptions& options);
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // The other direction of the link, of the same lcore or of another one. Before the start.
  void join(Carrier& opposite, bool shares_lcore);

  // Takes a frame that arrived at `now`; descriptor.egress_port: exit port of the far site, or flood_port().
  void accept(rte_mbuf* mbuf, const link::Descriptor& descriptor, units::Instant now);
  // The same in two steps, with the descriptor written where it stays: begin() gives an empty frame, or nullptr when
  // there is no room; commit() takes it, or abandon() gives it back.
  link::Frame* begin() noexcept {
    return direction_.frames_held() == direction_.frame_capacity() ? nullptr : direction_.near().admit();
  }
  void commit(link::Frame* frame, rte_mbuf* mbuf, units::Instant now) {
    if (capture_ != nullptr && capture_point_ == link::CapturePoint::access) [[unlikely]]
      capture(mbuf, now);
    frame->descriptor.token = reinterpret_cast<std::uint64_t>(mbuf);
    direction_.near().accept(frame, now);
  }
  void abandon(link::Frame* frame) noexcept { direction_.near().abandon(frame); }
  void lose(rte_mbuf* mbuf) noexcept;  // no room
  std::uint16_t flood_port() const noexcept { return flood_port_; }

  // Does all that is due until `now`: serializers, exits, drops, pause frames. The outlets still hold what is to be
  // sent. Returns how many frames left or were lost.
  std::uint32_t advance(units::Instant now);
  void flush(units::Instant now, const TscClock* clock) noexcept;

  // PFC of a receiver at an exit port.
  void pause(std::uint16_t exit, std::uint8_t priority, std::uint16_t quanta, units::Instant now);

  void reconfigure(link::DirectionConfig config, units::Instant now);
  void start_capture(std::shared_ptr<link::CaptureRing> ring, link::CapturePoint point);
  void stop_capture();
  bool is_capturing() const noexcept { return capture_ != nullptr; }

  // The earliest time at which advance() has something to do.
  units::Instant next_event() const noexcept { return direction_.next_event(); }
  std::uint64_t frames_held() const noexcept;
  DirectionSnapshot snapshot() const;
  const Outlet& exit(std::size_t index) const noexcept { return *outlets_[index]; }
  bool sends_through(const TransmitRelay& relay) const noexcept;
  bool pauses_through(const TransmitRelay& relay) const noexcept;
  const PauseSender& pause_sender() const noexcept { return *pause_sender_; }
  // What a far edge had to tell and could not be passed on.
  std::uint64_t lost_signals() const noexcept { return lost_signals_; }

 private:
  static constexpr std::uint32_t burst = 256;
  units::Duration lead() const noexcept;
  bool has_control() const noexcept { return direction_.config().far_edge.control.index() != 0; }
  std::uint32_t take_exits(units::Instant now, std::uint32_t most);
  enum class Holder : std::uint8_t { near_edge, far_edge };  // who holds the access ports
  void begin_control(units::Instant now) noexcept;
  void end_pauses(units::Instant now);
  std::uint32_t advance_controlled(units::Instant now);
  void exchange(units::Instant now);
  void run_until(units::Instant until);
  void tell(const Told& told);
  void hear(const Told& told);
  void hold_senders(const link::PauseSignal& signal, units::Instant now);
  void end_holds(units::Instant now);
  void set_hold(Holder holder, std::uint8_t priority, bool is_held, units::Instant now);
  static rte_mbuf* mbuf_of(const link::Descriptor& d) noexcept { return reinterpret_cast<rte_mbuf*>(d.token); }
  void take_near(units::Instant now);
  void leave(link::Frame& frame);
  void leave_edited(link::Frame& frame);
  void flood(rte_mbuf* mbuf, std::uint32_t bytes, units::Instant due);
  void send_copy(const rte_mbuf* mbuf, Outlet& outlet, std::uint32_t bytes, units::Instant due);
  void capture(const rte_mbuf* mbuf, units::Instant stamp) noexcept;
  void capture_line() noexcept;

  CarrierOptions options_;
  std::uint16_t flood_port_;
  link::LagHistogram lag_;
  link::Direction direction_;
  std::vector<std::unique_ptr<Outlet>> outlets_;  // one per exit port
  std::unique_ptr<PauseSender> pause_sender_;
  PauseSender* pause_ = nullptr;  // null: off
  Carrier* opposite_ = nullptr;
  bool shares_lcore_ = false;   // with the opposite one
  bool is_controlled_ = false;  // a far edge of the link tells, or has told, its near edge something
  units::Instant exchanged_until_;
  std::unique_ptr<endpoint::SpscRing<Told>> heard_;  // from the opposite carrier's lcore
  link::RemoteHolds remote_holds_;
  std::array<std::uint8_t, 2> held_by_{};  // by Holder, a bit per priority
  std::uint64_t left_ = 0;                 // frames taken from the far edge
  std::uint64_t lost_signals_ = 0;
  std::shared_ptr<link::CaptureRing> capture_;
  link::CapturePoint capture_point_ = link::CapturePoint::access;
  std::vector<link::LineRecord> line_records_;
  units::Duration lead_;  // how far ahead of their time frames are handed over
  std::uint64_t generated_ = 0;
  std::uint64_t no_frame_ = 0;
  std::uint64_t no_copy_ = 0;  // copies that found no mbuf
};

}  // namespace farlink::dpdk
