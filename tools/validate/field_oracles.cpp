// SPDX-License-Identifier: Apache-2.0
// O18 and O19: whole training jobs. The trials as their scenarios have them, pipeline across the sites, lossless; the
// same jobs with their gradients across the sites and nothing to hide them, lossless and with go-back-N at 0.1 % loss;
// and the job that 0.1 % loss halves.
#include <cmath>

#include "control/scenario/parse.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/jobs.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr double within = 0.03;  // three points
constexpr double gpu = 312e12 * 0.45;

struct Trial {
  const char* name;
  const char* file;  // in scenarios/field
  const char* more;  // set beside it, or empty
  double threshold;  // as published
  double parameters, gpus, batch, sequence;
  double km, gigabits, nic;  // nic: of one of the queue pairs' shares of the line, times the convergence
  double data;               // closed form of gradients that nothing hides, published with the derivation
  double pipeline;

  double compute_seconds() const { return 6 * parameters * batch * sequence / (gpus * gpu); }
};

constexpr Trial trials[] = {
    {"175B, 1024 cards, 120 km, 3.2 Tb/s", "telecom-beijing-120km.yaml", "", 0.95, 175e9, 1024, 1536, 2048, 120, 3200,
     3200, 0.963, 0.989},
    {"175B, 1024 cards, 300 km, 6.4 Tb/s", "unicom-lingang-300km.yaml", "links.west-east.loss=0", 0.95, 175e9, 1024,
     1536, 2048, 300, 6400, 1600, 0.981, 0.990},
    {"70B, 256 cards, 40 km, 1.6 Tb/s", "mobile-hebei-800g.yaml", "", 0.98, 70e9, 256, 1024, 4096, 40, 1600, 1600,
     0.986, 0.992},
    {"100B, 64 cards, 100 km, 400 Gb/s", "telecom-beijing-64-cards.yaml", "links.west-east.distance=100km", 0.97, 100e9,
     64, 256, 2048, 100, 400, 1600, 0.897, 0.990}};

// T / (T + K L): L is the delay and the activations of all replicas on the line, as if they came at once.
double pipeline_efficiency(const scenario::Scenario& scenario) {
  const auto& job = std::get<scenario::Training>(scenario.workload);
  const auto& model = job.model;
  const auto& split = job.parallelism;
  const scenario::DirectionSettings& line = scenario.links.front().forward;
  const double gpus = static_cast<double>(split.tensor) * split.pipeline * split.data;
  const double flops =
      6.0 * static_cast<double>(model.parameters * model.global_batch) * static_cast<double>(model.sequence);
  const double compute = flops / (gpus * job.gpu.flops * job.gpu.utilisation);
  const auto micro_batches = static_cast<int>(model.global_batch / (model.micro_batch * split.data));
  const int stage = static_cast<int>(split.pipeline) / 2 - 1;
  const int crossings = micro_batches - 2 * ((static_cast<int>(split.pipeline) - 2 - stage) / 2);
  const auto activations = static_cast<double>(model.micro_batch * model.sequence * model.hidden * 2 * split.data);
  const double crossing = (line.delay + line.equipment_delay).seconds() +
                          activations * 8 / (static_cast<double>(line.rate.bits_per_second()) * payload_share);
  return compute / (compute + crossings * crossing);
}

void add_pipeline(std::vector<Row>& rows, const Settings& settings, const Trial& trial) {
  const std::filesystem::path file = settings.scenarios / "field" / trial.file;
  std::vector<std::string> sets{"run.steps=1", "run.warmup=0"};
  if (*trial.more != 0) sets.emplace_back(trial.more);
  const scenario::Model whole = std::get<scenario::Training>(scenario::load(file, sets).workload).model;
  // An eighth of the batch is the same job in an eighth of the time, with more of a bubble.
  const std::uint64_t batch = settings.most_frames == 0 ? whole.global_batch : whole.global_batch / 8;
  // Both directions, across the sites and in one.
  if (!settings.affords(4 * batch * whole.sequence * whole.hidden * 2 / 4096)) return;
  sets.push_back("workload.model.global-batch=" + std::to_string(batch));
  const scenario::Scenario scenario = scenario::load(file, sets);
  const double measured = run_job(scenario).efficiency.value();
  const std::string parameters = std::string{trial.name} + ", batch " + std::to_string(batch) + ", lossless";
  rows.push_back({"O18", "efficiency, pipeline across the sites, as published", parameters, "", trial.threshold,
                  measured, 0, Tolerance::at_least});
  rows.push_back({"O18", "efficiency, pipeline across the sites", parameters, "", pipeline_efficiency(scenario),
                  measured, within, Tolerance::absolute});
}

