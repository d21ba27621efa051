// SPDX-License-Identifier: Apache-2.0
// XOFF and XON of a near edge as PFC frames to every access port of the site: sent when the state changes, and again
// before the quanta of a hold run out. Owner: the lcore of the direction.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/dpdk/relays.hpp"

namespace farlink::dpdk {

class PauseSender {
 public:
  // access_rate: of the ports, whose bit time the quanta count.
  PauseSender(const std::vector<Port*>& access, bool is_shared, units::BitRate access_rate, rte_mempool* pool,
              Relays& relays);

  void hold(std::uint8_t priority, units::Instant now);
  void release(std::uint8_t priority, units::Instant now);
  // Repeats holds that are half through.
  void refresh(units::Instant now) {
    if (now >= next_refresh_) [[unlikely]]
      send_holds(now);
  }
  void flush(units::Instant now, const TscClock* clock) noexcept {
    for (auto& outlet : outlets_) outlet->flush(now, clock);
  }

  const std::vector<std::unique_ptr<Outlet>>& outlets() const noexcept { return outlets_; }
  // Pause frames that found no mbuf: the senders were not held.
  std::uint64_t unsent() const noexcept { return unsent_; }

 private:
  void send_holds(units::Instant now);
  void send(std::uint8_t priorities, std::uint16_t quanta, units::Instant now);

  std::vector<std::unique_ptr<Outlet>> outlets_;
  rte_mempool* pool_;
  units::Duration half_;
  std::uint8_t held_ = 0;  // a bit per priority
  units::Instant next_refresh_ = units::Instant::never();
  std::uint64_t unsent_ = 0;
};

}  // namespace farlink::dpdk
