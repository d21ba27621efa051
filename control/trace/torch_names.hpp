// SPDX-License-Identifier: Apache-2.0
// How PyTorch and the tools around it call collectives and types of elements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// Small letters alone: "_allgather_base" -> "allgatherbase", "ALL_REDUCE" -> "allreduce".
std::string letters_of(std::string_view name);

// By letters_of(): "allgatherintotensor" is an all-gather. None for sends, waits and unknown names.
std::optional<Collective> torch_collective(std::string_view letters);

// In bytes, of "Float", "bfloat16", "c10::Half", "long int"; any case. None for unknown ones.
std::optional<std::uint64_t> torch_element_size(std::string_view type);

}  // namespace farlink::trace
