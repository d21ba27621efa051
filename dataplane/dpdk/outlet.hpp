// SPDX-License-Identifier: Apache-2.0
// Where frames wait for a port to take them: one burst, or more while the port is busy. The lag of a frame is taken
// when the port has accepted it. Owner: one lcore; several outlets may lead to one port.
#pragma once

#include <cstdint>
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

class Outlet {
 public:
  // is_shared: other lcores send through the same port. lag: where release lags go; nullptr: nowhere.
  Outlet(Port& port, bool is_shared, units::Duration max_lag, link::LagHistogram* lag);
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
  std::uint32_t waiting() const noexcept { return count_; }
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
  void keep_back(std::uint32_t sent, units::Instant now) noexcept;
  void refuse(rte_mbuf* mbuf) noexcept;

  Port& port_;
  bool is_shared_;
  units::Duration max_lag_;
  link::LagHistogram* lag_;
  std::vector<rte_mbuf*> mbufs_;
  std::vector<Waiting> waiting_;
  std::uint32_t count_ = 0;
  units::Instant stuck_since_ = units::Instant::never();
  OutletCounters counters_;
};

}  // namespace farlink::dpdk
