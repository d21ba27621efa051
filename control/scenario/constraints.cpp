// SPDX-License-Identifier: Apache-2.0
// What depends on more than one section of a scenario.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "control/scenario/parallelism_rules.hpp"
#include "control/scenario/sections.hpp"
#include "control/scenario/suggest.hpp"
#include "control/scenario/variants.hpp"

namespace farlink::scenario {
namespace {

std::string text(std::uint64_t number) { return std::to_string(number); }

bool is_linked(const Scenario& scenario, const std::string& a, const std::string& b) {
  return std::any_of(scenario.links.begin(), scenario.links.end(), [&](const Link& link) {
    return (link.west == a && link.east == b) || (link.west == b && link.east == a);
  });
}

void require_link(const Scenario& scenario, const Reader& top, std::size_t i, std::size_t j) {
  const std::string& a = scenario.sites[i].name;
  const std::string& b = scenario.sites[j].name;
  if (!is_linked(scenario, a, b)) {
    top.refuse("links", "has none between '" + a + "' and '" + b + "', which this workload needs");
  }
}

// The sites that have ranks of the job; the one that keeps its data has none.
std::vector<std::size_t> sites_of(const Scenario& scenario, const Training& training) {
  std::vector<std::size_t> sites;
  for (std::size_t i = 0; i < scenario.sites.size(); ++i)
    if (!training.storage || scenario.sites[i].name != training.storage->site) sites.push_back(i);
  return sites;
}

void check_storage(const Scenario& scenario, const Reader& top, const Training& training) {
  if (!training.storage) return;
  const Reader storage = top.section("workload").section("storage");
  std::vector<std::string> known;
  for (const Site& site : scenario.sites) known.push_back(site.name);
  const auto kept = std::find(known.begin(), known.end(), training.storage->site);
  if (kept == known.end()) {
    const auto meant = nearest(training.storage->site, known);
    storage.refuse("site", "'" + training.storage->site + "' is no site" +
                               (meant ? "; did you mean '" + *meant + "'?" : "; name one of those under sites"));
  }
  const auto number = static_cast<std::size_t>(kept - known.begin());
  for (const std::size_t i : sites_of(scenario, training)) require_link(scenario, top, i, number);
}

void check_ranks(const Scenario& scenario, const Reader& top, const Training& training) {
  const Parallelism& p = training.parallelism;
  const std::vector<std::size_t> sites = sites_of(scenario, training);
  const Reader reader = top.section("workload").section("parallelism");
  const std::uint64_t ranks = p.ranks();
  const std::uint64_t gpus =
      std::accumulate(sites.begin(), sites.end(), std::uint64_t{0},
                      [&](std::uint64_t sum, std::size_t site) { return sum + scenario.sites[site].gpus; });
  if (ranks != gpus) {
    const std::string which = training.storage ? "the sites without '" + training.storage->site + "'" : "the sites";
    const bool has_context = p.context > 1;
    reader.refuse("", std::string{"tensor x "} + (has_context ? "context x " : "") +
                          "pipeline x data = " + text(p.tensor) + " x " + (has_context ? text(p.context) + " x " : "") +
                          text(p.pipeline) + " x " + text(p.data) + " = " + text(ranks) + " ranks, but " + which +
                          " have " + text(gpus) + " gpus; make them equal");
  }
  const bool is_pipeline = p.across_sites == AcrossSites::pipeline;
  const std::uint64_t parts = is_pipeline ? p.pipeline : p.data;
  const std::uint64_t gpus_per_part = ranks / parts;
  for (const std::size_t number : sites) {
    const Site& site = scenario.sites[number];
    if (site.gpus % gpus_per_part == 0) continue;
    reader.refuse(is_pipeline ? "pipeline" : "data",
                  "= " + text(parts) + (is_pipeline ? " stages of " : " replicas of ") + text(gpus_per_part) +
                      " gpus cannot be split over the sites: '" + site.name + "' has " + text(site.gpus) +
                      "; every site holds a whole number of them");
  }
}

void check_model(const Scenario& scenario, const Reader& top, const Training& training) {
  const Reader workload = top.section("workload");
  const Reader parallelism = workload.section("parallelism");
  const Parallelism& p = training.parallelism;
  const Model& model = training.model;
  for (const std::size_t number : sites_of(scenario, training)) {
    const Site& site = scenario.sites[number];
    if (site.gpus_per_node % p.tensor != 0) {
      parallelism.refuse("tensor", "= " + text(p.tensor) + " does not divide the " + text(site.gpus_per_node) +
                                       " gpus-per-node of site '" + site.name + "'; tensor groups stay in a node");
    }
  }
  if (model.heads % p.tensor != 0) {
    parallelism.refuse("tensor",
                       "= " + text(p.tensor) + " does not divide the model's " + text(model.heads) + " heads");
  }
  if (model.layers < p.pipeline) {
    parallelism.refuse("pipeline",
                       "= " + text(p.pipeline) + " is more than the model's " + text(model.layers) + " layers");
  }
  const std::uint64_t share = std::uint64_t{p.data} * model.micro_batch;
  if (model.global_batch % share != 0) {
    workload.section("model").refuse("global-batch", "= " + text(model.global_batch) +
                                                         " is no multiple of data x micro-batch = " + text(p.data) +
                                                         " x " + text(model.micro_batch) + " = " + text(share));
  }
}

// Of a recorded job the ranks are not known yet.
void check_stragglers(const Scenario& scenario, const Reader& top, const Parallelism& p) {
  if (!scenario.compute_variation.stragglers) return;
  const Stragglers& stragglers = *scenario.compute_variation.stragglers;
  const std::uint64_t ranks = p.ranks();
  const Reader reader = top.section("workload").section("stragglers");
  if (stragglers.count > ranks)
    reader.refuse("count", "= " + text(stragglers.count) + " is more than the " + text(ranks) + " ranks of the job");
  if (!stragglers.ranks.empty() && stragglers.ranks.back() >= ranks)
    reader.refuse("ranks",
                  "name rank " + text(stragglers.ranks.back()) + ", and the job has ranks 0 to " + text(ranks - 1));
}

void check_training(const Scenario& scenario, const Reader& top, const Training& training) {
  check_storage(scenario, top, training);
  check_ranks(scenario, top, training);
  check_model(scenario, top, training);
  if (const auto refusal = refuse_parallelism(training))
    top.section("workload").section("parallelism").refuse(refusal->key, refusal->reason);
  check_stragglers(scenario, top, training.parallelism);
  const std::vector<std::size_t> sites = sites_of(scenario, training);
  for (std::size_t i = 0; i + 1 < sites.size(); ++i) require_link(scenario, top, sites[i], sites[i + 1]);
  if (training.parallelism.across_sites == AcrossSites::data && sites.size() > 1)
    require_link(scenario, top, sites.back(), sites.front());  // rings close
}

void check_flows(const Scenario& scenario, const Reader& top, const Flows& flows) {
  if (scenario.sites.size() != 2 || scenario.links.size() != 1) {
    top.section("workload")
        .refuse("flows", "run between two sites over one link; this scenario has " + text(scenario.sites.size()) +
                             " sites and " + text(scenario.links.size()) + " links");
  }
  for (const Site& site : scenario.sites) {
    if (flows.pairs > site.gpus) {
      top.section("workload")
          .section("flows")
          .refuse("pairs", "= " + text(flows.pairs) + " need as many gpus (one NIC each), but site '" + site.name +
                               "' has " + text(site.gpus));
    }
  }
}

// A timer that runs out before the packet that asks for an acknowledgement has its turn would go back for ever.
void check_rate_limit(const Scenario& scenario, const Reader& top, const RateLimit& limit) {
  const Transport& transport = scenario.transport;
  if (transport.ack_timeout == 0) return;
  const double timeout = 4.096e-6 * std::pow(2, transport.ack_timeout);
  const double packets =
      static_cast<double>(transport.mtu) * 8 * transport.ack_every / static_cast<double>(limit.rate.bits_per_second());
  if (packets < timeout) return;
  const Reader reader = top.section("transport").section("congestion-control");
  reader.refuse("rate", "sends " + text(transport.ack_every) +
                            " packets (ack-every) in no less than the ack-timeout, which would go back for ever; "
                            "raise one of them");
}

void check_congestion_control(const Scenario& scenario, const Reader& top) {
  if (const auto* limit = std::get_if<RateLimit>(&scenario.transport.congestion_control))
    return check_rate_limit(scenario, top, *limit);
  const auto* dcqcn = std::get_if<Dcqcn>(&scenario.transport.congestion_control);
  if (dcqcn == nullptr) return;
  for (const Site& site : scenario.sites) {
    if (dcqcn->least_rate <= site.nic) continue;
    const Reader reader = top.section("transport").section("congestion-control");
    reader.refuse("least-rate", "is above the NIC rate of site '" + site.name + "'; a cut would raise the rate");
  }
}

void check_trace(const Scenario& scenario, const Reader& top) {
  for (std::size_t i = 0; i < scenario.sites.size(); ++i) {
    for (std::size_t j = i + 1; j < scenario.sites.size(); ++j) require_link(scenario, top, i, j);
  }
}

void check_workload(const Scenario& scenario, const Reader& top) {
  if (const auto* training = std::get_if<Training>(&scenario.workload)) return check_training(scenario, top, *training);
  if (const auto* flows = std::get_if<Flows>(&scenario.workload)) return check_flows(scenario, top, *flows);
  if (std::holds_alternative<Recorded>(scenario.workload)) check_trace(scenario, top);
}

}  // namespace

void check_buffers(const Scenario& scenario, const Lossless& values, const Reader& lossless) {
  constexpr std::uint64_t longest_headers = 128, line_overhead = 24;
  const bool is_live = !scenario.sites.front().ports.empty();
  const std::uint64_t generated =
      std::holds_alternative<NoWorkload>(scenario.workload) ? 0 : scenario.transport.mtu + longest_headers;
  const Bytes frame{std::max(generated, is_live ? scenario.dpdk.mtu.count() + line_overhead : 0)};
  const std::string allowed = "must hold a frame, " + text(frame.count()) + "B at this mtu";
  if (values.xoff < frame) lossless.refuse(lossless.has("xoff") ? "xoff" : "buffer", allowed);
  if (values.far_buffer < frame) lossless.refuse("far-buffer", allowed);
  if (is_live && values.pfc == PfcMode::relay)
    lossless.refuse("pfc",
                    "'relay' is for virtual time; a link between ports takes off, segmented, end-to-end or "
                    "rate-matched");
}

void check_marking(const Scenario& scenario, const DirectionSettings& values, const Reader& direction) {
  const bool is_live = !scenario.sites.front().ports.empty();
  if (is_live && values.ecn && values.ecn->near_cnp_interval)
    direction.section("ecn").refuse("cnp",
                                    "'near-edge' is for virtual time; a link between ports marks, and the receivers "
                                    "answer");
}

void check_constraints(const Scenario& scenario, const Reader& top) {
  if (scenario.sites.size() < 2) top.refuse("sites", "has one site; a scenario joins two or more");
  for (const Link& link : scenario.links) {
    const Reader reader = top.section("links").section(link.name);
    check_buffers(scenario, link.lossless, reader.section("lossless"));
    check_marking(scenario, link.forward, reader);
    check_marking(scenario, link.reverse, reader.section("reverse"));
  }
  check_congestion_control(scenario, top);
  if (scenario.second_job) check_workload(of_second_job(scenario), top.section("second-job"));
  check_workload(scenario, top);
}

}  // namespace farlink::scenario
