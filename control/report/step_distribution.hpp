// SPDX-License-Identifier: Apache-2.0
// How step times are spread: percentiles are nearest-rank over all steady steps, none is sampled.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace farlink::report {

struct StepDistribution {
  std::size_t steps = 0;
  double min_seconds = 0, p50_seconds = 0, p99_seconds = 0, max_seconds = 0;
};

// All zero for no steps.
inline StepDistribution distribution_of(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(seconds.size())));
    return seconds[std::max<std::size_t>(1, rank) - 1];
  };
  return {seconds.size(), seconds.front(), at(0.50), at(0.99), seconds.back()};
}

}  // namespace farlink::report
