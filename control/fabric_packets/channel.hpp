// SPDX-License-Identifier: Apache-2.0
// A channel between two ranks as collective libraries have it: messages are cut into chunks, and a chunk is sent when
// one of the buffer's places is free. A place is free again when its chunk is acknowledged, so that no more than the
// buffer is ever under way, and its rate is buffer / (RTT + time of a chunk) at most.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <deque>

#include "control/scenario/scenario.hpp"

namespace farlink::fabric_packets {

class Channel {
 public:
  struct Chunk {
    std::uint64_t message = 0;
    std::uint32_t bytes = 0;
    std::uint32_t queue_pair = 0;  // of the channel's
  };

  // Channel `number` of its rank pair. Each begins with another of its queue pairs, so that messages of one chunk do
  // not all take the first, and with it perhaps the same wave.
  Channel(const scenario::Channels& settings, std::uint32_t number)
      : chunk_{settings.chunk.count()},
        free_{settings.buffer.count() / settings.chunk.count()},
        queue_pairs_{settings.queue_pairs},
        next_{number % settings.queue_pairs} {}

  // Bytes of a message that this channel has to carry, behind those that wait already. Returns how many chunks they
  // are; none at all are one.
  std::uint32_t push(std::uint64_t message, std::uint64_t bytes) {
    waiting_.push_back({message, bytes});
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (bytes + chunk_ - 1) / chunk_));
  }

  bool can_send() const noexcept { return free_ > 0 && !waiting_.empty(); }
  // The next chunk, which takes a place; can_send() must hold.
  Chunk take() {
    assert(can_send());
    --free_;
    Part& part = waiting_.front();
    const Chunk chunk{part.message, static_cast<std::uint32_t>(std::min(part.bytes, chunk_)), next_};
    next_ = (next_ + 1) % queue_pairs_;
    part.bytes -= chunk.bytes;
    if (part.bytes == 0) waiting_.pop_front();
    return chunk;
  }
  // A chunk was acknowledged.
  void release() noexcept { ++free_; }

 private:
  struct Part {
    std::uint64_t message = 0, bytes = 0;
  };
  std::uint64_t chunk_, free_;
  std::uint32_t queue_pairs_, next_;
  std::deque<Part> waiting_;
};

}  // namespace farlink::fabric_packets
