// SPDX-License-Identifier: Apache-2.0
// A port inside the process (net_ring): what one side puts in, the dataplane receives, and what the dataplane sends,
// the side takes out. Endpoints, benchmarks and tests stand behind such ports. Owner of give() and take(): one thread
// each.
#pragma once

#include <cstdint>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <span>
#include <string>

namespace farlink::dpdk {

class RingPort {
 public:
  // name: [a-z0-9-]+, unique; slots: a power of two, frames that may wait in each direction. Throws DeviceError.
  RingPort(const std::string& name, std::uint32_t slots);
  // What is sent comes straight back: a port that recycles its frames.
  static RingPort looped(const std::string& name, std::uint32_t slots) { return RingPort{name, slots, true}; }
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  // What a scenario's `ports:` would say.
  const std::string& device() const noexcept { return device_; }

  // Returns how many went in; the others stay the caller's.
  std::uint32_t give(std::span<rte_mbuf* const> mbufs) noexcept {
    return rte_ring_sp_enqueue_burst(to_dataplane_, reinterpret_cast<void* const*>(mbufs.data()),
                                     static_cast<unsigned>(mbufs.size()), nullptr);
  }
  std::uint32_t take(std::span<rte_mbuf*> mbufs) noexcept {
    return rte_ring_sc_dequeue_burst(from_dataplane_, reinterpret_cast<void**>(mbufs.data()),
                                     static_cast<unsigned>(mbufs.size()), nullptr);
  }
  // Frees what waits in both directions; while neither side is at work.
  void clear() noexcept;
  bool has_frames() const noexcept { return rte_ring_empty(from_dataplane_) == 0; }

 private:
  RingPort(const std::string& name, std::uint32_t slots, bool is_looped);

  rte_ring* to_dataplane_;
  rte_ring* from_dataplane_;
  std::string device_;
};

}  // namespace farlink::dpdk
