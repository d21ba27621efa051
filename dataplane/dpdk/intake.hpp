// SPDX-License-Identifier: Apache-2.0
// What arrives at one access port: classified, and given to the direction that leads to its destination, to another
// port of the same site, or, a pause frame, to whoever sends towards this port. The emulator is transparent: it learns
// where addresses are only when there is a choice. Owner: the lcore of the site.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "dataplane/dpdk/carrier.hpp"
#include "dataplane/dpdk/mac_table.hpp"

namespace farlink::dpdk {

// Tells the directions that lead to this site that a receiver at `port` pauses.
using PauseHandler =
    std::function<void(std::uint16_t port, std::uint8_t priority, std::uint16_t quanta, units::Instant now)>;

// Longest frame without FCS that all ports of a site can send, and with an 802.1Q tag.
struct FrameLimit {
  std::uint32_t plain = 0, tagged = 0;
};

struct IntakeOptions {
  Port* port = nullptr;
  ReceiveRelay* relay = nullptr;      // nullptr: the port itself is polled
  std::uint8_t site = 0, number = 0;  // of the port at its site
  std::vector<Carrier*> to_site;      // by site; nullptr: no link leads there
  std::vector<FrameLimit> limits;     // by site
  std::vector<Outlet*> local;         // by port of this site; itself included, unused
  MacTable* table = nullptr;          // nullptr: there is one way only
  rte_mempool* pool = nullptr;
  PauseHandler on_pause;
};

struct IntakeCounters {
  std::uint64_t received = 0, received_bytes = 0;
  std::uint64_t runts = 0, too_long = 0, unroutable = 0, local = 0, filtered = 0, flooded = 0, pause_received = 0;
};

class Intake {
 public:
  explicit Intake(IntakeOptions options);

  // Takes one burst; returns how many frames there were. With a clock `now` moves on to when they were taken: whatever
  // happened since it was read (the lcore stood still, a port took its time over what it sent), none came before that.
  std::uint32_t poll(units::Instant& now, const TscClock* clock);

  const IntakeCounters& counters() const noexcept { return counters_; }
  bool is_relayed() const noexcept { return options_.relay != nullptr; }
  const Port& port() const noexcept { return *options_.port; }
  std::uint8_t site() const noexcept { return options_.site; }
  std::uint8_t number() const noexcept { return options_.number; }

 private:
  void take(rte_mbuf* mbuf, units::Instant now);
  void take_only_way(rte_mbuf* mbuf, units::Instant now);
  void take_special(rte_mbuf* mbuf, link::FrameKind kind, units::Instant now);
  void route(rte_mbuf* mbuf, link::Descriptor& d, const link::FrameClass& what, units::Instant now);
  void flood(rte_mbuf* mbuf, link::Descriptor& d, units::Instant now);
  void cross(rte_mbuf* mbuf, link::Descriptor& d, std::size_t site, std::uint16_t egress, units::Instant now);
  void absorb(rte_mbuf* mbuf, units::Instant now);
  void drop(rte_mbuf* mbuf, std::uint64_t& counter) noexcept;

  IntakeOptions options_;
  Carrier* only_ = nullptr;  // the one way
  FrameLimit only_limit_;
  IntakeCounters counters_;
};

}  // namespace farlink::dpdk
