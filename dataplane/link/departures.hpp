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
    if (last_ == first_ || at >= (last_ - 1)->first) [[likely]] {
      if (last_ == end_) make_room();
      *last_++ = {at, bytes};
      return;
    }
    others_.emplace_back(at, bytes);
    std::push_heap(others_.begin(), others_.end(), std::greater{});
  }

  // Bytes that leave at or before `until` and have not been taken; times told must not go back.
  std::uint64_t take_until(units::Instant until) noexcept {
    std::uint64_t bytes = 0;
    for (; first_ != last_ && first_->first <= until; ++first_) bytes += first_->second;
    if (others_.empty()) [[likely]]
      return bytes;
    while (!others_.empty() && others_.front().first <= until) {
      bytes += others_.front().second;
      std::pop_heap(others_.begin(), others_.end(), std::greater{});
      others_.pop_back();
    }
    return bytes;
  }

 private:
  using Departure = std::pair<units::Instant, std::uint32_t>;

  // To the beginning with what is left, and if that is much, twice the room.
  [[gnu::noinline]] void make_room() {
    const auto left = last_ - first_;
    std::move(first_, last_, in_order_.data());
    if (2 * static_cast<std::size_t>(left) >= in_order_.size()) in_order_.resize(2 * in_order_.size() + 64);
    first_ = in_order_.data();
    last_ = first_ + left;
    end_ = first_ + in_order_.size();
  }

  std::vector<Departure> in_order_;
  Departure *first_ = nullptr, *last_ = nullptr, *end_ = nullptr;  // of in_order_: what is left, and its end
  std::vector<Departure> others_;                                  // a heap, earliest first
};

}  // namespace farlink::link
