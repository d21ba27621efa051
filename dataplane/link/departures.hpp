// SPDX-License-Identifier: Apache-2.0
// Bytes that leave a buffer at known times, which mostly rise from one to the next: what has left by a given time.
// Owner: the far edge.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::link {

class Departures {
 public:
  void add(units::Instant at, std::uint32_t bytes) {
    if (in_order_.empty() || at >= in_order_.back().first) return in_order_.emplace_back(at, bytes), void();
    others_.emplace_back(at, bytes);
    std::push_heap(others_.begin(), others_.end(), std::greater{});
  }

  // Bytes that leave at or before `until` and have not been taken; times told must not go back.
  std::uint64_t take_until(units::Instant until) noexcept {
    std::uint64_t bytes = 0;
    for (; next_ < in_order_.size() && in_order_[next_].first <= until; ++next_) bytes += in_order_[next_].second;
    if (next_ == in_order_.size()) {
      in_order_.clear();
      next_ = 0;
    }
    while (!others_.empty() && others_.front().first <= until) {
      bytes += others_.front().second;
      std::pop_heap(others_.begin(), others_.end(), std::greater{});
      others_.pop_back();
    }
    return bytes;
  }

 private:
  using Departure = std::pair<units::Instant, std::uint32_t>;
  std::vector<Departure> in_order_;
  std::size_t next_ = 0;           // of in_order_
  std::vector<Departure> others_;  // a heap, earliest first
};

}  // namespace farlink::link
