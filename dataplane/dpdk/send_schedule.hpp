// SPDX-License-Identifier: Apache-2.0
// Scheduled transmission: a NIC that offers RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP gets frames a little before they are
// due, each with its time on the NIC's own clock, and lets them go then. This is that clock beside ours, and the
// writing of the times into mbufs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_spinlock.h>

#include "dataplane/units/time.hpp"

namespace farlink::dpdk {

// One moment on both clocks.
struct DeviceReading {
  units::Instant at;        // ours
  std::uint64_t ticks = 0;  // the device's
};

class SendSchedule {
 public:
  // How early a frame is handed over: several times what a NIC needs to fetch a descriptor over PCIe.
  static constexpr units::Duration lead = units::Duration::microseconds(5);

  // From two readings, the rate; the further apart, the better. field, flag: of rte_mbuf_dyn_tx_timestamp_register().
  // Throws DeviceError when the device's clock did not run between them.
  SendSchedule(std::size_t field, std::uint64_t flag, DeviceReading first, DeviceReading second);

  // A later reading. By one thread, a few times a second.
  void note(DeviceReading reading) noexcept;

  // By any lcore that sends.
  std::uint64_t ticks_at(units::Instant due) noexcept {
    rte_spinlock_lock(&lock_);
    const auto since = static_cast<double>((due - last_.at).picoseconds());
    const std::uint64_t ticks = last_.ticks + static_cast<std::uint64_t>(static_cast<std::int64_t>(since * rate_));
    rte_spinlock_unlock(&lock_);
    return ticks;
  }
  void stamp(rte_mbuf& mbuf, units::Instant due) noexcept {
    *RTE_MBUF_DYNFIELD(&mbuf, field_, std::uint64_t*) = ticks_at(due);
    mbuf.ol_flags |= flag_;
  }
  std::uint64_t flag() const noexcept { return flag_; }
  std::uint64_t ticks_of(const rte_mbuf& mbuf) const noexcept {
    return *RTE_MBUF_DYNFIELD(&mbuf, field_, const std::uint64_t*);
  }

 private:
  std::size_t field_;
  std::uint64_t flag_;
  DeviceReading first_, last_;
  double rate_ = 0;  // ticks per picosecond
  rte_spinlock_t lock_ = RTE_SPINLOCK_INITIALIZER;
};

}  // namespace farlink::dpdk
