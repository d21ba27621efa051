// SPDX-License-Identifier: Apache-2.0
// O16 and O17: training jobs replayed over the packet fabric without loss.
#include <cmath>

#include "control/scenario/parse.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/jobs.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr double parameter_count = parameters_with(32);

report::Result run_training(const std::string& text) { return run_job(scenario::parse(text, "farlink-validate")); }

// One rank per stage, half of the stages at each site; inside a site
// messages take next to no time. Model FLOPs of 7 billion
// parameters at 140.4 TFLOP/s.
std::string pipeline(int stages, int microbatches, double km) {
  const std::string site =
      "{gpus: " + std::to_string(stages / 2) +
      ", gpus-per-node: 1, nic: 400gbit, in-node: {bandwidth: 10tbit, latency: 0}, fabric: {bandwidth: "
      "10tbit, latency: 0}}";
  return "farlink: 1\nname: pipeline\nsites:\n  west: " + site + "\n  east: " + site +
         "\nlinks:\n  west-east: {between: [west, east], distance: " + short_number(km) +
         "km, rate: 400gbit, equipment-delay: 10us}\ntransport: {qps-per-pair: 1}\nworkload:\n  model: {preset: "
         "dense-7b, sequence: "
         "64, micro-batch: 1, global-batch: " +
         std::to_string(microbatches) + "}\n  parallelism: {tensor: 1, pipeline: " + std::to_string(stages) +
         ", data: 1, across-sites: pipeline}\n  gpu: {flops: 312tflops, utilisation: 45%}\nrun: {steps: 1, warmup: "
         "0}\n";
}

// Short sequences make activations of 512 KiB: inside a site, at the 10 Tb/s that a scenario allows, nothing beside L.
constexpr double sequence = 64;

void add_pipeline(std::vector<Row>& rows, int p, int m, double km) {
  const report::Result result = run_training(pipeline(p, m, km));
  const int s = p / 2 - 1;
  const int crossings = m - 2 * ((p - 2 - s) / 2);
  const double activation = sequence * 4096 * 2;
  // One-way delay, and the activation on the line at 400 Gb/s.
  const double crossing = km * 4.8974e-6 + 10e-6 + activation / payload_share * 8 / 400e9;
  const std::string parameters = "p " + std::to_string(p) + ", m " + std::to_string(m) + ", " + short_number(km) +
                                 " km, K " + std::to_string(crossings) + ", L " + short_number(crossing * 1e3) + " ms";
  const double both = 6 * parameter_count / p * sequence / (312e12 * 0.45);
  const double ideal = (m + p - 1) * both;
  rows.push_back({"O16", "step time across two sites", parameters, "s", ideal + crossings * crossing,
                  result.across_sites.step_seconds, 0.01, Tolerance::relative});
  rows.push_back({"O16", "step time - (m + p - 1)(t_f + t_b)", parameters, "ms", crossings * crossing * 1e3,
                  (result.across_sites.step_seconds - ideal) * 1e3, 0.01, Tolerance::relative});
  rows.push_back({"O16", "step time in one site", parameters, "s",
                  ideal + crossings * activation / payload_share * 8 / 400e9, result.single_site.step_seconds, 0.01,
                  Tolerance::relative});
}

// `replicas` in all, over sites in a ring of links.
std::string data_parallel(int sites, int replicas, int layers) {
  std::string text = "farlink: 1\nname: all-reduce\nsites:\n";
  for (int i = 0; i < sites; ++i)
    text += "  site-" + std::to_string(i) + ": {gpus: " + std::to_string(replicas / sites) +
            ", gpus-per-node: 1, nic: 400gbit}\n";
  text += "links:\n";
  for (int i = 0; i < (sites == 2 ? 1 : sites); ++i) {
    const std::string next = std::to_string((i + 1) % sites);
    text += "  link-" + std::to_string(i) + ": {between: [site-" + std::to_string(i) + ", site-" + next +
            "], distance: 100km, convergence: 1}\n";
  }
  return text +
         "transport: {qps-per-pair: 4}\nworkload:\n  model: {hidden: 4096, heads: 32, feed-forward: 11008, vocabulary: "
         "32000, gated-mlp: true, sequence: 2048, micro-batch: 1, "
         "gradient-bytes: 2, layers: " +
         std::to_string(layers) + ", global-batch: " + std::to_string(replicas) +
         "}\n  parallelism: {tensor: 1, pipeline: 1, data: " + std::to_string(replicas) +
         ", across-sites: data, overlap: none}\n  collective: hierarchical-ring\n  gpu: {flops: 312tflops, "
         "utilisation: "
         "45%}\nrun: {steps: 1, warmup: 0}\n";
}

}  // namespace

std::vector<Row> one_forward_one_backward(const Settings& settings) {
  std::vector<Row> rows;
  add_pipeline(rows, 4, 8, 300);
  if (!settings.affords(1'000'000)) return rows;
  add_pipeline(rows, 4, 32, 1000);
  add_pipeline(rows, 8, 16, 120);
  add_pipeline(rows, 8, 64, 300);
  return rows;
}

std::vector<Row> all_reduce_bytes(const Settings& settings) {
  std::vector<Row> rows;
  struct Job {
    int sites, replicas, layers;
  };
  for (const Job& job : {Job{2, 4, 1}, {3, 6, 1}, {2, 4, 32}, {2, 16, 32}, {3, 6, 32}}) {
    const double gradients = parameters_with(job.layers) * 2;
    const double expected = 2.0 * (job.sites - 1) / job.sites * gradients;
    const auto frames = static_cast<std::uint64_t>(expected / 4096 * job.sites);
    if (!settings.affords(frames)) continue;
    const report::Result result = run_training(data_parallel(job.sites, job.replicas, job.layers));
    // What a site sends: its directions' line bytes, without headers and without the ACKs of what it receives.
    for (int site = 0; site < job.sites; ++site) {
      const std::string from = "site-" + std::to_string(site) + "->";
      double line = 0;
      for (const auto& link : result.across_sites.fabric.links)
        if (link.direction.rfind(from, 0) == 0) line += static_cast<double>(link.wire_bytes);
      const double payload = line * 4096 / (full_packet_bytes + acknowledge_bytes / 16);
      rows.push_back({"O17", "payload out of site " + std::to_string(site),
                      std::to_string(job.sites) + " sites, " + std::to_string(job.replicas) + " replicas, " +
                          short_number(parameters_with(job.layers), 3) + " parameters x 2 B",
                      "GB", expected / 1e9, payload / 1e9, 0.01, Tolerance::relative});
    }
  }
  return rows;
}

}  // namespace farlink::validate
