// SPDX-License-Identifier: Apache-2.0
#include "control/replay/efficiency.hpp"

#include <algorithm>
#include <optional>

#include "control/replay/attribution.hpp"
#include "control/replay/compute_times.hpp"
#include "control/replay/hours.hpp"
#include "control/replay/jobs.hpp"
#include "control/replay/runs.hpp"
#include "control/replay/seeds.hpp"
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

Result result_for(const Scenario& scenario, const Options& options) {
  Result result;
  result.scenario = scenario.name;
  result.scenario_hash = scenario.hash;
  result.version = options.version;
  result.seed = scenario.run.seed;
  result.seeds = scenario.run.seeds;
  return result;
}

std::optional<double> utilisation_of(const trace::Graph& graph, double step_seconds) {
  if (graph.model_flops <= 0 || graph.peak_flops <= 0 || step_seconds <= 0) return std::nullopt;
  return graph.model_flops / (graph.peak_flops * step_seconds);
}

// A job whose step takes no time has lost nothing.
double ratio(const RunResult& baseline, const RunResult& run) {
  return run.step_seconds > 0 ? baseline.step_seconds / run.step_seconds : 1;
}

using ForSeed = Scenario (*)(const Scenario&, std::uint32_t number);
// Every seed, also where nothing draws: a run in real time is never the same twice.
Scenario every_seed(const Scenario& scenario, std::uint32_t number) { return with_seed(scenario, number); }

void add_seeds(Runs& runs, const Scenario& scenario, const std::string& name, ForSeed for_each) {
  for (std::uint32_t i = 0; i < seeds_of(scenario); ++i)
    runs.add(for_each(scenario, i), i == 0 ? name : name + ", seed " + std::to_string(scenario.run.seed + i));
}

// In the order in which measure() looks at them.
void add_runs(Runs& runs, const Scenario& baseline, const Scenario& scenario, const std::vector<Rung>& rungs) {
  add_seeds(runs, baseline, "single-site", for_seed);
  add_seeds(runs, scenario, "across-sites", every_seed);
  for (const Rung& rung : rungs) {
    if (rung.changes) add_seeds(runs, rung.scenario, "without " + rung.cause, for_seed);
  }
}

// The runs of a scenario by seed; up to the first that is invalid, which makes the result so.
SeedRuns read_runs(Result& result, const Runs& runs, const Scenario& scenario, ForSeed for_each) {
  SeedRuns all;
  for (std::uint32_t i = 0; i < seeds_of(scenario); ++i) {
    all.push_back(&runs.result(for_each(scenario, i)));
    if (!accept(result, *all.back())) break;
  }
  return all;
}

void set_efficiency(Result& result, const SeedRuns& baseline, const SeedRuns& stretched) {
  std::vector<double> efficiencies;
  for (std::size_t i = 0; i < stretched.size(); ++i) efficiencies.push_back(ratio(*baseline[i], *stretched[i]));
  const Spread efficiency = spread_of(efficiencies);
  result.efficiency = efficiency.mean;
  result.efficiency_error = efficiency.standard_error;
}

// What each seed gave, and errors of the means; nothing for one seed.
void set_spread(Result& result, const trace::Graph& graph, const SeedRuns& baseline, const SeedRuns& stretched) {
  if (stretched.size() < 2) return;
  std::vector<double> single, across, exposed_single, exposed_across, mfu_single, mfu_across;
  for (std::size_t i = 0; i < stretched.size(); ++i) {
    const RunResult &one = *baseline[i], &two = *stretched[i];
    result.by_seed.push_back({.seed = result.seed + i,
                              .efficiency = ratio(one, two),
                              .step_single_site = one.step_seconds,
                              .step_across_sites = two.step_seconds,
                              .exposed_single_site = one.exposed_communication_seconds,
                              .exposed_across_sites = two.exposed_communication_seconds,
                              .retransmitted = two.fabric.retransmitted,
                              .timeouts = two.fabric.timeouts,
                              .messages = two.fabric.messages});
    single.push_back(one.step_seconds);
    across.push_back(two.step_seconds);
    exposed_single.push_back(one.exposed_communication_seconds);
    exposed_across.push_back(two.exposed_communication_seconds);
    mfu_single.push_back(utilisation_of(graph, one.step_seconds).value_or(0));
    mfu_across.push_back(utilisation_of(graph, two.step_seconds).value_or(0));
  }
  const auto error = [](const std::vector<double>& values) { return spread_of(values).standard_error.value_or(0); };
  report::SeedErrors& errors = result.errors.emplace();
  errors.step_single_site = error(single);
  errors.step_across_sites = error(across);
  errors.exposed_single_site = error(exposed_single);
  errors.exposed_across_sites = error(exposed_across);
  if (result.mfu_single_site) errors.mfu_single_site = error(mfu_single);
  if (result.mfu_across_sites) errors.mfu_across_sites = error(mfu_across);
}

