// SPDX-License-Identifier: Apache-2.0
// Copies of frames on their way from a forwarding lcore to whoever writes them to a file. Fixed size, lock-free, one
// producer (the lcore) and one consumer. When it is full the frame is not captured, which is counted; the link's own
// frames are never held up.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::link {

enum class CapturePoint : std::uint8_t {
  access,  // as received from the near site's port
  line,    // when its last bit has left the serializer, lost frames too
  exit,    // as sent to the far site's port
};

struct CapturedFrame {
  units::Instant stamp{};            // on the link's clock, which starts at zero
  std::uint32_t original_bytes = 0;  // of the frame without FCS; more than bytes.size() when it was cut
  std::uint16_t link = 0;
  std::uint8_t direction = 0;  // 0: west to east
  CapturePoint point = CapturePoint::access;
  std::span<const std::byte> bytes{};
};

class CaptureRing {
 public:
  // slots: a power of two; snap_bytes: what is kept of a frame at most, not 0. Else std::invalid_argument.
  CaptureRing(std::uint32_t slots, std::uint32_t snap_bytes)
      : mask_{slots - std::uint64_t{1}}, snap_{snap_bytes}, slots_(slots), bytes_(std::size_t{slots} * snap_bytes) {
    if (!std::has_single_bit(slots) || snap_bytes == 0) {
      throw std::invalid_argument("a capture ring of " + std::to_string(slots) + " slots of " +
                                  std::to_string(snap_bytes) + " bytes: slots must be a power of two, bytes above 0");
    }
  }

  // Producer.
  void push(const CapturedFrame& frame) noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) > mask_) {
      missed_.store(missed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return;
    }
    const std::size_t slot = head & mask_;
    const std::size_t kept = std::min<std::size_t>(frame.bytes.size(), snap_);
    if (kept > 0) std::memcpy(&bytes_[slot * snap_], frame.bytes.data(), kept);
    slots_[slot] = frame;
    slots_[slot].bytes = {&bytes_[slot * snap_], kept};
    head_.store(head + 1, std::memory_order_release);
  }

  // Consumer: the oldest frame, whose bytes stay valid until pop(); nullptr when there is none.
  const CapturedFrame* front() const noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    return tail == head_.load(std::memory_order_acquire) ? nullptr : &slots_[tail & mask_];
  }
  void pop() noexcept { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // Frames that found the ring full.
  std::uint64_t missed() const noexcept { return missed_.load(std::memory_order_relaxed); }
  std::uint32_t snap_bytes() const noexcept { return snap_; }

 private:
  std::uint64_t mask_;
  std::uint32_t snap_;
  std::vector<CapturedFrame> slots_;
  std::vector<std::byte> bytes_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> missed_{0};
};

}  // namespace farlink::link
