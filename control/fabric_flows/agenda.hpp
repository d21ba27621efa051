// SPDX-License-Identifier: Apache-2.0
// What is to happen when. Ranks that do alike do it at the same instant, so events are kept by instant: all of one are
// taken together, in the order in which they were added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::fabric_flows {

template <typename Event>
class Agenda {
 public:
  void add(units::Instant at, const Event& event) {
    const std::int64_t key = at.since_start().picoseconds();
    if (key != last_key_) {
      const auto [found, is_new] = bucket_at_.try_emplace(key, 0);
      if (is_new) found->second = open(key);
      last_key_ = key;
      last_bucket_ = found->second;
    }
    buckets_[last_bucket_].push_back(event);
  }

  units::Instant next() const noexcept {
    return times_.empty() ? units::Instant::never()
                          : units::Instant::at(units::Duration::picoseconds(times_.front().first));
  }

  // The events of the next instant; there must be one. What is added for the same instant from now on is another batch.
  void take(std::vector<Event>& events) {
    events.clear();
    const auto [key, bucket] = times_.front();
    std::pop_heap(times_.begin(), times_.end(), std::greater{});
    times_.pop_back();
    bucket_at_.erase(key);
    if (key == last_key_) last_key_ = -1;
    events.swap(buckets_[bucket]);
    free_.push_back(bucket);
  }

 private:
  std::uint32_t open(std::int64_t key) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(buckets_.size()));
      buckets_.emplace_back();
    }
    const std::uint32_t bucket = free_.back();
    free_.pop_back();
    times_.emplace_back(key, bucket);
    std::push_heap(times_.begin(), times_.end(), std::greater{});
    return bucket;
  }

  std::unordered_map<std::int64_t, std::uint32_t> bucket_at_;  // picoseconds
  std::vector<std::pair<std::int64_t, std::uint32_t>> times_;  // heap
  std::vector<std::vector<Event>> buckets_;
  std::vector<std::uint32_t> free_;
  std::int64_t last_key_ = -1;  // of the last event added
  std::uint32_t last_bucket_ = 0;
};

}  // namespace farlink::fabric_flows