// False when a rung's run is invalid.
bool read_ladder(Result& result, const Runs& runs, const std::vector<Rung>& rungs, const SeedRuns& baseline,
                 const SeedRuns& stretched) {
  std::vector<std::vector<double>> after(stretched.size());
  for (const Rung& rung : rungs) {
    SeedRuns all;
    if (rung.changes) {
      all = read_runs(result, runs, rung.scenario, for_seed);
      if (!result.is_valid) return false;
    }
    for (std::size_t i = 0; i < after.size(); ++i)
      after[i].push_back(rung.changes ? ratio(*baseline[i], *all[i]) : 0);  // 0: not read
  }
  std::vector<std::vector<report::Attribution>> by_seed;
  for (std::size_t i = 0; i < after.size(); ++i)
    by_seed.push_back(attribute(ratio(*baseline[i], *stretched[i]), rungs, after[i]));
  result.attribution = mean_of(by_seed);
  return true;
}

}  // namespace

Result measure(const Scenario& scenario, const trace::Graph& graph, const FabricFactory& factory,
               const Options& options, const MeasureCallback& progress) {
  Result result = result_for(scenario, options);
  result.workload = graph.source;
  result.ranks = graph.ranks.size() - graph.servers;
  result.assumptions = graph.notes;
  const auto ranks = static_cast<std::uint32_t>(graph.ranks.size());
  const ComputeTimes times{scenario.compute_variation, scenario.run.seed, ranks};
  for (const std::string& note : {note_on_lanes(graph), note_on_compute(scenario.compute_variation, times)})
    if (!note.empty()) result.assumptions.push_back(note);

  const Scenario steps = of_steps(scenario);
  const Scenario baseline = scenario::single_site(steps);
  const std::vector<Rung> rungs = options.attribution ? ladder(steps) : std::vector<Rung>{};
  const Plan plan{graph, scenario.sites, algorithm_of(scenario.workload), scenario.run.steps};
  std::optional<Plan> second;
  if (options.second_job != nullptr && scenario.second_job)
    second.emplace(*options.second_job, scenario.sites, algorithm_of(scenario.second_job->workload), 0);
  const Jobs replayed = jobs_of(plan, second ? &*second : nullptr);
  Runs runs{replayed, factory, progress};
  add_runs(runs, baseline, steps, rungs);
  const std::uint32_t jobs = std::max(options.jobs, 1U);
  runs.run_all(jobs);

  const SeedRuns in_one = read_runs(result, runs, baseline, for_seed);
  result.single_site = result.is_valid ? mean_run(in_one) : *in_one.back();
  if (!result.is_valid) return result;
  const SeedRuns across = read_runs(result, runs, steps, every_seed);
  result.across_sites = result.is_valid ? mean_run(across) : *across.front();
  if (!result.is_valid) return result;
  result.across_sites.name = "across-sites";
  if (options.attribution && !read_ladder(result, runs, rungs, in_one, across)) return result;
  set_efficiency(result, in_one, across);
  if (scenario.run.long_run && !add_goodput(result, scenario, *across.front(), replayed, factory, progress, jobs))
    return result;
  result.mfu_single_site = utilisation_of(graph, result.single_site.step_seconds);
  result.mfu_across_sites = utilisation_of(graph, result.across_sites.step_seconds);
  set_spread(result, graph, in_one, across);
  result.expectations = evaluate(scenario, result);
  return result;
}

}  // namespace farlink::replay
