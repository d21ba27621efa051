// SPDX-License-Identifier: Apache-2.0
// Pipeline schedules: the order in which one stage computes its micro-batches.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace farlink::trace {

struct Slot {
  bool is_forward = true;
  std::uint16_t microbatch = 0;
  std::uint16_t chunk = 0;  // of the stage's layers, interleaved schedules alone
  bool operator==(const Slot&) const = default;
};

// Strict 1F1B. Stage `stage` of `stages` with `microbatches`: min(stages - 1 - stage + extra_warm_up, microbatches)
// warm-up forwards, then pairs of one forward and one backward, then the backwards that are left. 2 x microbatches
// slots; requires stage < stages. Extra warm-up on every stage upstream of a slow boundary hides its delay (physics
// 6.3), for as many more activations kept.
std::vector<Slot> one_forward_one_backward(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches,
                                           std::uint32_t extra_warm_up = 0);

// Interleaved 1F1B (Narayanan et al., SC 2021): each stage has `chunks` parts of the model, and micro-batches go round
// all stages once per chunk, in groups of as many as there are stages. The bubble is (p - 1) / (v m) of the work. 2 x
// microbatches x chunks slots; requires stage < stages and microbatches a multiple of stages.
std::vector<Slot> interleaved(std::uint32_t stage, std::uint32_t stages, std::uint32_t microbatches,
                              std::uint32_t chunks);

// A stage and a chunk of its layers.
struct StageChunk {
  std::uint32_t stage = 0, chunk = 0;
  bool operator==(const StageChunk&) const = default;
};

// Stages that pass micro-batches on to each other. With several chunks layers go round: the last stage's chunk is
// followed by the first stage's next.
struct Pipeline {
  std::uint32_t stages = 1, chunks = 1, microbatches = 1;

  // The order in which a stage computes: interleaved with several chunks, strict 1F1B with one.
  std::vector<Slot> order(std::uint32_t stage, std::uint32_t extra_warm_up = 0) const;
  // Whose activations a slot of `stage` takes, and who takes its own; nothing at the pipeline's ends.
  std::optional<StageChunk> before(std::uint32_t stage, Slot slot) const;
  std::optional<StageChunk> behind(std::uint32_t stage, Slot slot) const;
  // Of a message. chunk: that of the layers behind the boundary, in both directions; with several chunks two messages
  // of a micro-batch may go from one stage to the same other one.
  std::uint32_t tag(Slot slot, std::uint32_t chunk, bool is_gradient) const;
};

}  // namespace farlink::trace
