// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/limits.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace farlink::fabric_flows {

namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& why) {
  throw std::invalid_argument("the fabric of flows has no model of " + key + ": " + why + "; use --fabric packets");
}

bool loses(const scenario::DirectionSettings& d) {
  return !d.loss.is_zero() || !d.corrupt.is_zero() || !d.bit_error.is_zero() || d.fec;
}

void check_direction(const std::string& link, const scenario::DirectionSettings& d) {
  if (d.burst_loss) refuse(link + "burst-loss", "what a burst costs depends on which frames it takes");
  if (!d.listed_loss.empty()) refuse(link + "listed-loss", "flows have no single frames");
  if (!d.duplicate.is_zero()) refuse(link + "duplicate", "flows have no single frames");
  if (d.background) refuse(link + "background", "traffic of others comes in frames");
}

void check_link(const scenario::Link& link, const scenario::Transport& transport) {
  const std::string name = "links." + link.name + ".";
  check_direction(name, link.forward);
  check_direction(name + "reverse.", link.reverse);
  if (link.faults) refuse(name + "faults", "links do not change during a run of flows");
  using enum scenario::PfcMode;
  if (link.lossless.pfc != off && link.lossless.pfc != segmented)
    refuse(name + "lossless.pfc: " + std::string(scenario::to_text(link.lossless.pfc)),
           "pauses that cross the fibre depend on single frames");
  if (link.balancer == scenario::Balancer::flowlet)
    refuse(name + "balancer: flowlet", "gaps between frames decide there");
  if (link.balancer == scenario::Balancer::per_packet && link.waves > 1)
    refuse(name + "balancer: per-packet", "frames overtake each other there, and RNICs answer that");
  if (transport.slow_restart && (loses(link.forward) || loses(link.reverse)))
    refuse("transport.slow-restart with loss", "its window grows frame by frame");
  if (transport.adaptive_timer && (loses(link.forward) || loses(link.reverse)))
    refuse("transport.adaptive-timer with loss", "it follows single acknowledgements");
}

void check_congestion_control(const scenario::Scenario& scenario) {
  const auto& control = scenario.transport.congestion_control;
  if (std::holds_alternative<scenario::Swift>(control))
    refuse("transport.congestion-control: swift", "it follows the delay of single packets");
  if (!std::holds_alternative<scenario::Dcqcn>(control)) return;
  for (const scenario::Link& link : scenario.links)
    for (const scenario::DirectionSettings* d : {&link.forward, &link.reverse})
      if (d->ecn || !d->ce_mark.is_zero())
        refuse("transport.congestion-control: dcqcn with marks",
               "its rates follow single notifications, and no closed form of them is within a point");
}

}  // namespace

void check_limits(const scenario::Scenario& scenario) {
  if (!std::holds_alternative<scenario::Training>(scenario.workload) &&
      !std::holds_alternative<scenario::Recorded>(scenario.workload))
    refuse("workload.flows", "a bench measures single queue pairs");
  if (!scenario.events.empty()) refuse("events", "links do not change during a run of flows");
  if (scenario.second_job) refuse("second-job", "jobs of different sizes do not share a link evenly");
  if (scenario.run.long_run) refuse("run.duration", "what a cut does to a step has to be run in frames");
  if (scenario.transport.erasure_coding) refuse("transport.erasure-coding", "blocks are rebuilt frame by frame");
  for (const scenario::Link& link : scenario.links) check_link(link, scenario.transport);
  check_congestion_control(scenario);
}

std::vector<std::string> notes_of(const scenario::Scenario& scenario) {
  std::vector<std::string> notes{"Messages are flows: no frame was moved; see docs/flows.md."};
  constexpr double highest_loss = 1e-6;
  const auto loss = [](const scenario::DirectionSettings& d) { return d.loss.value() + d.corrupt.value(); };
  for (const scenario::Link& link : scenario.links) {
    if (std::max(loss(link.forward), loss(link.reverse)) > highest_loss)
      notes.push_back("Link " + link.name +
                      ": with more than 1 ppm of loss flows were found up to several points of efficiency away from "
                      "packets, most where whole gradients cross the link; check with --fabric packets.");
  }
  return notes;
}

}  // namespace farlink::fabric_flows
