// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_live/live_fabrics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unistd.h>

#include "control/fabric_live/demand.hpp"
#include "control/fabric_live/kinds.hpp"
#include "control/scenario/variants.hpp"
#include "dataplane/dpdk/buffers.hpp"

namespace farlink::fabric_live {
namespace {

void check(const scenario::Scenario& scenario) {
  if (scenario.sites.size() != 2 || scenario.links.size() != 1) {
    throw std::invalid_argument(
        "run --live drives one link between two sites, and this scenario has " + std::to_string(scenario.links.size()) +
        " links and " + std::to_string(scenario.sites.size()) + " sites; take one link of it, or leave --live out");
  }
  if (scenario::has_background(scenario))
    throw std::invalid_argument("run --live makes no traffic of others: set links." + scenario.links.front().name +
                                ".background=off (and its reverse), or leave --live out");
  if (scenario.links.front().balancer == scenario::Balancer::planned)
    throw std::invalid_argument(
        "run --live does not plan; use balancer: ecmp, flowlet or per-packet, or leave --live out");
  if (scenario.transport.on_error == scenario::OnError::reconnect)
    throw std::invalid_argument(
        "run --live opens its queue pairs before it starts; leave transport.on-error: reconnect out, or --live");
  if (scenario.second_job)
    throw std::invalid_argument("run --live drives one job; take second-job out of the scenario, or leave --live out");
  if (scenario.transport.erasure_coding)
    throw std::invalid_argument(
        "run --live sends no parity: its RNIC does not reckon with payloads; set transport.erasure-coding=off, or "
        "leave --live out");
  if (scenario.links.front().lossless.pfc == scenario::PfcMode::relay)
    throw std::invalid_argument(
        "run --live has no gateways; use lossless.pfc: segmented, end-to-end or rate-matched, or leave --live out");
  for (const auto* direction : {&scenario.links.front().forward, &scenario.links.front().reverse}) {
    if (direction->ecn && direction->ecn->near_cnp_interval)
      throw std::invalid_argument(
          "run --live has a near edge that does not know who sent a frame; leave ecn.cnp: near-edge out, or --live");
  }
  if (std::holds_alternative<scenario::NoWorkload>(scenario.workload))
    throw std::invalid_argument("run --live needs a workload; farlink up carries traffic from outside");
}

dpdk::EalOptions eal_options(const scenario::Scenario& scenario) {
  constexpr std::uint64_t for_all_else = std::uint64_t{64} << 20;  // rings, ports, the environment itself
  const std::uint64_t needed =
      mbufs_of_all_runs(scenario) * dpdk::Buffers::bytes_of_one(frame_bytes(scenario)) + for_all_else;
  dpdk::EalOptions options;
  const std::string& prefix = scenario.dpdk.file_prefix;
  options.name = prefix.empty() ? scenario.name + "-" + std::to_string(::getpid()) : prefix;
  options.cpus.assign(scenario.dpdk.lcores.begin(), scenario.dpdk.lcores.end());
  options.memory_bytes = scenario.dpdk.memory ? scenario.dpdk.memory->count() : needed;
  if (options.memory_bytes < needed) {
    throw std::invalid_argument("dpdk.memory: " + std::to_string(options.memory_bytes >> 20) +
                                " MiB, and this run needs " + std::to_string((needed >> 20) + 1) +
                                " MiB; give more, or a smaller lossless.buffer, distance or rate");
  }
  options.hugepages = scenario.dpdk.hugepages == scenario::Hugepages::on    ? dpdk::HugepageUse::on
                      : scenario.dpdk.hugepages == scenario::Hugepages::off ? dpdk::HugepageUse::off
                                                                            : dpdk::HugepageUse::automatic;
  options.args = scenario.dpdk.args;
  return options;
}

std::vector<std::string> notes_on(const scenario::Scenario& scenario, const dpdk::Eal& eal) {
  std::vector<std::string> notes;
  const double rate = frames_per_second(scenario);
  if (rate > frames_per_core) {
    char text[256];
    std::snprintf(text, sizeof text,
                  "the full link carries %.2f million frames a second, and one core makes and checks about %.1f "
                  "million; unless the workload needs less, the run will fall behind and be invalid",
                  rate * 1e-6, frames_per_core * 1e-6);
    notes.emplace_back(text);
  }
  if (eal.shares_cpus())
    notes.emplace_back(
        "there is no CPU for the control thread beside those of dpdk.lcores, so both wait for each other");
  for (const scenario::Site& site : scenario.sites) {
    if (site.ports.empty()) continue;
    notes.emplace_back("ports: are not used: run --live has ports of its own inside the process");
    break;
  }
  return notes;
}

}  // namespace

struct LiveFabrics::Environment {
  explicit Environment(const scenario::Scenario& scenario) : eal{eal_options(scenario)} {}
  dpdk::Eal eal;
  std::uint32_t runs = 0;
};

LiveFabrics::LiveFabrics(const scenario::Scenario& scenario) {
  check(scenario);
  environment_ = std::make_unique<Environment>(scenario);
  notes_ = notes_on(scenario, environment_->eal);
}

LiveFabrics::~LiveFabrics() = default;

std::unique_ptr<fabric::Fabric> LiveFabrics::make(const scenario::Scenario& scenario, const trace::Graph* graph) {
  check(scenario);
  const std::string name = "run" + std::to_string(environment_->runs++);
  if (graph != nullptr) return make_live_message_fabric(scenario, *graph, environment_->eal, name);
  if (!std::holds_alternative<scenario::Flows>(scenario.workload))
    throw std::invalid_argument("a training or trace workload needs its graph");
  return make_live_flow_fabric(scenario, environment_->eal, name);
}

}  // namespace farlink::fabric_live
