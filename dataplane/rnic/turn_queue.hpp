// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: a ring of small numbers that holds each at most once. The usual few queue pairs of a RNIC need no
// memory of their own and less than a cache line; it allocates only when reserve() grows it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace farlink::rnic {

class TurnQueue {
 public:
  // Room for `count` members, numbers below `count`.
  void reserve(std::uint32_t count) {
    std::uint32_t size = mask_ + 1;
    while (size < count) size *= 2;
    if (size == mask_ + 1) return;
    auto larger = std::make_unique<std::uint32_t[]>(size);
    for (std::uint32_t i = head_; i != tail_; ++i) larger[i & (size - 1)] = at(i);
    many_ = std::move(larger);
    mask_ = size - 1;
  }
  bool is_empty() const noexcept { return head_ == tail_; }
  void push(std::uint32_t member) noexcept {
    const std::uint32_t i = tail_++ & mask_;
    if (many_ == nullptr)
      few_[i] = static_cast<std::uint8_t>(member);
    else
      many_[i] = member;
  }
  std::uint32_t front() const noexcept { return at(head_); }
  std::uint32_t size() const noexcept { return tail_ - head_; }
  // Who has the turn so many turns from now.
  std::uint32_t ahead(std::uint32_t turns) const noexcept { return at(head_ + turns); }
  std::uint32_t pop() noexcept { return at(head_++); }

 private:
  static constexpr std::uint32_t few = 16;

  std::uint32_t at(std::uint32_t i) const noexcept { return many_ == nullptr ? few_[i & mask_] : many_[i & mask_]; }

  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t mask_ = few - 1;
  std::array<std::uint8_t, few> few_{};
  std::unique_ptr<std::uint32_t[]> many_;
};

}  // namespace farlink::rnic
