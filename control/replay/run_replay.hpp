// SPDX-License-Identifier: Apache-2.0
// One replay over one fabric, from drivers to result.
#pragma once

#include <functional>
#include <string>

#include "control/fabric/fabric.hpp"
#include "control/replay/plan.hpp"
#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::replay {

// Share of all steps' nodes that have ended, and the engine's own figures; false asks the run to stop.
using ReplayProgress = std::function<bool(double done, const fabric::Progress&)>;

// Runs scenario.run.steps steps (as the plan was made for) and reports:
//   steps[k]      end of step k at the slowest rank minus the end of step k - 1 at the slowest rank
//   step_seconds  mean over the steps after scenario.run.warmup
//   exposed_communication_seconds  see record.hpp; mean over ranks, last step
//   timeline      last step of the drawn ranks, from the start of the step at the first rank that begins it
// When the fabric could not finish or a link lost count of frames, fabric.is_valid is false and says why; steps are
// those that every rank ended. Throws fabric::Interrupted; std::invalid_argument when no step is left after the
// warm-up.
// second: of a job that runs beside and shares the fabric, which has room for its ranks behind the measured ones; null:
// none. Its plan is to have more steps than it can make.
report::RunResult run_replay(const Plan& plan, const scenario::Scenario& scenario, fabric::Fabric& fabric,
                             std::string name, const ReplayProgress& progress = {}, const Plan* second = nullptr);

// Marks statistics invalid when a link direction's frames do not add up.
void check_conservation(fabric::Statistics& statistics);

}  // namespace farlink::replay
