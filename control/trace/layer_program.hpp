// SPDX-License-Identifier: Apache-2.0
// The program of one stage of a job that a layer table describes.
#pragma once

#include <cstdint>

#include "control/trace/layer_table.hpp"
#include "control/trace/parallel_groups.hpp"
#include "control/trace/stage_program.hpp"

namespace farlink::trace {

// Throws TraceError when micro-batches cannot be told apart.
StageProgram layer_program(const LayerTable& table, const ParallelGroups& groups, std::uint32_t stage);

}  // namespace farlink::trace
