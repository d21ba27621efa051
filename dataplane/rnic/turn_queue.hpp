// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: a ring of small numbers that holds each at most once and never allocates while it does not grow.
#pragma once

#include <cstdint>
#include <vector>

namespace farlink::rnic {

class TurnQueue {
 public:
  // Room for `count` members.
  void reserve(std::uint32_t count) {
    std::uint32_t size = 4;
    while (size < count) size *= 2;
    if (size <= ring_.size()) return;
    std::vector<std::uint32_t> larger(size);
    for (std::uint32_t i = head_; i != tail_; ++i) larger[i & (size - 1)] = ring_[i & (ring_.size() - 1)];
    ring_.swap(larger);
  }
  bool is_empty() const noexcept { return head_ == tail_; }
  void push(std::uint32_t member) noexcept { ring_[tail_++ & (ring_.size() - 1)] = member; }
  std::uint32_t front() const noexcept { return ring_[head_ & (ring_.size() - 1)]; }
  std::uint32_t pop() noexcept { return ring_[head_++ & (ring_.size() - 1)]; }

 private:
  std::vector<std::uint32_t> ring_ = std::vector<std::uint32_t>(4);
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
};

}  // namespace farlink::rnic
