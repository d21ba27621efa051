// SPDX-License-Identifier: Apache-2.0
// How computations differ from what the model or the trace says: jitter, and GPUs that are slower than the others.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace farlink::scenario {

// All GPU work of some ranks takes longer.
struct Stragglers {
  std::uint32_t count = 0;           // so many ranks, drawn with the run's seed; 0: those of `ranks`
  std::vector<std::uint32_t> ranks;  // each once, rising
  double slower = 0;                 // 0.1: by a tenth
  bool operator==(const Stragglers&) const = default;
};

struct ComputeVariation {
  double jitter = 0;  // standard deviation over mean of each computation's time; the mean stays
  std::optional<Stragglers> stragglers;
  bool operator==(const ComputeVariation&) const = default;
};

}  // namespace farlink::scenario
