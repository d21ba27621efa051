// SPDX-License-Identifier: Apache-2.0
// The text workload of ASTRA-sim 1.0, SimAI and AICB: one line for each layer, the same for every rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/line_reader.hpp"

namespace farlink::trace {

// Who takes part in which collective, and in which order a step goes through the layers.
enum class Policy : std::uint8_t {
  data,
  model,
  hybrid_data_model,
  hybrid_model_data,
  transformer,
  transformer_recomputing,  // forward in backward
  dlrm,
  dlrm_enhanced,
  customized,
  micro,
  inference
};
std::optional<Policy> policy_named(std::string_view word);

// What a suffix of the collective's name says: none, _EP, _DP_EP.
enum class Scope : std::uint8_t { usual, expert, expert_data };

struct LayerPass {
  units::Duration compute;
  std::optional<Collective> collective;
  Scope scope = Scope::usual;
  units::Bytes bytes;  // of the whole buffer: of an all-gather what everybody has in the end
};

struct Layer {
  std::string name;
  std::uint64_t line = 0;
  LayerPass forward, input_gradient, weight_gradient;
  units::Duration update;  // passes after each of the layer's collectives
  Policy policy = Policy::data;
  bool is_checkpoint = false;   // its input is kept
  bool starts_forward = false;  // before its backward the layers from the checkpoint on are computed again
};

struct LayerTable {
  Policy policy = Policy::data;
  std::uint32_t model_group = 0;  // tensor parallel; 0: the file does not say
  std::uint32_t expert = 1, pipeline = 1, chunks = 1, microbatches = 1;
  std::uint32_t ranks = 0;        // 0: the file does not say
  units::Bytes boundary;          // of a micro-batch, between two stages, for each rank
  std::uint32_t last_bottom = 0;  // DLRM: the layer before which the exchange of embeddings ends
  std::vector<Layer> layers;
};

// Throws TraceError, without file or line, for anything that is none of the format's.
LayerTable read_layer_table(LineReader& lines);

}  // namespace farlink::trace
