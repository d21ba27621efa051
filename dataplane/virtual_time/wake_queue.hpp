// SPDX-License-Identifier: Apache-2.0
// Timers of a site: earliest first, equal times in the order they were set.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::virtual_time {

class WakeQueue {
 public:
  void push(units::Instant at, std::uint64_t cookie) {
    heap_.push_back({at, next_++, cookie});
    std::push_heap(heap_.begin(), heap_.end(), std::greater{});
  }
  units::Instant earliest() const noexcept { return heap_.empty() ? units::Instant::never() : heap_.front().at; }
  std::uint64_t pop() noexcept {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater{});
    const std::uint64_t cookie = heap_.back().cookie;
    heap_.pop_back();
    return cookie;
  }

 private:
  struct Wake {
    units::Instant at;
    std::uint64_t order;
    std::uint64_t cookie;
    bool operator>(const Wake& other) const noexcept {
      return at > other.at || (at == other.at && order > other.order);
    }
  };
  std::vector<Wake> heap_;
  std::uint64_t next_ = 0;
};

}  // namespace farlink::virtual_time
