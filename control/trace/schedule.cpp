// SPDX-License-Identifier: Apache-2.0
#include "control/trace/schedule.hpp"

#include <algorithm>
#include <cassert>

namespace farlink::trace {
namespace {

// `warm_up` forwards, then forwards and backwards in turn, then the backwards that are left. forward(i), backward(i):
// the i-th of each.
template <typename Forward, typename Backward>
std::vector<Slot> alternate(std::uint32_t count, std::uint32_t warm_up, Forward forward, Backward backward) {
  std::vector<Slot> slots;
  slots.reserve(std::size_t{2} * count);
  for (std::uint32_t i = 0; i < warm_up; ++i) slots.push_back(forward(i));
  for (std::uint32_t i = warm_up; i < count; ++i) {
    slots.push_back(forward(i));
    slots.push_back(backward(i - warm_up));
  }
  for (std::uint32_t i = count - warm_up; i < count; ++i) slots.push_back(backward(i));
  return slots;
}

}  // namespace

std::vector<Slot> one_forward_one_backward(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches,
                                           std::uint32_t extra_warm_up) {
  assert(stage < stages);
  const std::uint32_t warm_up = std::min(stages - 1 - stage + extra_warm_up, microbatches);
  return alternate(
      microbatches, warm_up,
      [](std::uint32_t i) {
        return Slot{true, static_cast<std::uint16_t>(i)};
      },
      [](std::uint32_t i) {
        return Slot{false, static_cast<std::uint16_t>(i)};
      });
}

std::vector<Slot> interleaved(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches,
                              std::uint32_t chunks) {
  assert(stage < stages && microbatches % stages == 0);
  const std::uint32_t count = microbatches * chunks;
  const std::uint32_t warm_up = std::min(2 * (stages - 1 - stage) + (chunks - 1) * stages, count);
  const auto microbatch = [&](std::uint32_t i) {
    return static_cast<std::uint16_t>(i / (stages * chunks) * stages + i % stages);
  };
  const auto chunk = [&](std::uint32_t i) { return static_cast<std::uint16_t>(i % (stages * chunks) / stages); };
  const auto last = static_cast<std::uint16_t>(chunks - 1);
  return alternate(
      count, warm_up,
      [&](std::uint32_t i) {
        return Slot{true, microbatch(i), chunk(i)};
      },
      [&](std::uint32_t i) {
        return Slot{false, microbatch(i), static_cast<std::uint16_t>(last - chunk(i))};
      });
}

std::vector<Slot> Pipeline::order(std::uint32_t stage, std::uint32_t extra_warm_up) const {
  return chunks > 1 ? interleaved(stage, stages, microbatches, chunks)
                    : one_forward_one_backward(stage, stages, microbatches, extra_warm_up);
}

std::optional<StageChunk> Pipeline::before(std::uint32_t stage, Slot slot) const {
  if (stage > 0) return StageChunk{stage - 1, slot.chunk};
  if (slot.chunk == 0) return std::nullopt;
  return StageChunk{stages - 1, slot.chunk - 1U};
}

std::optional<StageChunk> Pipeline::behind(std::uint32_t stage, Slot slot) const {
  if (stage + 1 < stages) return StageChunk{stage + 1, slot.chunk};
  if (slot.chunk + 1U == chunks) return std::nullopt;
  return StageChunk{0, slot.chunk + 1U};
}

std::uint32_t Pipeline::tag(Slot slot, std::uint32_t chunk, bool is_gradient) const {
  return slot.microbatch + (chunks > 1 ? (2 * chunk + (is_gradient ? 1 : 0)) * microbatches : 0);
}

}  // namespace farlink::trace
