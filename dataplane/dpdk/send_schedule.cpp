// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/send_schedule.hpp"

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

double rate_between(const DeviceReading& a, const DeviceReading& b) noexcept {
  return static_cast<double>(b.ticks - a.ticks) / static_cast<double>((b.at - a.at).picoseconds());
}

}  // namespace

SendSchedule::SendSchedule(std::size_t field, std::uint64_t flag, DeviceReading first, DeviceReading second)
    : field_{field}, flag_{flag}, first_{first}, last_{second} {
  if (second.at <= first.at || second.ticks <= first.ticks)
    throw DeviceError("the port offers scheduled transmission, and its clock does not run");
  rate_ = rate_between(first_, last_);
}

// The rate over all the time that has passed, from the latest reading on: its own error stays small, and that of the
// rate has no time to add up.
void SendSchedule::note(DeviceReading reading) noexcept {
  rte_spinlock_lock(&lock_);
  if (reading.at > last_.at && reading.ticks > last_.ticks) {
    last_ = reading;
    rate_ = rate_between(first_, last_);
  }
  rte_spinlock_unlock(&lock_);
}

}  // namespace farlink::dpdk
