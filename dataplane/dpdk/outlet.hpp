// SPDX-License-Identifier: Apache-2.0
// Where frames wait for a port to take them: one burst, or more while the port is busy. The lag of a frame is taken
// when the port has accepted it. Where a further lcore sends for the port, it hands over to that lcore's own outlet.
// Owner: one lcore; several outlets may lead to one port.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/dpdk/port.hpp"
#include "dataplane/dpdk/snapshot.hpp"
#include "dataplane/dpdk/tsc_clock.hpp"
#include "dataplane/link/lag_histogram.hpp"

namespace farlink::dpdk {

struct OutletCounters {
  std::uint64_t sent = 0, sent_bytes = 0;  // bytes without FCS
  std::uint64_t refused = 0, down = 0;
  std::uint64_t late = 0;
};

// A frame on its way from one lcore to another.
struct Departure {
  rte_mbuf* mbuf = nullptr;
  units::Instant due;
  std::uint32_t bytes = 0;  // without FCS
};

class TransmitRelay;

class Outlet {
 public:
  // is_shared: other lcores send through the same port. lag: where release lags go; nullptr: nowhere.
  // relay: the lcore that sends; nullptr: this one.
  Outlet(Port& port, bool is_shared, units::Duration max_lag, link::LagHistogram* lag, TransmitRelay* relay = nullptr);
  ~Outlet();
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  // Takes the mbuf, `bytes` long without FCS, which was due at `due`. A port that takes nothing for `capacity` frames
  // loses the next. The mbuf itself is not looked at: it may be far from any cache.
  void push(rte_mbuf* mbuf, std::uint32_t bytes, units::Instant due) noexcept {
    if (count_ == capacity) [[unlikely]]
      return refuse(mbuf);
    mbufs_[count_] = mbuf;
    waiting_[count_] = {due, bytes};
    ++count_;
  }

  // Hands over what waits. clock: nullptr takes `now` for the moment of release (a test's own clock).
  void flush(units::Instant now, const TscClock* clock) noexcept {
    if (count_ != 0) transmit(now, clock);
  }

  bool is_empty() const noexcept { return count_ == 0; }
  // Frames that are neither sent nor lost yet.
  std::uint64_t waiting() const noexcept;
  std::uint32_t room() const noexcept { return capacity - count_; }
  // Null: this outlet sends itself. Its counters and lags are those that count for what was handed over.
  const TransmitRelay* relay() const noexcept { return relay_; }
  const OutletCounters& counters() const noexcept { return counters_; }
  Port& port() noexcept { return port_; }
  const Port& port() const noexcept { return port_; }

 private:
  static constexpr std::uint32_t capacity = 4'096;
  struct Waiting {
    units::Instant due;
    std::uint32_t bytes = 0;
  };

  void transmit(units::Instant now, const TscClock* clock) noexcept;
  void stamp(SendSchedule& schedule, units::Instant now) noexcept;
  void hand_over(units::Instant now) noexcept;
  void keep_back(std::uint32_t sent, units::Instant now) noexcept;
  void refuse(rte_mbuf* mbuf) noexcept;

  Port& port_;
  bool is_shared_;
  units::Duration max_lag_;
  link::LagHistogram* lag_;  // of frames with a due time of their own
  TransmitRelay* relay_;
  std::vector<rte_mbuf*> mbufs_;
  std::vector<Waiting> waiting_;
  std::uint32_t count_ = 0;
  units::Instant stuck_since_ = units::Instant::never();
  OutletCounters counters_;
};

}  // namespace farlink::dpdk
