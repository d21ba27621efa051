// SPDX-License-Identifier: Apache-2.0
// Completion times of messages: every one is kept, so the percentiles are exact (nearest rank).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::fabric_packets {

class CompletionTimes {
 public:
  void add(units::Duration time) { seconds_.push_back(time.seconds()); }
  void add(const CompletionTimes& other) {
    seconds_.insert(seconds_.end(), other.seconds_.begin(), other.seconds_.end());
  }

  fabric::Completion summary() const {
    fabric::Completion completion;
    completion.messages = seconds_.size();
    if (seconds_.empty()) return completion;
    std::vector<double> sorted = seconds_;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double share) {
      const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
      return sorted[std::max<std::size_t>(1, rank) - 1];
    };
    completion.p50_seconds = at(0.50);
    completion.p99_seconds = at(0.99);
    completion.max_seconds = sorted.back();
    return completion;
  }

 private:
  std::vector<double> seconds_;
};

}  // namespace farlink::fabric_packets
