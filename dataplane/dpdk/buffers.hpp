// SPDX-License-Identifier: Apache-2.0
// The mempool that every port receives into: as many mbufs as may be in flight, each with room for a whole frame, so
// that a frame is one piece and one cache line of it is touched.
#pragma once

#include <cstdint>
#include <rte_mbuf.h>
#include <string>

namespace farlink::dpdk {

class Buffers {
 public:
  // Throws DeviceError, with the number that would fit, when memory is short.
  Buffers(const std::string& name, std::uint32_t count, std::uint32_t frame_bytes);
  ~Buffers();
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  rte_mempool* pool() const noexcept { return pool_; }
  std::uint32_t count() const noexcept { return count_; }
  std::uint32_t free() const noexcept { return rte_mempool_avail_count(pool_); }
  // Frames up to this length fit into one mbuf.
  std::uint32_t frame_bytes() const noexcept { return frame_bytes_; }

  // Memory of one mbuf, its header and the pool's own included.
  static std::uint64_t bytes_of_one(std::uint32_t frame_bytes) noexcept;

 private:
  std::uint32_t count_;
  std::uint32_t frame_bytes_;
  rte_mempool* pool_;
};

}  // namespace farlink::dpdk
