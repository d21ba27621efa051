// SPDX-License-Identifier: Apache-2.0
// How many parameters a model's shape has.
#pragma once

#include <algorithm>
#include <cstdint>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// What the experts of all layers have that not every token goes through; 0 of a dense model.
inline std::uint64_t expert_parameters(const Model& m) {
  if (m.experts == 0 || m.dense_layers >= m.layers) return 0;
  return (m.layers - m.dense_layers) * m.experts * (m.gated_mlp ? 3 : 2) * m.hidden * m.expert_feed_forward;
}

// Parameters by shape. GPT (Megatron-LM): per layer h^2 (2 + 2 kv/heads) + 2 h f + 13 h, and (V + s) h of embeddings;
// with kv = heads and f = 4 h that is 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)). LLaMA (gated): per layer h^2 (2 + 2
// kv/heads) + 3 h f, and 2 V h for the input embedding and the head, which are not tied.
// A layer with experts has, in the place of its feed-forward block, (experts + shared) blocks of expert_feed_forward,
// and h x experts of routing.
inline std::uint64_t count_parameters(const Model& m) {
  const std::uint64_t attention = 2 * m.hidden * m.hidden + 2 * m.hidden * m.hidden * m.kv_heads / m.heads;
  const std::uint64_t matrices = m.gated_mlp ? 3 : 2;
  const std::uint64_t with_experts = m.experts == 0 ? 0 : m.layers - std::min(m.layers, m.dense_layers);
  const std::uint64_t blocks =
      (m.layers - with_experts) * matrices * m.hidden * m.feed_forward + expert_parameters(m) +
      with_experts * m.hidden * (m.shared_experts * matrices * m.expert_feed_forward + m.experts);
  if (m.gated_mlp) return m.layers * attention + blocks + 2 * m.vocabulary * m.hidden;
  return m.layers * (attention + 13 * m.hidden) + blocks + (m.vocabulary + m.sequence) * m.hidden;
}

// What a token goes through: all but the experts that it is not sent to. Model FLOPs are six times this for a token.
inline double active_parameters(const Model& m) {
  const auto all = static_cast<double>(m.parameters);
  if (m.experts == 0) return all;
  const double idle = 1 - static_cast<double>(m.active_experts) / static_cast<double>(m.experts);
  return all - static_cast<double>(expert_parameters(m)) * idle;
}

}  // namespace farlink::scenario
