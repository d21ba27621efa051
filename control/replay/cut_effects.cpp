// SPDX-License-Identifier: Apache-2.0
#include "control/replay/cut_effects.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace farlink::replay {
namespace {

constexpr std::uint32_t runs_of_link = 8;

double sum(const std::vector<double>& seconds, std::size_t count) {
  return std::accumulate(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(count), 0.0);
}

// Times at which frames began on a link, either direction: [start, end) in order.
struct Busy {
  double start, end;
};

std::vector<Busy> busy_times(const report::RunResult& run, const std::string& link) {
  std::vector<Busy> busy;
  for (const report::LinkStatistics& direction : run.fabric.links) {
    if (direction.name != link) continue;
    for (std::size_t i = 0; i < direction.samples.size(); ++i) {
      if (direction.samples[i].utilisation <= 0) continue;
      const bool is_last = i + 1 == direction.samples.size();
      busy.push_back({direction.samples[i].start_seconds,
                      is_last ? run.fabric.virtual_seconds : direction.samples[i + 1].start_seconds});
    }
  }
  return busy;
}

// Parts of the step in which a cut may begin and meet a frame.
std::vector<std::uint32_t> parts_met(const std::vector<Busy>& busy, double step_start, double step, double cut) {
  std::vector<std::uint32_t> met;
  for (std::uint32_t part = 0; part < parts_of_step; ++part) {
    const double begin = step_start + step * part / parts_of_step;
    const double end = step_start + step * (part + 1) / parts_of_step + cut;
    if (std::any_of(busy.begin(), busy.end(), [&](const Busy& b) { return b.start < end && begin < b.end; }))
      met.push_back(part);
  }
  return met;
}

scenario::Scenario with_cut(scenario::Scenario scenario, const scenario::Link& link, units::Duration at) {
  for (scenario::Link& other : scenario.links) other.faults.reset();
  scenario.armed = scenario::Armed::start;
  scenario.events.push_back({.at = at, .link = link.name, .cut = link.faults->cut});
  return scenario;
}

}  // namespace

std::vector<CutRun> cut_runs(const scenario::Scenario& scenario, const report::RunResult& undisturbed) {
  std::vector<CutRun> runs;
  std::uint32_t number = 0;
  for (const scenario::Link& link : scenario.links) {
    if (!link.faults) continue;
    const std::size_t last_but_one = undisturbed.steps.size() - 2;
    const double start = sum(undisturbed.steps, last_but_one), step = undisturbed.steps[last_but_one];
    const std::vector<std::uint32_t> met =
        parts_met(busy_times(undisturbed, link.name), start, step, link.faults->cut.seconds());
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(runs_of_link, met.size()));
    for (std::uint32_t i = 0; i < count; ++i) {
      CutRun& run = runs.emplace_back();
      const auto first = met.begin() + static_cast<std::ptrdiff_t>(met.size() * i / count);
      run.parts.assign(first, met.begin() + static_cast<std::ptrdiff_t>(met.size() * (i + 1) / count));
      run.moment = (run.parts[run.parts.size() / 2] + 0.5) / parts_of_step;
      const auto at = units::Duration::microseconds(std::llround((start + run.moment * step) * 1e6));
      run.name = "cut of " + link.name + ", " + std::to_string(i + 1) + " of " + std::to_string(count);
      run.link = number;
      run.scenario = with_cut(scenario, link, at);
      run.cut_at_seconds = at.seconds();
    }
    ++number;
  }
  return runs;
}

goodput::CutEffect effect_of(const CutRun& run, const report::RunResult& result, const report::RunResult& undisturbed) {
  if (result.fabric.aborted_at_seconds)
    return {true, units::Duration::from_seconds(*result.fabric.aborted_at_seconds - run.cut_at_seconds)};
  const double later = sum(result.steps, result.steps.size()) - sum(undisturbed.steps, undisturbed.steps.size());
  return {false, units::Duration::from_seconds(std::max(0.0, later))};
}

}  // namespace farlink::replay
