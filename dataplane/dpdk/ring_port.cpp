// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/ring_port.hpp"

#include <rte_errno.h>
#include <rte_eth_ring.h>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

rte_ring* make_ring(const std::string& name, std::uint32_t slots) {
  rte_ring* ring = rte_ring_create(name.c_str(), slots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr)
    throw DeviceError("ring " + name + " of " + std::to_string(slots) + " slots: " + rte_strerror(rte_errno) +
                      "; the number must be a power of two, and memory must be there");
  return ring;
}

}  // namespace

RingPort::RingPort(const std::string& name, std::uint32_t slots) : RingPort{name, slots, false} {}

RingPort::RingPort(const std::string& name, std::uint32_t slots, bool is_looped)
    : to_dataplane_{make_ring(name + "-in", slots)},
      from_dataplane_{is_looped ? to_dataplane_ : make_ring(name + "-out", slots)},
      device_{"net_ring_" + name} {
  if (rte_eth_from_rings(name.c_str(), &to_dataplane_, 1, &from_dataplane_, 1, 0) < 0)
    throw DeviceError("port " + device_ + " cannot be made: " + rte_strerror(rte_errno));
}

void RingPort::clear() noexcept {
  void* mbuf = nullptr;
  while (rte_ring_dequeue(to_dataplane_, &mbuf) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
  while (rte_ring_dequeue(from_dataplane_, &mbuf) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
}

RingPort::~RingPort() {
  clear();
  if (from_dataplane_ != to_dataplane_) rte_ring_free(from_dataplane_);
  rte_ring_free(to_dataplane_);
}

}  // namespace farlink::dpdk
