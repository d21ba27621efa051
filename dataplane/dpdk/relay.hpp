// SPDX-License-Identifier: Apache-2.0
// What lets a further lcore move the frames of a port, when the lcore that serves the links has no time for the
// device's own work: one ring between the two for what the port received, and one for each outlet that leads to it.
// A frame is stamped when the link's lcore takes it from the ring, and its release lag is taken when the device has it:
// both hand-overs count as time that the emulator added.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "dataplane/dpdk/outlet.hpp"
#include "dataplane/dpdk/port.hpp"
#include "dataplane/endpoint/spsc_ring.hpp"

namespace farlink::dpdk {

class ReceiveRelay {
 public:
  explicit ReceiveRelay(Port& port) : port_{port}, ring_{slots} {}

  ~ReceiveRelay();

  // By the further lcore: one burst from the port. What the ring has no room for stays with the port, whose own counter
  // tells of what it loses then. Returns how many frames moved.
  std::uint32_t step() noexcept;

  // By the lcore of the links.
  std::uint32_t take(std::span<rte_mbuf*> mbufs) noexcept;
  const Port& port() const noexcept { return port_; }

 private:
  static constexpr std::uint32_t slots = 4'096;
  Port& port_;
  endpoint::SpscRing<rte_mbuf*> ring_;
};

class TransmitRelay {
 public:
  TransmitRelay(Port& port, units::Duration max_lag, bool records_lag)
      : ring_{slots}, outlet_{port, false, max_lag, records_lag ? &lag_ : nullptr} {}
  ~TransmitRelay();

  // By the lcore of the link; false: there is no room.
  bool give(const Departure& departure) noexcept;
  // Given, and neither sent nor lost yet. By the lcore of the link.
  std::uint64_t waiting() const noexcept { return given_ - done_.load(std::memory_order_acquire); }

  // By the further lcore: sends what was given. Returns how many frames moved.
  std::uint32_t step(units::Instant now, const TscClock* clock) noexcept;
  // Between two bursts of the further lcore.
  const Outlet& outlet() const noexcept { return outlet_; }
  const link::LagHistogram& lag() const noexcept { return lag_; }

 private:
  static constexpr std::uint32_t slots = 4'096;
  link::LagHistogram lag_;
  endpoint::SpscRing<Departure> ring_;
  Outlet outlet_;
  std::uint64_t given_ = 0;
  alignas(64) std::atomic<std::uint64_t> done_{0};
};

}  // namespace farlink::dpdk
