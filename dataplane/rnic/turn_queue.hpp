// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: a ring of small numbers that holds each at most once. The usual few queue pairs of a RNIC need no
// memory of their own; it allocates only when reserve() grows it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace farlink::rnic {

class TurnQueue {
 public:
  TurnQueue() noexcept : ring_{few_.data()} {}
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;

  // Room for `count` members.
  void reserve(std::uint32_t count) {
    std::uint32_t size = mask_ + 1;
    while (size < count) size *= 2;
    if (size == mask_ + 1) return;
    std::vector<std::uint32_t> larger(size);
    for (std::uint32_t i = head_; i != tail_; ++i) larger[i & (size - 1)] = ring_[i & mask_];
    many_.swap(larger);
    ring_ = many_.data();
    mask_ = size - 1;
  }
  bool is_empty() const noexcept { return head_ == tail_; }
  void push(std::uint32_t member) noexcept { ring_[tail_++ & mask_] = member; }
  std::uint32_t front() const noexcept { return ring_[head_ & mask_]; }
  std::uint32_t pop() noexcept { return ring_[head_++ & mask_]; }

 private:
  std::array<std::uint32_t, 16> few_{};
  std::uint32_t* ring_;
  std::uint32_t mask_ = 15;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::vector<std::uint32_t> many_;
};

}  // namespace farlink::rnic
