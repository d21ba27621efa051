// SPDX-License-Identifier: Apache-2.0
#include "control/replay/efficiency.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "control/replay/attribution.hpp"
#include "control/replay/plan.hpp"
#include "control/replay/runs.hpp"
#include "control/replay/timeline.hpp"
#include "control/scenario/variants.hpp"

namespace farlink::replay {
namespace {

using report::Result;
using report::RunResult;
using scenario::Scenario;

scenario::CollectiveAlgorithm algorithm_of(const scenario::Workload& workload) {
  if (const auto* training = std::get_if<scenario::Training>(&workload)) return training->collective;
  if (const auto* recorded = std::get_if<scenario::Recorded>(&workload)) return recorded->collective;
  return scenario::CollectiveAlgorithm::hierarchical_ring;
}

Scenario with_seed(Scenario scenario, std::uint64_t seed) {
  scenario.run.seed = seed;
  scenario.run.seeds = 1;
  return scenario;
}

std::uint32_t seeds_of(const Scenario& scenario) { return std::max(scenario.run.seeds, 1U); }

Result result_for(const Scenario& scenario, const Options& options) {
  Result result;
  result.scenario = scenario.name;
  result.scenario_hash = scenario.hash;
  result.version = options.version;
  result.seed = scenario.run.seed;
  result.seeds = scenario.run.seeds;
  return result;
}

// False, with the reason in the result, when the run's emulator or link lost its way.
bool accept(Result& result, const RunResult& run) {
  if (run.fabric.is_valid) return true;
  result.is_valid = false;
  result.why_invalid = "run '" + run.name + "': " + run.fabric.why_invalid;
  return false;
}

struct Spread {
  double mean = 0;
  std::optional<double> standard_error;  // of the mean; none for one value
};

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  const auto n = static_cast<double>(values.size());
  spread.standard_error = std::sqrt(squares / (n - 1) / n);
  return spread;
}

std::optional<double> utilisation_of(const trace::Graph& graph, const RunResult& run) {
  if (graph.model_flops <= 0 || graph.peak_flops <= 0 || run.step_seconds <= 0) return std::nullopt;
  return graph.model_flops / (graph.peak_flops * run.step_seconds);
}

// A job whose step takes no time has lost nothing.
double ratio(const RunResult& baseline, double step_seconds) {
  return step_seconds > 0 ? baseline.step_seconds / step_seconds : 1;
}

// In the order in which read_stretched() and read_ladder() look at them.
void add_runs(Runs& runs, const Scenario& baseline, const Scenario& scenario, const std::vector<Rung>& rungs) {
  runs.add(baseline, "single-site");
  for (std::uint32_t i = 0; i < seeds_of(scenario); ++i) {
    const std::string name = i == 0 ? "across-sites" : "across-sites, seed " + std::to_string(scenario.run.seed + i);
    runs.add(with_seed(scenario, scenario.run.seed + i), name);
  }
  for (const Rung& rung : rungs) {
    if (rung.changes) runs.add(rung.scenario, "without " + rung.cause);
  }
}

// The stretched run with each seed; false when one is invalid.
bool read_stretched(Result& result, const Runs& runs, const Scenario& scenario) {
  std::vector<double> efficiencies, steps, exposed;
  for (std::uint32_t i = 0; i < seeds_of(scenario); ++i) {
    const RunResult& run = runs.result(with_seed(scenario, scenario.run.seed + i));
    if (i == 0) result.across_sites = run;
    if (!accept(result, run)) return false;
    efficiencies.push_back(ratio(result.single_site, run.step_seconds));
    steps.push_back(run.step_seconds);
    exposed.push_back(run.exposed_communication_seconds);
  }
  result.across_sites.name = "across-sites";
  result.across_sites.step_seconds = spread_of(steps).mean;
  result.across_sites.exposed_communication_seconds = spread_of(exposed).mean;
  const Spread efficiency = spread_of(efficiencies);
  result.efficiency = efficiency.mean;
  result.efficiency_error = efficiency.standard_error;
  return true;
}

bool read_ladder(Result& result, const Runs& runs, const std::vector<Rung>& rungs) {
  std::vector<double> after;
  for (const Rung& rung : rungs) {
    if (!rung.changes) {
      after.push_back(0);  // not read
      continue;
    }
    const RunResult& run = runs.result(rung.scenario);
    if (!accept(result, run)) {
      result.efficiency.reset();
      result.efficiency_error.reset();
      return false;
    }
    after.push_back(ratio(result.single_site, run.step_seconds));
  }
  result.attribution = attribute(*result.efficiency, rungs, after);
  return true;
}

}  // namespace

Result measure(const Scenario& scenario, const trace::Graph& graph, const FabricFactory& factory,
               const Options& options, const MeasureCallback& progress) {
  Result result = result_for(scenario, options);
  result.workload = graph.source;
  result.ranks = graph.ranks.size();
  result.assumptions = graph.notes;
  if (const std::string note = note_on_lanes(graph); !note.empty()) result.assumptions.push_back(note);

  const Scenario first = with_seed(scenario, scenario.run.seed);
  const Scenario baseline = scenario::single_site(first);
  const std::vector<Rung> rungs = options.attribution ? ladder(first) : std::vector<Rung>{};
  const Plan plan{graph, scenario.sites, algorithm_of(scenario.workload), scenario.run.steps};
  Runs runs{plan, factory, progress};
  add_runs(runs, baseline, scenario, rungs);
  runs.run_all(std::max(options.jobs, 1U));

  result.single_site = runs.result(baseline);
  if (!accept(result, result.single_site)) return result;
  if (!read_stretched(result, runs, scenario)) return result;
  if (options.attribution && !read_ladder(result, runs, rungs)) return result;
  result.mfu_single_site = utilisation_of(graph, result.single_site);
  result.mfu_across_sites = utilisation_of(graph, result.across_sites);
  result.expectations = evaluate(scenario, result);
  return result;
}

}  // namespace farlink::replay
