// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/outlet.hpp"

#include <algorithm>

namespace farlink::dpdk {
namespace {

// How long a port may take nothing before it is asked whether its link is up at all.
constexpr units::Duration patience = units::Duration::microseconds(500);

}  // namespace

Outlet::Outlet(Port& port, bool is_shared, units::Duration max_lag, link::LagHistogram* lag)
    : port_{port}, is_shared_{is_shared}, max_lag_{max_lag}, lag_{lag}, mbufs_(capacity), waiting_(capacity) {}

Outlet::~Outlet() {
  if (count_ > 0) rte_pktmbuf_free_bulk(mbufs_.data(), count_);
}

void Outlet::transmit(units::Instant now, const TscClock* clock) noexcept {
  constexpr std::uint32_t burst = 64;
  std::uint32_t sent = 0;
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
      const units::Duration lag = released - waiting_[i].due;
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
