// SPDX-License-Identifier: Apache-2.0
// A ring of values between two lcores: DPDK's, with one producer and one consumer.
#pragma once

#include <cstdint>
#include <rte_errno.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <span>
#include <string>
#include <type_traits>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {

template <typename T>
class Ring {
  static constexpr unsigned bytes_each = sizeof(T);  // NOLINT(bugprone-sizeof-expression): of pointers as well
  static_assert(std::is_trivially_copyable_v<T> && bytes_each % 4 == 0);

 public:
  // slots: a power of two; one of them stays empty. Throws DeviceError.
  Ring(const std::string& name, std::uint32_t slots)
      : ring_{rte_ring_create_elem(name.c_str(), bytes_each, slots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)} {
    if (ring_ == nullptr) throw DeviceError("memory for ring " + name + " is not there: " + rte_strerror(rte_errno));
  }
  ~Ring() { rte_ring_free(ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  std::uint32_t give(std::span<const T> values) noexcept {
    return rte_ring_sp_enqueue_burst_elem(ring_, values.data(), bytes_each, static_cast<unsigned>(values.size()),
                                          nullptr);
  }
  std::uint32_t take(std::span<T> values) noexcept {
    return rte_ring_sc_dequeue_burst_elem(ring_, values.data(), bytes_each, static_cast<unsigned>(values.size()),
                                          nullptr);
  }
  std::uint32_t room() const noexcept { return rte_ring_free_count(ring_); }

 private:
  rte_ring* ring_;
};

}  // namespace farlink::dpdk
