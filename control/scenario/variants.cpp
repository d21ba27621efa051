// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/variants.hpp"

#include <utility>

namespace farlink::scenario {
namespace {

template <typename Change>
void for_each_direction(Scenario& scenario, Change change) {
  for (Link& link : scenario.links) {
    change(link.forward);
    change(link.reverse);
  }
}

}  // namespace

Scenario without_loss(Scenario scenario) {
  for_each_direction(scenario, [](DirectionSettings& d) {
    d.loss = d.bit_error = d.corrupt = d.duplicate = Probability::never();
    d.burst_loss.reset();
    d.listed_loss.clear();
  });
  return scenario;
}

Scenario without_congestion_control(Scenario scenario) {
  scenario.transport.congestion_control = {};
  for (Link& link : scenario.links) link.lossless.pfc = PfcMode::segmented;
  for_each_direction(scenario, [](DirectionSettings& d) {
    d.ecn.reset();
    d.ce_mark = Probability::never();
  });
  return scenario;
}

Scenario without_convergence(Scenario scenario) {
  for (Link& link : scenario.links) {
    link.waves = 1;
    link.convergence = 1;
    link.forward.rate = link.reverse.rate = link.access;
  }
  return scenario;
}

Scenario without_distance(Scenario scenario) {
  for (Link& link : scenario.links) {
    if (link.distance) link.distance = Distance{};
  }
  for_each_direction(scenario, [](DirectionSettings& d) { d.delay = d.equipment_delay = d.jitter = Duration::zero(); });
  return scenario;
}

Scenario single_site(Scenario scenario) {
  return without_distance(without_convergence(without_congestion_control(without_loss(std::move(scenario)))));
}

}  // namespace farlink::scenario
