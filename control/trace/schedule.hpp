// SPDX-License-Identifier: Apache-2.0
// Strict non-interleaved 1F1B: the order in which one pipeline stage computes its micro-batches.
#pragma once

#include <cstdint>
#include <vector>

namespace farlink::trace {

struct Slot {
  bool is_forward = true;
  std::uint16_t microbatch = 0;
  bool operator==(const Slot&) const = default;
};

// Stage `stage` of `stages` with `microbatches`: min(stages - 1 - stage, microbatches) warm-up forwards, then pairs of
// one forward and one backward, then the backwards that are left. 2 x microbatches slots; requires stage < stages.
std::vector<Slot> one_forward_one_backward(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches);

}  // namespace farlink::trace
