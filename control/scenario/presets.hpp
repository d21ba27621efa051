// SPDX-License-Identifier: Apache-2.0
// Model shapes: the known ones, and how many parameters a shape has.
#pragma once

#include <cstdint>
#include <string_view>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// The shape of a preset, batch not set. `name` is one of the grammar's words.
Model preset_model(std::string_view name);

// Parameters by shape. GPT (Megatron-LM): per layer h^2 (2 + 2 kv/heads) + 2 h f + 13 h, and (V + s) h of embeddings;
// with kv = heads and f = 4 h that is 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)). LLaMA (gated): per layer h^2 (2 + 2
// kv/heads) + 3 h f, and 2 V h for the input embedding and the head, which are not tied.
std::uint64_t count_parameters(const Model& model);

}  // namespace farlink::scenario
