// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/relay.hpp"

#include <algorithm>
#include <array>

namespace farlink::dpdk {
namespace {

constexpr std::size_t burst = 64;

}  // namespace

ReceiveRelay::~ReceiveRelay() {
  for (rte_mbuf* mbuf = nullptr; ring_.pop(mbuf);) rte_pktmbuf_free(mbuf);
}

std::uint32_t ReceiveRelay::step() noexcept {
  std::array<rte_mbuf*, burst> mbufs;
  const std::size_t room = std::min<std::size_t>(burst, ring_.room());
  if (room == 0) return 0;
  const std::uint16_t count = port_.receive({mbufs.data(), room});
  for (std::uint16_t i = 0; i < count; ++i) ring_.push(mbufs[i]);
  return count;
}

std::uint32_t ReceiveRelay::take(std::span<rte_mbuf*> mbufs) noexcept {
  std::uint32_t count = 0;
  while (count < mbufs.size() && ring_.pop(mbufs[count])) ++count;
  return count;
}

TransmitRelay::~TransmitRelay() {
  for (Departure departure; ring_.pop(departure);) rte_pktmbuf_free(departure.mbuf);
}

bool TransmitRelay::give(const Departure& departure) noexcept {
  if (!ring_.push(departure)) return false;
  ++given_;
  return true;
}

std::uint32_t TransmitRelay::step(units::Instant now, const TscClock* clock) noexcept {
  std::uint32_t count = 0;
  for (Departure d; count < burst && outlet_.room() > 0 && ring_.pop(d); ++count) outlet_.push(d.mbuf, d.bytes, d.due);
  if (outlet_.is_empty()) return count;
  outlet_.flush(now, clock);
  const OutletCounters& c = outlet_.counters();
  done_.store(c.sent + c.refused + c.down, std::memory_order_release);
  return count;
}

}  // namespace farlink::dpdk
