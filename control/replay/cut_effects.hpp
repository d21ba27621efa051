// SPDX-License-Identifier: Apache-2.0
// What the cuts of a long job do to its steps, frame by frame. A cut that no frame meets does nothing: the run across
// sites tells in which part of a step that is so. The rest of it is covered by eight runs for each link with faults,
// like the run across sites, but with one cut in the last step but one: it makes the end of all steps later, or a queue
// pair fails and the job is aborted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/goodput/history.hpp"
#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::replay {

// One cut to try, and the parts of a step, of goodput::Cuts::by_part, that it stands for.
struct CutRun {
  std::string name;        // "cut of west-east, 3 of 8"
  std::uint32_t link = 0;  // among those that have faults
  scenario::Scenario scenario;
  double cut_at_seconds = 0;
  double moment = 0;  // of the step, 0-1
  std::vector<std::uint32_t> parts;
};

// Into how many parts a step is divided.
inline constexpr std::uint32_t parts_of_step = 1'000;

// In the order of links and moments; none when no link has faults, or none of their cuts meets a frame. `scenario`: of
// the run across sites, whose result `undisturbed` is and which the runs equal in everything else; it has two steps or
// more behind its warm-up.
std::vector<CutRun> cut_runs(const scenario::Scenario& scenario, const report::RunResult& undisturbed);

// A run that is valid, or was aborted. A step that ends sooner than without a cut counts as one that the cut does
// nothing to.
goodput::CutEffect effect_of(const CutRun& run, const report::RunResult& result, const report::RunResult& undisturbed);

}  // namespace farlink::replay
