// SPDX-License-Identifier: Apache-2.0
// Several seeds make several comparisons: baseline, stretched run and rungs of one seed belong together, and a figure
// is their mean with its standard error. What does not depend on the seed is run once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::replay {

struct Spread {
  double mean = 0;
  std::optional<double> standard_error;  // of the mean; none for one value
};
Spread spread_of(const std::vector<double>& values);

// How many seeds the scenario asks for, at least one.
std::uint32_t seeds_of(const scenario::Scenario& scenario);

// The scenario as it is run with its `number`-th seed, from 0.
scenario::Scenario with_seed(scenario::Scenario scenario, std::uint32_t number);
// The same; with the first seed when the seed makes no difference.
scenario::Scenario for_seed(const scenario::Scenario& scenario, std::uint32_t number);

// The runs of one scenario by seed. Those that are one run are the same object.
using SeedRuns = std::vector<const report::RunResult*>;
// The first seed's run, with the means over the seeds and the steady steps of all.
report::RunResult mean_run(const SeedRuns& runs);

// Cause by cause the mean over the seeds' attributions, which must name the same causes, and its error.
std::vector<report::Attribution> mean_of(const std::vector<std::vector<report::Attribution>>& by_seed);

}  // namespace farlink::replay
