// SPDX-License-Identifier: Apache-2.0
#include "control/trace/schedule.hpp"

#include <algorithm>
#include <cassert>

namespace farlink::trace {

std::vector<Slot> one_forward_one_backward(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches) {
  assert(stage < stages);
  std::vector<Slot> slots;
  slots.reserve(std::size_t{2} * microbatches);
  const std::uint32_t warm_up = std::min(stages - 1 - stage, microbatches);
  for (std::uint32_t i = 0; i < warm_up; ++i) slots.push_back({true, static_cast<std::uint16_t>(i)});
  for (std::uint32_t i = warm_up; i < microbatches; ++i) {
    slots.push_back({true, static_cast<std::uint16_t>(i)});
    slots.push_back({false, static_cast<std::uint16_t>(i - warm_up)});
  }
  for (std::uint32_t i = microbatches - warm_up; i < microbatches; ++i) {
    slots.push_back({false, static_cast<std::uint16_t>(i)});
  }
  return slots;
}

}  // namespace farlink::trace