// One queue pair's share of such a job: 100 Gb/s of the line, a rank at each end, and as much to compute for each byte
// of gradients as the whole has. A small buffer holds the faster RNIC back, so that no round trip is spent in a queue.
std::string slice(const Trial& trial, double loss, int layers) {
  const double bits = trial.parameters * 2 * 8;
  const double line_seconds = bits / (trial.gigabits * 1e9);
  // Of a rank that has two sequences of 2048 tokens: 6 P 2048 / flops : 16 P / 100 Gb/s as compute : line.
  const double flops = 6 * 2048 * 100e9 / 16 * line_seconds / trial.compute_seconds();
  const std::string site = "{gpus: 1, gpus-per-node: 1, nic: " + short_number(trial.nic) + "gbit}";
  return "farlink: 1\nname: gradients\nsites:\n  west: " + site + "\n  east: " + site +
         "\nlinks:\n  west-east: {between: [west, east], distance: " + short_number(trial.km) +
         "km, medium: g652, equipment-delay: 10us, rate: 100gbit, loss: " + short_number(loss * 1e6) +
         "ppm, lossless: {pfc: segmented, buffer: 512KiB}}\ntransport: {retransmission: go-back-n, "
         "nak: every-gap, qps-per-pair: 1, window: 2bdp, ack-timeout: 10}\nworkload:\n  model: {layers: " +
         std::to_string(layers) + ", " + dense_shape +
         ", sequence: 2048, micro-batch: 1, global-batch: 2, gradient-bytes: 2}\n  parallelism: {tensor: 1, pipeline: "
         "1, data: 2, across-sites: data, overlap: none, bucket: 1TiB}\n  collective: hierarchical-ring\n  gpu: "
         "{flops: " +
         short_number(flops / 1e12, 9) + "tflops, utilisation: 100%}\nrun: {steps: 1, warmup: 0}\n";
}

void add_gradients(std::vector<Row>& rows, const Settings& settings, const Trial& trial) {
  const int layers = settings.most_frames == 0 ? 6 : 1;
  constexpr double loss = 1e-3;
  const double delay = trial.km * 4.8974e-6 + 10e-6;
  const double share = go_back_n_ideal(loss, round_trip(2 * delay, 100e9) / packet_time(100e9));
  if (!settings.affords(static_cast<std::uint64_t>(parameters_with(layers) * 2 / 4096 / share))) return;
  const double compute = trial.compute_seconds();
  const double line = trial.parameters * 2 * 8 / (trial.gigabits * 1e9 * payload_share);
  const auto measured = [&](double p) {
    return run_job(scenario::parse(slice(trial, p, layers), "farlink-validate")).efficiency.value();
  };
  const std::string parameters = std::string{trial.name} + ", one queue pair to 100 Gb/s";
  rows.push_back({"O18", "efficiency, gradients that nothing hides", parameters + ", lossless", "", trial.data,
                  measured(0), within, Tolerance::absolute});
  const double lossy = measured(loss);
  const std::string lossy_parameters = parameters + ", go-back-N, p 0.001, eta " + short_number(share, 3);
  rows.push_back({"O18", "efficiency, gradients that nothing hides", lossy_parameters, "",
                  compute / (compute + line / share), lossy, within, Tolerance::absolute});
  rows.push_back(
      {"O18", "and misses what was published", lossy_parameters, "", trial.threshold, lossy, 0, Tolerance::below});
  if (trial.km == 120)
    rows.push_back(
        {"O18", "and is where eta 0.2 puts it", lossy_parameters, "", 0.84, lossy, within, Tolerance::absolute});
}

}  // namespace

std::vector<Row> field_trials(const Settings& settings) {
  std::vector<Row> rows;
  for (const Trial& trial : trials) add_pipeline(rows, settings, trial);
  for (const Trial& trial : trials) add_gradients(rows, settings, trial);
  return rows;
}

namespace {

// `bytes`: of gradients that a rank sends over the line.
void add_halved(std::vector<Row>& rows, const std::string& file, const scenario::Scenario& scenario, double bytes) {
  constexpr double gigabits = 100;
  const report::Result result = run_job(scenario);
  const double f = bytes * 8 / (gigabits * 1e9 * payload_share) / result.single_site.step_seconds;
  const double window = round_trip((123.2 + 10.0927 * 100) * 1e-6, gigabits * 1e9) / packet_time(gigabits * 1e9);
  const double share = go_back_n_ideal(1e-3, window);
  const double measured = result.efficiency.value();
  const std::string parameters = file + ", 100 km, 100 Gb/s, one queue pair, p 0.001";
  rows.push_back({"O19", "exposed share of the single-site step", parameters, "", 0.295, f, 0.02, Tolerance::absolute});
  rows.push_back({"O19", "efficiency", parameters, "", 0.50, measured, 0.05, Tolerance::absolute});
  rows.push_back({"O19", "efficiency, closed form at that share", parameters + ", eta " + short_number(share, 3), "",
                  efficiency_under_loss(f, share), measured, 0.05, Tolerance::absolute});
}

}  // namespace

std::vector<Row> loss_halves_compute(const Settings& settings) {
  std::vector<Row> rows;
  const std::string lab = "lab/loss-over-distance.yaml", field = "field/loss-halves-compute.yaml";
  const int layers = settings.most_frames == 0 ? 8 : 1;
  const std::vector<std::string> fewer{"workload.model.layers=" + std::to_string(layers)};
  add_halved(rows, lab, scenario::load(settings.scenarios / lab, fewer), parameters_with(layers) * 4);
  if (settings.most_frames != 0) return rows;
  const std::vector<std::string> one_steady_step{"run.steps=2"};
  add_halved(rows, field, scenario::load(settings.scenarios / field, one_steady_step), parameters_with(32) * 4 / 8);
  return rows;
}

}  // namespace farlink::validate
