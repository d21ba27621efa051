// SPDX-License-Identifier: Apache-2.0
// Which access port a MAC address was last seen at. Written by the lcore that receives from the port, read by any: each
// entry is one 64-bit word (address, site, port), so a reader sees the old place or the new one. When a neighbourhood
// is full a further address is not learned and its frames are flooded, as a switch does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace farlink::dpdk {

struct Place {
  std::uint8_t site = 0;
  std::uint8_t port = 0;  // of the site
  bool is_known = false;
};

class MacTable {
 public:
  // 48-bit address; a site and a port below 256.
  void learn(std::uint64_t mac, std::uint8_t site, std::uint8_t port) noexcept {
    const std::uint64_t word = (mac << 16) | (std::uint64_t{site} << 8) | port;
    std::uint64_t slot = start_of(mac);
    for (int i = 0; i < neighbourhood; ++i, slot = (slot + 1) % slots) {
      std::uint64_t seen = words_[slot].load(std::memory_order_relaxed);
      if (seen == word) return;
      if (seen >> 16 == mac && seen != 0) {
        words_[slot].store(word, std::memory_order_relaxed);
        return;
      }
      if (seen == 0 && words_[slot].compare_exchange_strong(seen, word, std::memory_order_relaxed)) return;
      if (seen >> 16 == mac) {
        words_[slot].store(word, std::memory_order_relaxed);
        return;
      }
    }
  }

  Place find(std::uint64_t mac) const noexcept {
    std::uint64_t slot = start_of(mac);
    for (int i = 0; i < neighbourhood; ++i, slot = (slot + 1) % slots) {
      const std::uint64_t word = words_[slot].load(std::memory_order_relaxed);
      if (word == 0) break;
      if (word >> 16 == mac) return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word), true};
    }
    return {};
  }

 private:
  static constexpr std::uint64_t slots = 1U << 16;
  static constexpr int neighbourhood = 16;

  static std::uint64_t start_of(std::uint64_t mac) noexcept { return (mac * 0x9e37'79b9'7f4a'7c15U) >> 48; }

  std::unique_ptr<std::atomic<std::uint64_t>[]> words_ = std::make_unique<std::atomic<std::uint64_t>[]>(slots);
};

}  // namespace farlink::dpdk
