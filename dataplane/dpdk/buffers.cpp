// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/buffers.hpp"

#include <algorithm>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf_pool_ops.h>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

constexpr unsigned cache_mbufs = 256;  // per lcore

std::uint32_t data_room(std::uint32_t frame_bytes) noexcept {
  const std::uint32_t room = RTE_PKTMBUF_HEADROOM + frame_bytes;
  return std::max<std::uint32_t>(RTE_MBUF_DEFAULT_BUF_SIZE, (room + 63U) / 64U * 64U);
}

std::uint64_t free_memory() {
  std::uint64_t bytes = 0;
  for (unsigned socket = 0; socket < rte_socket_count(); ++socket) {
    rte_malloc_socket_stats stats{};
    if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(socket), &stats) == 0) bytes += stats.heap_freesz_bytes;
  }
  return bytes;
}

// As rte_pktmbuf_pool_create does, but where addresses are virtual to devices too an mbuf may lie across pages: without
// hugepages each would otherwise take pages of its own, nearly twice the memory.
rte_mempool* make_pool(const std::string& name, std::uint32_t count, std::uint32_t room) {
  const unsigned flags = rte_eal_iova_mode() == RTE_IOVA_VA ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0U;
  rte_mempool* pool = rte_mempool_create_empty(name.c_str(), count, static_cast<unsigned>(sizeof(rte_mbuf)) + room,
                                               cache_mbufs, sizeof(rte_pktmbuf_pool_private), SOCKET_ID_ANY, flags);
  if (pool == nullptr) return nullptr;
  rte_pktmbuf_pool_private settings{};
  settings.mbuf_data_room_size = static_cast<std::uint16_t>(room);
  if (const int error = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr); error != 0) {
    rte_mempool_free(pool);
    rte_errno = -error;
    return nullptr;
  }
  rte_pktmbuf_pool_init(pool, &settings);
  if (const int error = rte_mempool_populate_default(pool); error < 0) {
    rte_mempool_free(pool);
    rte_errno = -error;
    return nullptr;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return pool;
}

}  // namespace

std::uint64_t Buffers::bytes_of_one(std::uint32_t frame_bytes) noexcept {
  constexpr std::uint64_t pool_header = 64;
  return pool_header + sizeof(rte_mbuf) + data_room(frame_bytes);
}

Buffers::Buffers(const std::string& name, std::uint32_t count, std::uint32_t frame_bytes)
    : count_{count},
      frame_bytes_{data_room(frame_bytes) - RTE_PKTMBUF_HEADROOM},
      pool_{make_pool(name, count, data_room(frame_bytes))} {
  if (pool_ != nullptr) return;
  const std::uint64_t each = bytes_of_one(frame_bytes);
  throw DeviceError("memory for " + std::to_string(count) + " mbufs of " + std::to_string(each) + " bytes (" +
                    std::to_string(count * each >> 20) + " MiB) is not there: " + rte_strerror(rte_errno) + "; " +
                    std::to_string(free_memory() / each) +
                    " would fit. Give more with dpdk.memory and hugepages, or ask for less: a shorter link, a lower "
                    "rate, smaller buffers, a larger dpdk.mean-frame (farlink plan --live shows the sum)");
}

Buffers::~Buffers() { rte_mempool_free(pool_); }

}  // namespace farlink::dpdk
