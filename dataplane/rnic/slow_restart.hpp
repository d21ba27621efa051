// SPDX-License-Identifier: Apache-2.0
// After going back, a window of one packet that grows by as much as is acknowledged, so twofold in a round trip, until
// it is the queue pair's window again. Slow start of RFC 5681 without a threshold. Owner: a requester.
#pragma once

#include <cstdint>

namespace farlink::rnic {

class SlowRestart {
 public:
  // The sender goes back to `una`.
  void begin(std::uint64_t una) noexcept {
    una_ = una;
    window_ = 1;
  }
  // Everything before `una` is acknowledged. True: the window is `full` again.
  bool on_progress(std::uint64_t una, std::uint64_t full) noexcept {
    window_ += una - una_;
    una_ = una;
    return window_ >= full;
  }
  // Packets before this one may be sent.
  std::uint64_t end() const noexcept { return una_ + window_; }

 private:
  std::uint64_t una_ = 0, window_ = 0;
};

}  // namespace farlink::rnic
