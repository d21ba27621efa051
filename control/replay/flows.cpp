// SPDX-License-Identifier: Apache-2.0
// Lab flows: nothing is replayed, the fabric runs the flows and counts.
#include <algorithm>

#include "control/replay/efficiency.hpp"
#include "control/replay/run_replay.hpp"

namespace farlink::replay {
namespace {

// A site without ranks.
class IdleSite final : public fabric::SiteDriver {
 public:
  void start(fabric::SiteFabric&, units::Instant) override {}
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_delivered(const fabric::Message&, units::Instant, units::Instant) override {}
  void on_acknowledged(const fabric::Message&, units::Instant) override {}
  bool is_finished() const override { return true; }
  std::string waiting_for() const override { return "nothing"; }
};

// How far the flows are; only the fabric's own stop at `messages` or `stop_losses` can come earlier.
double share_done(const scenario::Flows& flows, const fabric::Progress& engine) {
  if (flows.stop_frames == 0) return 0;
  return std::min(1.0, static_cast<double>(engine.data_frames) / static_cast<double>(flows.stop_frames));
}

std::string describe(const scenario::Flows& flows, const scenario::Transport& transport) {
  return "flows: " + std::to_string(flows.pairs) + (flows.pairs == 1 ? " pair" : " pairs") + " of NICs, " +
         std::to_string(transport.qps_per_pair) + (transport.qps_per_pair == 1 ? " queue pair" : " queue pairs") +
         " each, messages of " + std::to_string(flows.message.count()) + " bytes";
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
  result.workload = describe(flows, scenario.transport);
  result.across_sites.name = "flows";

  std::vector<IdleSite> sites(scenario.sites.size());
  std::vector<fabric::SiteDriver*> drivers;
  drivers.reserve(sites.size());
  for (IdleSite& site : sites) drivers.push_back(&site);
  const auto fabric = factory(scenario, nullptr);
  MeasureProgress report;
  report.run = "flows";
  fabric->run(drivers, [&](const fabric::Progress& engine) {
    report.done = share_done(flows, engine);
    report.engine = engine;
    report.all = {1, 0, report.done, engine.data_frames};
    return !progress || progress(report);
  });
  result.across_sites.fabric = fabric->statistics();
  check_conservation(result.across_sites.fabric);
  result.is_valid = result.across_sites.fabric.is_valid;
  result.why_invalid = result.across_sites.fabric.why_invalid;
  return result;
}

}  // namespace farlink::replay
