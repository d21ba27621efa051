// SPDX-License-Identifier: Apache-2.0
// Goodput over hours: the share of the wall time of a long job that is training which counts. A thousand histories are
// drawn, with seed, seed + 1, ...; the same failures hit the job in one site, which has no links that could be cut.
#pragma once

#include <vector>

#include "control/goodput/history.hpp"
#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::goodput {

// The steps that the hours are made of, as runs frame by frame found them; seconds, above zero.
struct StepTimes {
  double single_site = 0;
  double across_sites = 0;
};

// `cuts`: one entry for each link that has faults, in their order. The scenario must have a long run.
report::Goodput goodput_of(const scenario::Scenario& scenario, const StepTimes& steps, const std::vector<Cuts>& cuts);

}  // namespace farlink::goodput
