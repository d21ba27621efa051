// SPDX-License-Identifier: Apache-2.0
// One cache line per frame in flight, linked into queues without copying. A pool of fixed capacity never allocates
// after its construction (live: what the mempool holds); a growing one adds a block of 4,096 frames when the peak rises
// (virtual time, where the peak is not known in advance). Owner: one thread. Where near and far edge have a thread
// each, the far edge gives frames to a pool of its own, which passes them on between two windows.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

struct alignas(64) Frame {
  Descriptor descriptor;
  units::Instant stamp;  // the next time that matters: fibre exit, then exit port
  Frame* next = nullptr;
};
static_assert(sizeof(Frame) == 64, "state per frame in flight is one cache line");

class FramePool {
 public:
  struct Returns {};
  // One that only takes back what another pool handed out, and passes it on.
  explicit FramePool(Returns) noexcept : taken_{owed}, is_fixed_{false} {}

  // capacity 0: grows.
  explicit FramePool(std::size_t capacity = 0) : is_fixed_{capacity > 0} {
    if (is_fixed_) add_block(capacity);
  }

  // nullptr when a fixed pool is empty.
  [[gnu::always_inline]] Frame* take() {
    Frame* frame = free_;
    if (frame != nullptr) {
      free_ = frame->next;
      if (free_ != nullptr) __builtin_prefetch(free_, 1);  // given back long ago when the list is long
    } else {
      if (fresh_ == fresh_end_ && !next_block()) return nullptr;
      frame = fresh_++;
    }
    ++taken_;
    return frame;
  }

  // A fixed pool hands out what came back last, which the cache still has. A growing one has more than any cache holds
  // on the way, and keeps their order: what goes onto a fibre in turn then lies in turn in memory.
  void give(Frame* frame) noexcept {
    assert(taken_ > 0);
    if (free_ == nullptr || is_fixed_) {
      if (free_ == nullptr) last_free_ = frame;
      frame->next = free_;
      free_ = frame;
    } else {
      frame->next = nullptr;
      last_free_->next = frame;
      last_free_ = frame;
    }
    if (--taken_ == 0) start_over();
  }

  // Of a pool of returns: gives everything back to the pool it came from.
  void pass_on_to(FramePool& pool) noexcept {
    if (free_ == nullptr) return;
    if (pool.free_ == nullptr) pool.last_free_ = last_free_;
    last_free_->next = pool.free_;
    pool.free_ = free_;
    pool.taken_ -= owed - taken_;
    free_ = nullptr;
    taken_ = owed;
    if (pool.taken_ == 0) pool.start_over();
  }

  std::size_t taken() const noexcept { return taken_; }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::size_t block_frames = 4'096;
  static constexpr std::size_t owed = ~std::size_t{0} >> 1U;  // a pool of returns is never whole

  struct Block {
    std::unique_ptr<Frame[]> frames;
    std::size_t count = 0;
  };

  // Frames given back in the order of their exits would in time lie all over the pool, and each would be a cache miss.
  // So whenever the pool is whole again, it is handed out from its beginning, in the order of memory.
  void start_over() noexcept {
    free_ = nullptr;
    block_ = 0;
    fresh_ = blocks_.front().frames.get();
    fresh_end_ = fresh_ + blocks_.front().count;
  }

  // False: a fixed pool is used up.
  bool next_block() {
    if (block_ + 1 >= blocks_.size()) {
      if (is_fixed_) return false;
      add_block(block_frames);
    }
    if (fresh_ != nullptr) ++block_;
    fresh_ = blocks_[block_].frames.get();
    fresh_end_ = fresh_ + blocks_[block_].count;
    return true;
  }

  void add_block(std::size_t frames) {
    blocks_.push_back({std::make_unique<Frame[]>(frames), frames});
    capacity_ += frames;
    if (is_fixed_) start_over();
  }

  std::vector<Block> blocks_;
  std::size_t block_ = 0;   // that fresh_ lies in
  Frame* fresh_ = nullptr;  // not handed out since the pool was last whole
  Frame* fresh_end_ = nullptr;
  Frame* free_ = nullptr;       // given back since
  Frame* last_free_ = nullptr;  // the end of that list, while there is one
  std::size_t taken_ = 0;
  std::size_t capacity_ = 0;
  bool is_fixed_;
};

// First in, first out, over frames of a pool.
class FrameQueue {
 public:
  bool is_empty() const noexcept { return head_ == nullptr; }
  Frame* front() const noexcept { return head_; }
  void push(Frame* frame) noexcept {
    frame->next = nullptr;
    if (head_ == nullptr)
      head_ = frame;
    else
      tail_->next = frame;
    tail_ = frame;
  }
  // Takes over all that is in the other.
  void append(FrameQueue& other) noexcept {
    if (other.head_ == nullptr) return;
    if (head_ == nullptr)
      head_ = other.head_;
    else
      tail_->next = other.head_;
    tail_ = other.tail_;
    other.head_ = nullptr;
  }
  Frame* pop() noexcept {
    Frame* frame = head_;
    head_ = frame->next;
    // On a long fibre the next frames were last touched megabytes ago, and one frame's time is too short to fetch one.
    if (head_ != nullptr && head_->next != nullptr) __builtin_prefetch(head_->next, 1);
    return frame;
  }

 private:
  Frame* head_ = nullptr;
  Frame* tail_ = nullptr;
};

}  // namespace farlink::link
