// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/outlet.hpp"

#include <algorithm>

#include "dataplane/dpdk/relay.hpp"

namespace farlink::dpdk {
namespace {

constexpr std::uint32_t burst = 64;
// How long a port may take nothing before it is asked whether its link is up at all.
constexpr units::Duration patience = units::Duration::microseconds(500);

}  // namespace

Outlet::Outlet(Port& port, bool is_shared, units::Duration max_lag, link::LagHistogram* lag, TransmitRelay* relay)
    : port_{port},
      is_shared_{is_shared},
      max_lag_{max_lag},
      lag_{lag},
      relay_{relay},
      mbufs_(capacity),
      waiting_(capacity) {}

Outlet::~Outlet() {
  if (count_ > 0) rte_pktmbuf_free_bulk(mbufs_.data(), count_);
}

std::uint64_t Outlet::waiting() const noexcept { return count_ + (relay_ != nullptr ? relay_->waiting() : 0); }

void Outlet::transmit(units::Instant now, const TscClock* clock) noexcept {
  if (relay_ != nullptr) return hand_over(now);
  std::uint32_t sent = 0;
  const bool is_scheduled = lag_ != nullptr && port_.schedule() != nullptr;
  if (is_scheduled) [[unlikely]]
    stamp(*port_.schedule(), now);
  if (is_shared_) rte_spinlock_lock(&port_.transmit_lock());
  while (sent < count_) {
    const std::uint32_t offered = std::min(burst, count_ - sent);
    const std::uint32_t taken = port_.transmit({&mbufs_[sent], offered});
    sent += taken;
    if (taken < offered) break;
  }
  if (is_shared_) rte_spinlock_unlock(&port_.transmit_lock());
  for (std::uint32_t i = 0; i < sent; ++i) counters_.sent_bytes += waiting_[i].bytes;
  if (lag_ != nullptr && sent > 0) {
    const units::Instant released = clock != nullptr ? clock->sample() : now;
    for (std::uint32_t i = 0; i < sent; ++i) {
      units::Duration lag = released - waiting_[i].due;
      if (is_scheduled) lag = std::max(lag, units::Duration::zero());  // the NIC holds it until then
      lag_->record(lag);
      counters_.late += lag > max_lag_ ? 1U : 0U;
    }
  }
  counters_.sent += sent;
  if (sent == count_) {
    count_ = 0;
    stuck_since_ = units::Instant::never();
  } else {
    keep_back(sent, now);
  }
}

// What is due already needs no time, and NICs count such a time as an error.
void Outlet::stamp(SendSchedule& schedule, units::Instant now) noexcept {
  for (std::uint32_t i = 0; i < count_; ++i)
    if (waiting_[i].due > now) schedule.stamp(*mbufs_[i], waiting_[i].due);
}

void Outlet::hand_over(units::Instant now) noexcept {
  std::uint32_t given = 0;
  while (given < count_ && relay_->give({mbufs_[given], waiting_[given].due, waiting_[given].bytes})) ++given;
  if (given < count_) return keep_back(given, now);
  count_ = 0;
  stuck_since_ = units::Instant::never();
}

void Outlet::keep_back(std::uint32_t sent, units::Instant now) noexcept {
  std::move(mbufs_.begin() + sent, mbufs_.begin() + count_, mbufs_.begin());
  std::move(waiting_.begin() + sent, waiting_.begin() + count_, waiting_.begin());
  count_ -= sent;
  if (sent > 0 || stuck_since_ == units::Instant::never()) stuck_since_ = now;
  if (now - stuck_since_ < patience) return;
  stuck_since_ = now;
  if (port_.is_up()) return;
  rte_pktmbuf_free_bulk(mbufs_.data(), count_);
  counters_.down += count_;
  count_ = 0;
  stuck_since_ = units::Instant::never();
}

void Outlet::refuse(rte_mbuf* mbuf) noexcept {
  rte_pktmbuf_free(mbuf);
  ++counters_.refused;
}

}  // namespace farlink::dpdk
