// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/faults.hpp"

#include <algorithm>
#include <cmath>

#include "dataplane/link/exponential.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::fabric_packets {
namespace {

void add_faults(std::vector<scenario::Event>& events, const scenario::Link& link, const link::Random& draws) {
  const scenario::Faults& faults = *link.faults;
  const Duration microsecond = Duration::microseconds(1);
  Duration at;
  for (std::uint64_t number = 0;; ++number) {
    const double interval = link::exponential(draws, number) * (faults.mtbf / microsecond);  // in microseconds
    if (interval > faults.until / microsecond) return;
    at += microsecond * std::max<std::int64_t>(1, std::llround(std::ceil(interval)));
    if (at > faults.until) return;
    events.push_back({.at = at, .link = link.name, .cut = faults.cut});
  }
}

}  // namespace

std::vector<scenario::Event> events_of(const scenario::Scenario& scenario) {
  std::vector<scenario::Event> events = scenario.events;
  for (std::uint32_t i = 0; i < scenario.links.size(); ++i) {
    if (!scenario.links[i].faults) continue;
    add_faults(events, scenario.links[i], {scenario.run.seed, i, 0, link::Stage::fault});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const scenario::Event& a, const scenario::Event& b) { return a.at < b.at; });
  return events;
}

std::optional<Duration> end_of_faults(const scenario::Scenario& scenario) {
  std::optional<Duration> end;
  for (const scenario::Link& link : scenario.links)
    if (link.faults) end = std::min(end.value_or(link.faults->until), link.faults->until);
  return end;
}

std::string why_outlasted(const scenario::Scenario& scenario, Instant epoch, Instant end) {
  const std::optional<Duration> faults_end = end_of_faults(scenario);
  if (!faults_end || end <= epoch + *faults_end) return {};
  return "the run lasted longer than its faults were to come, " + units::to_text(*faults_end) +
         "; set links.NAME.faults.until to more than " + units::to_text(end.since_start());
}

}  // namespace farlink::fabric_packets
