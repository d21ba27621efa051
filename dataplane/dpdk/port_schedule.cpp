// SPDX-License-Identifier: Apache-2.0
// Scheduled transmission of a port whose NIC offers it: its clock beside ours.
#define ALLOW_EXPERIMENTAL_API  // rte_eth_read_clock(); there is no other way to the clock that the times are in
#include <chrono>
#include <limits>
#include <thread>

#include "dataplane/dpdk/port.hpp"

namespace farlink::dpdk {

// Of several readings the one that took least: nobody interrupted it.
bool Port::read_device_clock(const TscClock& clock, DeviceReading& reading) const noexcept {
  constexpr int attempts = 8;
  units::Duration narrowest = units::Duration::max();
  for (int i = 0; i < attempts; ++i) {
    std::uint64_t ticks = 0;
    const units::Instant before = clock.sample_after_loads();
    if (rte_eth_read_clock(id_, &ticks) != 0) return false;
    const units::Instant after = clock.sample_after_loads();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    reading = {before + narrowest / 2, ticks};
  }
  return true;
}

void Port::begin_schedule(const TscClock& clock) {
  DeviceReading first, second;
  if (!can_schedule_ || !read_device_clock(clock, first)) return;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  if (!read_device_clock(clock, second)) return;
  schedule_ = std::make_unique<SendSchedule>(static_cast<std::size_t>(schedule_field_), schedule_flag_, first, second);
}

void Port::watch_schedule(const TscClock& clock) noexcept {
  DeviceReading reading;
  if (schedule_ != nullptr && schedule_flag_ != 0 && read_device_clock(clock, reading)) schedule_->note(reading);
}

// The name is mlx5's, the only driver of DPDK 22.11 that counts them.
std::uint64_t Port::missed_schedule() const noexcept {
  std::uint64_t id = 0, count = 0;
  if (schedule_ == nullptr || rte_eth_xstats_get_id_by_name(id_, "tx_pp_timestamp_past_errors", &id) != 0) return 0;
  return rte_eth_xstats_get_by_id(id_, &id, &count, 1) == 1 ? count : 0;
}

}  // namespace farlink::dpdk
