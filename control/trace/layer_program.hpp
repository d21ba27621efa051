// SPDX-License-Identifier: Apache-2.0
// What the ranks of one stage do in a step that a layer table describes.
#pragma once

#include <cstdint>

#include "control/trace/graph.hpp"
#include "control/trace/layer_groups.hpp"
#include "control/trace/layer_table.hpp"

namespace farlink::trace {

// In Rank::nodes `group` is a Family and `peer` a stage: bind() puts the numbers of one rank in their place.
struct LayerProgram {
  Rank rank;
  std::uint64_t without_bytes = 0;  // collectives of a size of 0, left out
  std::uint64_t alone = 0;          // collectives of groups of one rank, left out
  std::uint64_t rounded = 0;        // all-gathers that do not divide by their group
};

// Throws TraceError when micro-batches cannot be told apart, and for schedules that do not come out.
LayerProgram layer_program(const LayerTable& table, const LayerGroups& groups, std::uint32_t stage);

Rank bind(const Rank& program, const LayerGroups& groups, std::uint32_t rank);

}  // namespace farlink::trace
