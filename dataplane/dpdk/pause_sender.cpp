// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/pause_sender.hpp"

#include <algorithm>

#include "dataplane/wire/pause.hpp"

namespace farlink::dpdk {

PauseSender::PauseSender(const std::vector<Port*>& access, bool is_shared, units::BitRate access_rate,
                         rte_mempool* pool, Relays& relays)
    : pool_{pool}, half_{wire::pause_time(wire::max_pause_quanta, access_rate) / 2} {
  for (Port* port : access)
    outlets_.push_back(std::make_unique<Outlet>(*port, is_shared, units::Duration::max(), nullptr,
                                                relays.add_transmit(*port, units::Duration::max(), false)));
}

void PauseSender::hold(std::uint8_t priority, units::Instant now) {
  held_ = static_cast<std::uint8_t>(held_ | (1U << priority));
  send_holds(now);
}

void PauseSender::release(std::uint8_t priority, units::Instant now) {
  held_ = static_cast<std::uint8_t>(held_ & ~(1U << priority));
  send(static_cast<std::uint8_t>(1U << priority), 0, now);
  if (held_ == 0) next_refresh_ = units::Instant::never();
}

void PauseSender::send_holds(units::Instant now) {
  send(held_, wire::max_pause_quanta, now);
  next_refresh_ = now + half_;
}

void PauseSender::send(std::uint8_t priorities, std::uint16_t quanta, units::Instant now) {
  for (auto& outlet : outlets_) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    if (mbuf == nullptr) {
      ++unsent_;
      continue;
    }
    wire::PfcFrame frame;
    std::copy_n(std::begin(outlet->port().mac().addr_bytes), frame.source.size(), frame.source.begin());
    frame.priorities = priorities;
    for (std::size_t i = 0; i < frame.quanta.size(); ++i)
      frame.quanta[i] = ((priorities >> i) & 1U) != 0 ? quanta : std::uint16_t{0};
    char* bytes = rte_pktmbuf_append(mbuf, wire::pause_frame_bytes);
    wire::build(frame, {reinterpret_cast<std::byte*>(bytes), wire::pause_frame_bytes});
    outlet->push(mbuf, wire::pause_frame_bytes, now);
  }
}

}  // namespace farlink::dpdk
