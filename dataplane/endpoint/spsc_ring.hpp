// SPDX-License-Identifier: Apache-2.0
// A ring of fixed size between two threads: one pushes, one pops, nobody waits and nothing is allocated after
// construction. What is pushed is seen whole by the thread that pops it.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace farlink::endpoint {

template <typename T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Room for at least `slots`; the next power of two.
  explicit SpscRing(std::uint32_t slots) : slots_(std::bit_ceil(std::max<std::uint32_t>(slots, 2))) {}
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  // False: full, nothing was pushed. Owner: the pushing thread.
  bool push(const T& value) noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - known_head_ == slots_.size()) {
      known_head_ = head_.load(std::memory_order_acquire);
      if (tail - known_head_ == slots_.size()) return false;
    }
    slots_[tail & (slots_.size() - 1)] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // How many more can be pushed now, at least. Owner: the pushing thread.
  std::uint32_t room() noexcept {
    known_head_ = head_.load(std::memory_order_acquire);
    return static_cast<std::uint32_t>(slots_.size() - (tail_.load(std::memory_order_relaxed) - known_head_));
  }

  // False: empty, `value` is untouched. Owner: the popping thread.
  bool pop(T& value) noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == known_tail_) {
      known_tail_ = tail_.load(std::memory_order_acquire);
      if (head == known_tail_) return false;
    }
    value = slots_[head & (slots_.size() - 1)];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  std::uint32_t slots() const noexcept { return static_cast<std::uint32_t>(slots_.size()); }

 private:
  std::vector<T> slots_;
  // Each side's own place, and what it last saw of the other's, on a cache line of its own.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t known_head_ = 0;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t known_tail_ = 0;
};

}  // namespace farlink::endpoint
