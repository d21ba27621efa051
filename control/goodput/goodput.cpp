// SPDX-License-Identifier: Apache-2.0
#include "control/goodput/goodput.hpp"

#include <algorithm>
#include <cmath>

#include "control/goodput/interruptions.hpp"

namespace farlink::goodput {
namespace {

constexpr std::uint32_t histories = 1'000;

struct Histories {
  std::vector<History> all;

  template <typename Figure>
  double mean(Figure figure) const {
    double sum = 0;
    for (const History& history : all) sum += figure(history);
    return sum / static_cast<double>(all.size());
  }
  double mean_share(Duration TimeSpent::*part, Duration duration) const {
    return mean([&](const History& history) { return history.spent.*part / duration; });
  }
};

Histories draw(const scenario::Scenario& scenario, const Job& job) {
  scenario::Scenario source = scenario;
  if (job.cuts.empty())
    for (scenario::Link& link : source.links) link.faults.reset();
  Histories drawn;
  for (std::uint32_t i = 0; i < histories; ++i) {
    DrawnInterruptions interruptions{source, scenario.run.seed + i, job.duration};
    drawn.all.push_back(history_of(job, [&] { return interruptions.next(); }));
  }
  return drawn;
}

void add_spread(report::Goodput& goodput, const Histories& across, Duration duration) {
  std::vector<double> shares;
  for (const History& history : across.all) shares.push_back(history.spent.useful / duration);
  std::sort(shares.begin(), shares.end());
  const auto n = static_cast<double>(shares.size());
  double squares = 0;
  for (const double share : shares) squares += (share - goodput.across_sites) * (share - goodput.across_sites);
  goodput.standard_error = std::sqrt(squares / (n - 1) / n);
  goodput.p5 = shares[shares.size() * 5 / 100 - 1];
  goodput.p95 = shares[shares.size() * 95 / 100 - 1];
}

}  // namespace

report::Goodput goodput_of(const scenario::Scenario& scenario, const StepTimes& steps, const std::vector<Cuts>& cuts) {
  const scenario::LongRun& run = *scenario.run.long_run;
  const Job job{run.duration, Duration::from_seconds(steps.across_sites), run.checkpoint, cuts};
  const Job home{run.duration, Duration::from_seconds(steps.single_site), run.checkpoint, {}};
  const Histories across = draw(scenario, job);
  const Histories single = draw(scenario, home);

  report::Goodput goodput;
  goodput.duration_seconds = run.duration.seconds();
  goodput.histories = histories;
  goodput.single_site = single.mean_share(&TimeSpent::useful, run.duration);
  goodput.across_sites = across.mean_share(&TimeSpent::useful, run.duration);
  add_spread(goodput, across, run.duration);
  goodput.steps_single_site = single.mean([](const History& h) { return static_cast<double>(h.steps); });
  goodput.steps_across_sites = across.mean([](const History& h) { return static_cast<double>(h.steps); });
  if (goodput.steps_single_site > 0) goodput.efficiency = goodput.steps_across_sites / goodput.steps_single_site;
  goodput.spent = {{"useful", goodput.across_sites},
                   {"checkpoints", across.mean_share(&TimeSpent::checkpoints, run.duration)},
                   {"rework", across.mean_share(&TimeSpent::rework, run.duration)},
                   {"restarts", across.mean_share(&TimeSpent::restarts, run.duration)},
                   {"stalls", across.mean_share(&TimeSpent::stalls, run.duration)},
                   {"unfinished", across.mean_share(&TimeSpent::unfinished, run.duration)}};
  goodput.failures = across.mean([](const History& h) { return static_cast<double>(h.failures); });
  goodput.cuts = across.mean([](const History& h) { return static_cast<double>(h.cuts); });
  goodput.aborts = across.mean([](const History& h) { return static_cast<double>(h.aborts); });
  return goodput;
}

}  // namespace farlink::goodput
