// SPDX-License-Identifier: Apache-2.0
// What every rank of a generated training job has in common: shares, times and sizes that follow from the model and
// its parallelism.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/scenario/scenario.hpp"
#include "control/trace/schedule.hpp"
#include "control/trace/storage.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::trace {

// Gradients, or parameters, that are exchanged at a time: of experts among the replicas that have the same ones.
struct Bucket {
  units::Bytes bytes;
  bool is_of_experts = false;
};

// Layers that follow one another at a stage.
struct ChunkPlan {
  std::uint32_t layers = 0;                // 0: embedding or output alone, which take no time here
  std::uint32_t expert_layers = 0;         // of them, with experts that replicas share
  std::uint32_t tensor_collectives = 0;    // per forward: two per layer
  std::uint32_t backward_collectives = 0;  // with recomputation those of the forward again
  units::Duration forward, backward;
  std::vector<Bucket> buckets;  // with overlap
};

// All chunks of a stage.
struct StagePlan {
  std::vector<Bucket> buckets;  // without overlap
  std::vector<Bucket> gathers;  // ZeRO: parameters that a rank contributes to each all-gather; empty without
};

// Of a rank in its stage: in its tensor, context and data group.
struct Place {
  std::uint32_t t = 0, c = 0, d = 0;
};

struct TrainingPlan {
  std::uint32_t tensor = 1, data = 1, pipeline = 1;
  std::uint32_t context = 1;  // ranks that have a part of every sequence each
  std::uint32_t chunks = 1;   // of layers that a stage has, which micro-batches pass one after the other (interleaved)
  std::uint32_t microbatches = 1;
  std::vector<ChunkPlan> parts;  // in the order of their layers: by chunk, and of each by stage
  std::vector<StagePlan> stages;
  units::Bytes tensor_bytes, boundary_bytes;  // boundary: per rank, scattered over the tensor group
  bool overlaps = false;
  bool recomputes = false;
  bool scatters_gradients = false;    // ZeRO: reduce-scatter in the place of all-reduce
  bool gathers_when_used = false;     // ZeRO-3: parameters are gathered before each pass over a chunk
  std::uint32_t tensor_groups = 0;    // groups before the first data group
  std::uint32_t pipeline_groups = 0;  // groups before the first pipeline group
  std::uint32_t expert = 1;           // replicas that share experts
  std::uint32_t expert_groups = 0;    // groups before the first expert group
  units::Bytes expert_bytes;  // that a rank sends for dispatch, and again for combine, of a layer and micro-batch
  std::uint32_t context_groups = 0;  // groups before the first context group
  units::Bytes context_bytes;        // keys and values that a rank has of a layer and micro-batch
  std::optional<StoragePlan> storage;

  // Whether the stages of a replica wait for each other before the gradients.
  bool drains() const { return !overlaps && replicas() > 1 && pipeline > 1; }
  const ChunkPlan& part(std::uint32_t stage, std::uint32_t chunk) const { return parts[chunk * pipeline + stage]; }
  // Ranks of a stage that have the same parameters: of a sequence's parts too.
  std::uint32_t replicas() const { return data * context; }
  // Of the replicas that share experts, each with the ranks that have its part of the sequence, and behind these of
  // those with the same experts.
  std::uint32_t expert_group(const Place& place, std::uint32_t stage) const {
    return expert_groups + place.t + tensor * (place.c + context * (stage + pipeline * (place.d / expert)));
  }
  std::uint32_t expert_data_group(const Place& place, std::uint32_t stage) const {
    return expert_groups + tensor * context * pipeline * (data / expert) + place.t +
           tensor * (stage + pipeline * (place.d % expert));
  }
  std::uint32_t context_group(const Place& place, std::uint32_t stage) const {
    return context_groups + place.t + tensor * (place.d + data * stage);
  }
  bool has_expert_groups() const { return expert > 1; }
  bool has_expert_data_groups() const { return expert > 1 && expert < replicas(); }
  Pipeline schedule() const { return {pipeline, chunks, microbatches}; }
  std::uint32_t rank(const Place& place, std::uint32_t stage) const {
    return place.t + tensor * (place.c + context * (place.d + data * stage));
  }
};

// Layers that the part `number` of `parts` has: as evenly as they divide. Where some have one fewer the ends begin, the
// last part first, since embedding and output are there (Llama 3's 126 layers over 16 stages: 7, 8, ..., 8, 7).
std::uint32_t layers_of_part(std::uint64_t layers, std::uint32_t parts, std::uint32_t number);

// Throws TraceError for shapes that do not divide and for a tensor group that does not fit a node.
TrainingPlan plan_of(const scenario::Training& training, std::span<const scenario::Site> sites);

}  // namespace farlink::trace
