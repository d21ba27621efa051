// SPDX-License-Identifier: Apache-2.0
// Lab flows: nothing is replayed, the fabric runs the flows and counts.
#include <algorithm>

#include "control/fabric/idle_site.hpp"
#include "control/replay/efficiency.hpp"
#include "control/replay/run_replay.hpp"
#include "control/replay/seeds.hpp"

namespace farlink::replay {
namespace {

// How far the flows are; only the fabric's own stop at `messages` or `stop_losses` can come earlier.
double share_done(const scenario::Flows& flows, const fabric::Progress& engine) {
  if (flows.stop_frames == 0) return 0;
  return std::min(1.0, static_cast<double>(engine.data_frames) / static_cast<double>(flows.stop_frames));
}

std::string counted(std::uint32_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string describe(const scenario::Flows& flows, const scenario::Transport& transport) {
  const auto& channels = transport.channels;
  return "flows: " + counted(flows.pairs, "pair") + " of NICs, " +
         (channels ? counted(channels->count, "channel") + " of " + counted(channels->queue_pairs, "queue pair")
                   : counted(transport.qps_per_pair, "queue pair")) +
         " each, messages of " + std::to_string(flows.message.count()) + " bytes";
}

// One run of the flows. `ask` is told its own share and the engine's figures.
fabric::Statistics run_flows(const scenario::Scenario& scenario, const FabricFactory& factory,
                             const fabric::ProgressCallback& ask) {
  std::vector<fabric::IdleSite> sites(scenario.sites.size());
  std::vector<fabric::SiteDriver*> drivers;
  drivers.reserve(sites.size());
  for (fabric::IdleSite& site : sites) drivers.push_back(&site);
  const auto fabric = factory(scenario, nullptr);
  fabric->run(drivers, ask);
  fabric::Statistics statistics = fabric->statistics();
  check_conservation(statistics);
  return statistics;
}

// Goodput of each flow: the mean over the seeds, and its error.
void set_goodput(std::vector<fabric::FlowStatistics>& flows, const std::vector<fabric::Statistics>& by_seed) {
  for (std::size_t flow = 0; flow < flows.size(); ++flow) {
    std::vector<double> goodputs;
    goodputs.reserve(by_seed.size());
    for (const fabric::Statistics& of_seed : by_seed) goodputs.push_back(of_seed.flows.at(flow).goodput_bps);
    const Spread spread = spread_of(goodputs);
    flows[flow].goodput_bps = spread.mean;
    flows[flow].goodput_error_bps = spread.standard_error;
  }
}

}  // namespace

report::Result measure_flows(const scenario::Scenario& scenario, const FabricFactory& factory, const Options& options,
                             const MeasureCallback& progress) {
  const auto& flows = std::get<scenario::Flows>(scenario.workload);
  report::Result result;
  result.scenario = scenario.name;
  result.scenario_hash = scenario.hash;
  result.version = options.version;
  result.seed = scenario.run.seed;
  result.seeds = seeds_of(scenario);
  result.workload = describe(flows, scenario.transport);
  result.across_sites.name = "flows";

  std::vector<fabric::Statistics> by_seed;
  MeasureProgress report;
  report.run_count = result.seeds;
  std::uint64_t frames_before = 0;
  for (std::uint32_t i = 0; i < result.seeds; ++i) {
    report.run = i == 0 ? "flows" : "flows, seed " + std::to_string(scenario.run.seed + i);
    report.run_number = i + 1;
    by_seed.push_back(run_flows(with_seed(scenario, i), factory, [&](const fabric::Progress& engine) {
      report.done = share_done(flows, engine);
      report.engine = engine;
      report.all = {1, i, (i + report.done) / result.seeds, frames_before + engine.data_frames};
      return !progress || progress(report);
    }));
    frames_before += by_seed.back().data_frames;
    result.is_valid = by_seed.back().is_valid;
    result.why_invalid = by_seed.back().why_invalid;
    if (!result.is_valid) break;
  }
  result.across_sites.fabric = result.is_valid ? by_seed.front() : by_seed.back();
  if (result.is_valid && by_seed.size() > 1) set_goodput(result.across_sites.fabric.flows, by_seed);
  return result;
}

}  // namespace farlink::replay
