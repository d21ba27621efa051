// SPDX-License-Identifier: Apache-2.0
// Traffic at a rate of its own, for measuring lags: a thread that takes what comes out of two in-process ports and puts
// it back at even distances. Frames that went round by themselves would keep every bunch that a pause of the machine
// ever made of them. What it could not give in time it gives later, at the same distances.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "dataplane/dpdk/ring_port.hpp"
#include "dataplane/dpdk/tsc_clock.hpp"

namespace farlink::bench {

class PacedSource {
 public:
  // mpps: of both ports together. stock: frames that it hands out, first to one port and then to the other in turn.
  PacedSource(dpdk::RingPort& west, dpdk::RingPort& east, double mpps, const std::vector<rte_mbuf*>& stock)
      : gap_{units::Duration::from_seconds(2e-6 / mpps)}, sides_{Side{&west, {}, {}}, Side{&east, {}, {}}} {
    for (Side& side : sides_) side.stock.reserve(stock.size());
    for (std::size_t i = 0; i < stock.size(); ++i) sides_[i % 2].stock.push_back(stock[i]);
    thread_ = std::thread{[this] { run(); }};
  }
  ~PacedSource() { stop(); }
  PacedSource(const PacedSource&) = delete;
  PacedSource& operator=(const PacedSource&) = delete;

  // Gives nothing more; the stock goes back to its pool.
  void stop() {
    if (!thread_.joinable()) return;
    is_stopping_.store(true, std::memory_order_relaxed);
    thread_.join();
    for (Side& side : sides_)
      if (!side.stock.empty()) rte_pktmbuf_free_bulk(side.stock.data(), static_cast<unsigned>(side.stock.size()));
  }

 private:
  struct Side {
    dpdk::RingPort* port;
    std::vector<rte_mbuf*> stock;
    units::Instant next;
  };

  void run() {
    const dpdk::TscClock clock;
    sides_[1].next += gap_ / 2;  // the directions take turns
    while (!is_stopping_.load(std::memory_order_relaxed))
      for (Side& side : sides_) step(side, clock.sample());
  }

  void step(Side& side, units::Instant now) {
    std::array<rte_mbuf*, 32> mbufs;
    const std::uint32_t count = side.port->take(mbufs);
    side.stock.insert(side.stock.end(), mbufs.begin(), mbufs.begin() + count);
    if (now < side.next || side.stock.empty()) return;
    if (side.port->give({&side.stock.back(), 1}) != 1) return;
    side.stock.pop_back();
    side.next = std::max(side.next + gap_, now - units::Duration::nanoseconds(500));
  }

  units::Duration gap_;
  std::array<Side, 2> sides_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace farlink::bench
