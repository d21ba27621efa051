// SPDX-License-Identifier: Apache-2.0
#include "control/replay/hours.hpp"

#include <stdexcept>

#include "control/goodput/goodput.hpp"
#include "control/replay/cut_effects.hpp"
#include "control/replay/runs.hpp"
#include "control/replay/seeds.hpp"

namespace farlink::replay {

using report::Result;
using report::RunResult;
using scenario::Scenario;

Scenario of_steps(Scenario scenario) {
  if (scenario.run.long_run)
    for (scenario::Link& link : scenario.links) link.faults.reset();
  return scenario;
}

bool add_goodput(Result& result, const Scenario& scenario, const RunResult& undisturbed, const Jobs& replayed,
                 const FabricFactory& factory, const MeasureCallback& progress, std::uint32_t jobs) {
  const Scenario first = with_seed(scenario, 0);
  const std::vector<CutRun> disturbed = cut_runs(first, undisturbed);
  Runs runs{replayed, factory, progress};
  for (const CutRun& run : disturbed) runs.add(run.scenario, run.name, true);
  if (!disturbed.empty()) runs.run_all(jobs);
  std::vector<goodput::Cuts> cuts;
  std::vector<report::CutEffects> effects;
  for (const scenario::Link& link : scenario.links) {
    if (!link.faults) continue;
    cuts.push_back({link.faults->cut, std::vector<goodput::CutEffect>(parts_of_step)});
    effects.push_back({link.name, link.faults->cut.seconds(), {}});
  }
  for (const CutRun& run : disturbed) {
    const RunResult& found = runs.result(run.scenario);
    if (!found.fabric.aborted_at_seconds && !accept(result, found)) {
      result.efficiency.reset();
      result.efficiency_error.reset();
      return false;
    }
    const goodput::CutEffect effect = effect_of(run, found, undisturbed);
    for (const std::uint32_t part : run.parts) cuts[run.link].by_part[part] = effect;
    const double share = static_cast<double>(run.parts.size()) / parts_of_step;
    effects[run.link].moments.push_back({run.moment, share, effect.aborts, effect.after.seconds()});
  }
  const goodput::StepTimes steps{result.single_site.step_seconds, result.across_sites.step_seconds};
  if (steps.single_site <= 0) throw std::invalid_argument("run.duration: a step that takes no time makes no hours");
  result.goodput = goodput::goodput_of(scenario, steps, cuts);
  result.goodput->effects = std::move(effects);
  result.assumptions.push_back(
      "Hours are composed: steps and what a cut does to one come from frames; failures, checkpoints and restarts do "
      "not.");
  return true;
}

}  // namespace farlink::replay
