// SPDX-License-Identifier: Apache-2.0
#include "control/replay/seeds.hpp"

#include <algorithm>
#include <cmath>

#include "control/scenario/variants.hpp"

namespace farlink::replay {

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  const bool are_equal = std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
  if (are_equal) {  // the mean of equal values could differ from them by its rounding
    if (!values.empty()) spread.mean = values.front();
    if (values.size() > 1) spread.standard_error = 0;
    return spread;
  }
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  const auto n = static_cast<double>(values.size());
  spread.standard_error = std::sqrt(squares / (n - 1) / n);
  return spread;
}

std::uint32_t seeds_of(const scenario::Scenario& scenario) { return std::max(scenario.run.seeds, 1U); }

scenario::Scenario with_seed(scenario::Scenario scenario, std::uint32_t number) {
  scenario.run.seed += number;
  scenario.run.seeds = 1;
  return scenario;
}

scenario::Scenario for_seed(const scenario::Scenario& scenario, std::uint32_t number) {
  return with_seed(scenario, scenario::depends_on_seed(scenario) ? number : 0);
}

report::RunResult mean_run(const SeedRuns& runs) {
  report::RunResult mean = *runs.front();
  const bool is_one = std::all_of(runs.begin(), runs.end(), [&](const auto* run) { return run == runs.front(); });
  if (is_one) return mean;
  std::vector<double> steps, exposed;
  mean.steady_steps.clear();
  for (const report::RunResult* run : runs) {
    steps.push_back(run->step_seconds);
    exposed.push_back(run->exposed_communication_seconds);
    mean.steady_steps.insert(mean.steady_steps.end(), run->steady_steps.begin(), run->steady_steps.end());
  }
  mean.step_seconds = spread_of(steps).mean;
  mean.exposed_communication_seconds = spread_of(exposed).mean;
  return mean;
}

std::vector<report::Attribution> mean_of(const std::vector<std::vector<report::Attribution>>& by_seed) {
  std::vector<report::Attribution> mean = by_seed.front();
  for (std::size_t cause = 0; cause < mean.size(); ++cause) {
    std::vector<double> points;
    for (const std::vector<report::Attribution>& of_seed : by_seed) {
      points.push_back(of_seed[cause].points);
      mean[cause].was_run = mean[cause].was_run || of_seed[cause].was_run;
    }
    const Spread spread = spread_of(points);
    mean[cause].points = spread.mean;
    if (mean[cause].was_run) mean[cause].points_error = spread.standard_error;
  }
  return mean;
}

}  // namespace farlink::replay
