// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/variants.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
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

using Keys = std::initializer_list<std::string_view>;

// Events set these no more; one that sets nothing then is gone.
void forget(Scenario& scenario, Keys keys) {
  const auto is_named = [&](const std::string& value) {
    const std::string_view key = std::string_view{value}.substr(0, value.find_first_of(".="));
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (Event& event : scenario.events) {
    std::erase_if(event.set, is_named);
    std::erase_if(event.route, is_named);
  }
  std::erase_if(scenario.events,
                [](const Event& event) { return !event.cut && !event.wave_loss && event.set.empty(); });
}

// The way that protection has switched to stays, and is there when it was: what is gone is the darkness before.
void keep_light(Scenario& scenario) {
  std::erase_if(scenario.events, [](const Event& event) { return event.wave_loss.has_value(); });
  for (Event& event : scenario.events) {
    if (!event.cut) continue;
    event.at += *event.cut;
    event.cut.reset();
    event.set = std::exchange(event.route, {});
  }
  std::erase_if(scenario.events, [](const Event& event) { return event.set.empty(); });
  std::stable_sort(scenario.events.begin(), scenario.events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  for (Link& link : scenario.links) link.faults.reset();
}

}  // namespace

Scenario without_loss(Scenario scenario) {
  keep_light(scenario);
  scenario.transport.erasure_coding.reset();  // its parity is what guarding against loss costs
  forget(scenario, {"loss", "burst-loss", "bit-error-rate", "fec", "listed-loss", "corrupt", "duplicate"});
  for_each_direction(scenario, [](DirectionSettings& d) {
    d.loss = d.bit_error = d.corrupt = d.duplicate = Probability::never();
    d.burst_loss.reset();
    d.fec.reset();
    d.listed_loss.clear();
  });
  return scenario;
}

Scenario without_congestion_control(Scenario scenario) {
  forget(scenario, {"lossless", "ecn", "ce-mark"});
  scenario.transport.congestion_control = {};
  for (Link& link : scenario.links) link.lossless.pfc = PfcMode::segmented;
  for_each_direction(scenario, [](DirectionSettings& d) {
    d.ecn.reset();
    d.ce_mark = Probability::never();
  });
  return scenario;
}

Scenario without_convergence(Scenario scenario) {
  scenario.second_job.reset();  // the link's width is the measured job's alone
  forget(scenario, {"rate", "convergence", "framing", "overhead"});
  for (Link& link : scenario.links) {
    link.waves = 1;
    link.skew = Duration::zero();
    link.balancer = Balancer::ecmp;
    link.flowlet_gap = Link{}.flowlet_gap;
    link.convergence = 1;
    link.forward.rate = link.reverse.rate = link.access;
  }
  for_each_direction(scenario, [](DirectionSettings& d) {
    d.framing = Framing::ethernet;
    d.overhead = Bytes{};
    d.background.reset();
  });
  return scenario;
}

Scenario without_distance(Scenario scenario) {
  forget(scenario, {"distance", "delay", "medium", "equipment-delay", "jitter"});
  for (Link& link : scenario.links) {
    if (link.distance) link.distance = Distance{};
  }
  for_each_direction(scenario, [](DirectionSettings& d) { d.delay = d.equipment_delay = d.jitter = Duration::zero(); });
  return scenario;
}

namespace {

bool draws(const DirectionSettings& d) {
  const bool has_losses = !d.loss.is_zero() || d.burst_loss || !d.bit_error.is_zero() || d.fec;
  return has_losses || !d.corrupt.is_zero() || !d.duplicate.is_zero() || !d.ce_mark.is_zero() || d.ecn ||
         d.jitter > Duration::zero() || (d.background && d.background->has_random_periods);
}

}  // namespace

bool has_background(const Scenario& scenario) {
  return std::any_of(scenario.links.begin(), scenario.links.end(),
                     [](const Link& link) { return link.forward.background || link.reverse.background; });
}

bool depends_on_seed(const Scenario& scenario) {
  const ComputeVariation& variation = scenario.compute_variation;
  if (variation.jitter > 0 || (variation.stragglers && variation.stragglers->count > 0)) return true;
  if (!scenario.events.empty()) return true;
  return std::any_of(scenario.links.begin(), scenario.links.end(), [](const Link& link) {
    return link.faults || link.balancer == Balancer::flowlet || draws(link.forward) || draws(link.reverse);
  });
}

Scenario single_site(Scenario scenario) {
  return without_distance(without_convergence(without_congestion_control(without_loss(std::move(scenario)))));
}

}  // namespace farlink::scenario
