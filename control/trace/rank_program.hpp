// SPDX-License-Identifier: Apache-2.0
// The program of one rank of a generated training job, in program order.
#pragma once

#include <cstdint>
#include <span>

#include "control/trace/graph.hpp"
#include "control/trace/schedule.hpp"
#include "control/trace/training_plan.hpp"

namespace farlink::trace {

// order: in which the rank's stage computes its micro-batches; t, d: places in the tensor and data group.
Rank rank_program(const TrainingPlan& plan, std::span<const Slot> order, std::uint32_t t, std::uint32_t d,
                  std::uint32_t stage);

}  // namespace farlink::trace
