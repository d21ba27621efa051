// SPDX-License-Identifier: Apache-2.0
// Goodput over hours: what cuts do to a step is run frame by frame, and the hours are composed of that.
#pragma once

#include "control/replay/efficiency.hpp"
#include "control/replay/jobs.hpp"

namespace farlink::replay {

// The scenario as its steps are run: hours do not show in a run of some steps, so its links are cut on the clock of
// the hours alone.
scenario::Scenario of_steps(scenario::Scenario scenario);

// Adds the goodput to `result`, whose runs in one site and across sites are valid. `undisturbed`: the run across sites
// with the first seed. False, with the reason in the result, when a run with a cut is neither valid nor aborted.
bool add_goodput(report::Result& result, const scenario::Scenario& scenario, const report::RunResult& undisturbed,
                 const Jobs& replayed, const FabricFactory& factory, const MeasureCallback& progress,
                 std::uint32_t jobs);

}  // namespace farlink::replay
