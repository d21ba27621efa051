// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/schedule.hpp"

#include <algorithm>
#include <stdexcept>

#include "control/fabric_packets/faults.hpp"
#include "control/fabric_packets/timeline.hpp"

namespace farlink::fabric_packets {
namespace {

double rate_of(const link::DirectionConfig& config) {
  return static_cast<double>(config.near_edge.rate.bits_per_second()) * config.near_edge.waves;
}

}  // namespace

Schedule schedule_of(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& access_ports) {
  Schedule schedule;
  schedule.changes.resize(scenario.links.size());
  const std::vector<scenario::Event> events = events_of(scenario);
  if (events.empty()) return schedule;
  Timeline timeline{events};
  LinkState state{scenario, access_ports};
  std::vector<link::DirectionConfig> before = state.configs();
  while (timeline.next_due() != Instant::never()) {
    const Instant now = timeline.next_due();
    for (const Happened& happened : timeline.apply_due(now, state)) {
      if (!happened.refusal.empty())
        throw std::invalid_argument("event '" + happened.what + "' on " + happened.link + ": " + happened.refusal);
      schedule.events.push_back({now.seconds(), happened.link, happened.direction, happened.what});
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (state.configs()[i] == before[i]) continue;
      before[i] = state.configs()[i];
      schedule.changes[i / 2].at(i % 2).push_back({now, before[i]});
    }
  }
  return schedule;
}

double capacity_bits(double rate, const std::vector<virtual_time::Change>& changes, units::Instant from,
                     units::Instant to) {
  double bits = 0;
  for (const virtual_time::Change& change : changes) {
    if (change.at >= to) break;
    if (change.at > from) {
      bits += rate * (change.at - from).seconds();
      from = change.at;
    }
    rate = rate_of(change.config);
  }
  return bits + rate * (to - from).seconds();
}

}  // namespace farlink::fabric_packets
