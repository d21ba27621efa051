// SPDX-License-Identifier: Apache-2.0
// The programs of a generated training job, one for each stage.
#pragma once

#include <cstdint>
#include <span>

#include "control/trace/graph.hpp"
#include "control/trace/schedule.hpp"
#include "control/trace/training_plan.hpp"

namespace farlink::trace {

// What every rank of a stage does; order: in which it computes its micro-batches. binding_of() says what the program's
// groups and peers are to one of them.
Program stage_program(const TrainingPlan& plan, std::span<const Slot> order, std::uint32_t stage);

// Families of groups that a generated rank may be in: tensor, data, pipeline, expert, expert data, context.
inline constexpr std::size_t generated_groups = 6;

// Its groups are numbers of the families, no_group where there is none.
Binding binding_of(const TrainingPlan& plan, const Place& place, std::uint32_t stage);

}  // namespace farlink::trace
