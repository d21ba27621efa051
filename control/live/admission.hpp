// SPDX-License-Identifier: Apache-2.0
// New values against the buffers that a run was started with: a longer delay or a higher rate holds more frames, and
// frames without a buffer would be lost unasked.
#pragma once

#include <functional>

#include "control/live/live_plan.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::live {

// Throws PlanError when the links could hold more frames of mean size than `plan` counted buffers for.
std::function<void(const scenario::Scenario& next)> admit_within(const LivePlan& plan);

}  // namespace farlink::live
