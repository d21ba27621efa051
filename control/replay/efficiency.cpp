// SPDX-License-Identifier: Apache-2.0
#include "control/replay/efficiency.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include "control/replay/attribution.hpp"
#include "control/replay/plan.hpp"
#include "control/replay/run_replay.hpp"
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

// The runs of one measurement; a scenario that has run before is not run again.
class Runs {
 public:
  Runs(const Scenario& scenario, const trace::Graph& graph, const FabricFactory& factory,
       const MeasureCallback& progress)
      : plan_{graph, scenario.sites, algorithm_of(scenario.workload), scenario.run.steps},
        factory_{factory},
        progress_{progress} {}

  // Announces a run, so that progress can tell how many there are.
  void announce(const Scenario& scenario) {
    if (!is_known(scenario)) announced_.push_back(scenario);
  }

  const RunResult& run(const Scenario& scenario, const std::string& name) {
    for (const auto& [done, result] : done_) {
      if (is_same_run(done, scenario)) return result;
    }
    MeasureProgress report{name,
                           static_cast<std::uint32_t>(done_.size() + 1),
                           static_cast<std::uint32_t>(std::max(announced_.size(), done_.size() + 1)),
                           0,
                           {}};
    const auto fabric = factory_(scenario, &plan_.graph());
    done_.emplace_back(scenario,
                       run_replay(plan_, scenario, *fabric, name, [&](double done, const fabric::Progress& engine) {
                         report.done = done;
                         report.engine = engine;
                         return !progress_ || progress_(report);
                       }));
    return done_.back().second;
  }

 private:
  bool is_known(const Scenario& scenario) const {
    return std::any_of(announced_.begin(), announced_.end(),
                       [&](const auto& other) { return is_same_run(other, scenario); });
  }
  Plan plan_;
  const FabricFactory& factory_;
  const MeasureCallback& progress_;
  std::vector<Scenario> announced_;
  std::deque<std::pair<Scenario, RunResult>> done_;  // addresses stay
};

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

// The stretched run with each seed; false when one is invalid.
bool run_stretched(Result& result, Runs& runs, const Scenario& scenario) {
  std::vector<double> efficiencies, steps, exposed;
  for (std::uint32_t i = 0; i < std::max(scenario.run.seeds, 1U); ++i) {
    const std::string name = i == 0 ? "across-sites" : "across-sites, seed " + std::to_string(scenario.run.seed + i);
    const RunResult& run = runs.run(with_seed(scenario, scenario.run.seed + i), name);
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

bool run_ladder(Result& result, Runs& runs, const std::vector<Rung>& rungs) {
  std::vector<double> after;
  for (const Rung& rung : rungs) {
    if (!rung.changes) {
      after.push_back(0);  // not read
      continue;
    }
    const RunResult& run = runs.run(rung.scenario, "without " + rung.cause);
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
  Runs runs{scenario, graph, factory, progress};
  runs.announce(baseline);
  for (std::uint32_t i = 0; i < scenario.run.seeds; ++i) runs.announce(with_seed(scenario, scenario.run.seed + i));
  for (const Rung& rung : rungs) runs.announce(rung.scenario);

  result.single_site = runs.run(baseline, "single-site");
  if (!accept(result, result.single_site)) return result;
  if (!run_stretched(result, runs, scenario)) return result;
  if (options.attribution && !run_ladder(result, runs, rungs)) return result;
  result.mfu_single_site = utilisation_of(graph, result.single_site);
  result.mfu_across_sites = utilisation_of(graph, result.across_sites);
  result.expectations = evaluate(scenario, result);
  return result;
}

}  // namespace farlink::replay
