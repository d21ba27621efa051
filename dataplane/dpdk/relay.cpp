// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/relay.hpp"

#include <algorithm>
#include <array>

namespace farlink::dpdk {
namespace {

constexpr std::size_t burst = 64;

}  // namespace

ReceiveRelay::~ReceiveRelay() {
  std::array<rte_mbuf*, burst> mbufs;
  while (const std::uint32_t count = ring_.take(mbufs)) rte_pktmbuf_free_bulk(mbufs.data(), count);
}

std::uint32_t ReceiveRelay::step() noexcept {
  std::array<rte_mbuf*, burst> mbufs;
  const std::size_t room = std::min<std::size_t>(burst, ring_.room());
  if (room == 0) return 0;
  const std::uint16_t count = port_.receive({mbufs.data(), room});
  return count == 0 ? 0 : ring_.give({mbufs.data(), count});
}

TransmitRelay::~TransmitRelay() {
  std::array<Departure, burst> departures;
  while (const std::uint32_t count = ring_.take(departures))
    for (std::uint32_t i = 0; i < count; ++i) rte_pktmbuf_free(departures[i].mbuf);
}

std::uint32_t TransmitRelay::give(std::span<const Departure> departures) noexcept {
  const std::uint32_t count = ring_.give(departures);
  given_ += count;
  return count;
}

std::uint32_t TransmitRelay::step(units::Instant now, const TscClock* clock) noexcept {
  std::array<Departure, burst> departures;
  const std::uint32_t count = outlet_.room() < burst ? 0 : ring_.take(departures);
  for (std::uint32_t i = 0; i < count; ++i)
    outlet_.push(departures[i].mbuf, static_cast<std::uint32_t>(departures[i].bytes), departures[i].due);
  if (outlet_.is_empty()) return count;
  outlet_.flush(now, clock);
  const OutletCounters& c = outlet_.counters();
  done_.store(c.sent + c.refused + c.down, std::memory_order_release);
  return count;
}

}  // namespace farlink::dpdk
