// SPDX-License-Identifier: Apache-2.0
#include "control/replay/run_replay.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "control/replay/shared_site.hpp"
#include "control/replay/site_replay.hpp"
#include "control/replay/timeline.hpp"

namespace farlink::replay {
namespace {

using units::Instant;

using Sites = std::vector<std::unique_ptr<SiteReplay>>;

const RankRecord& record_of(const Plan& plan, const Sites& sites, std::uint32_t rank) {
  return sites[plan.place(rank).site]->record(plan.place(rank).slot);
}

// End of each step at the slowest rank, as far as every rank got.
std::vector<Instant> slowest_ends(const Plan& plan, const Sites& sites) {
  std::vector<Instant> ends(plan.steps(), Instant::start());
  for (std::uint32_t rank = 0; rank < plan.graph().ranks.size(); ++rank) {
    const auto& own = record_of(plan, sites, rank).step_ends;
    ends.resize(std::min(ends.size(), own.size()));
    for (std::size_t step = 0; step < ends.size(); ++step) ends[step] = std::max(ends[step], own[step]);
  }
  return ends;
}

// A rank begins the last step where its step before ended.
Instant last_step_start(const RankRecord& record) {
  return record.step_ends.size() < 2 ? Instant::start() : record.step_ends[record.step_ends.size() - 2];
}

void add_records(report::RunResult& result, const Plan& plan, const Sites& sites, const scenario::Scenario& scenario) {
  const auto ranks = static_cast<std::uint32_t>(plan.graph().ranks.size() - plan.graph().servers);
  Instant step_start = Instant::never();
  double exposed = 0;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    const RankRecord& record = record_of(plan, sites, rank);
    step_start = std::min(step_start, last_step_start(record));
    exposed += time_outside(record.communicating, record.computing).seconds();
  }
  if (ranks > 0) result.exposed_communication_seconds = exposed / ranks;
  for (const std::uint32_t rank : drawn_ranks(plan.graph())) {
    result.timeline.push_back(lane_of(plan.graph(), scenario, rank, record_of(plan, sites, rank), step_start));
  }
}

// What the second job did meanwhile.
void add_second_job(report::RunResult& result, const Plan& plan, const Sites& sites) {
  report::SecondJob& job = result.second_job.emplace();
  job.ranks = plan.graph().ranks.size();
  const std::vector<Instant> ends = slowest_ends(plan, sites);
  job.steps = ends.size();
  if (!ends.empty()) job.step_seconds = (ends.back() - Instant::start()).seconds() / static_cast<double>(ends.size());
  const bool has_ended = std::all_of(sites.begin(), sites.end(), [](const auto& site) { return site->is_finished(); });
  if (!has_ended || !result.fabric.is_valid) return;
  result.fabric.is_valid = false;
  result.fabric.why_invalid = "the second job made " + std::to_string(plan.steps()) +
                              " steps, as many as can be told apart, before the measured one had ended";
}

}  // namespace

void check_conservation(fabric::Statistics& statistics) {
  for (const fabric::LinkStatistics& link : statistics.links) {
    if (link.is_conserved() || !statistics.is_valid) continue;
    statistics.is_valid = false;
    statistics.why_invalid = "link " + link.name + ", " + link.direction + ": frames in do not equal frames out";
  }
}

report::RunResult run_replay(const Plan& plan, const scenario::Scenario& scenario, fabric::Fabric& fabric,
                             std::string name, const ReplayProgress& progress, const Plan* second) {
  if (scenario.run.warmup >= plan.steps()) {
    throw std::invalid_argument("run: no step is left to measure: steps must be more than warmup");
  }
  const std::vector<std::uint32_t> drawn = drawn_ranks(plan.graph());
  const ComputeTimes times{scenario.compute_variation, scenario.run.seed,
                           static_cast<std::uint32_t>(plan.graph().ranks.size())};
  const ComputeTimes nominal;
  Sites sites, second_sites;
  std::vector<std::unique_ptr<SharedSite>> shared;
  std::vector<fabric::SiteDriver*> drivers;
  for (std::uint32_t site = 0; site < plan.sites().size(); ++site) {
    drivers.push_back(sites.emplace_back(std::make_unique<SiteReplay>(plan, times, site, drawn)).get());
    if (second == nullptr) continue;
    second_sites.push_back(std::make_unique<SiteReplay>(*second, nominal, site, std::span<const std::uint32_t>{}));
    shared.push_back(std::make_unique<SharedSite>(*sites.back(), *second_sites.back(),
                                                  static_cast<std::uint32_t>(plan.graph().ranks.size())));
    drivers.back() = shared.back().get();
  }
  const double all = std::max(1.0, static_cast<double>(plan.graph().ranks.node_count()) * plan.steps());
  fabric.run(drivers, [&](const fabric::Progress& engine) {
    std::uint64_t done = 0;
    for (const auto& site : sites) done += site->nodes_done();
    return !progress || progress(static_cast<double>(done) / all, engine);
  });

  report::RunResult result;
  result.name = std::move(name);
  result.fabric = fabric.statistics();
  check_conservation(result.fabric);
  if (second != nullptr) add_second_job(result, *second, second_sites);
  const std::vector<Instant> ends = slowest_ends(plan, sites);
  for (std::size_t step = 0; step < ends.size(); ++step) {
    result.steps.push_back((ends[step] - (step == 0 ? Instant::start() : ends[step - 1])).seconds());
  }
  if (ends.size() < plan.steps()) return result;
  const std::uint32_t warmup = scenario.run.warmup;
  const Instant steady_start = warmup == 0 ? Instant::start() : ends[warmup - 1];
  result.step_seconds = (ends.back() - steady_start).seconds() / (plan.steps() - warmup);
  result.steady_steps.assign(result.steps.begin() + warmup, result.steps.end());
  add_records(result, plan, sites, scenario);
  return result;
}

}  // namespace farlink::replay
