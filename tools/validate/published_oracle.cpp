// SPDX-License-Identifier: Apache-2.0
// O24: published runs in one site. How much of a GPU's peak its kernels reach is not published; what a plan leaves of
// that is what the model says: bubbles, tensor-parallel collectives, gradients that nothing hides. So each publication
// gives one kernel efficiency, by one of its rows, and the others have to follow from it.
#include <initializer_list>
#include <string>
#include <vector>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/plan.hpp"
#include "control/replay/run_replay.hpp"
#include "control/scenario/parameters.hpp"
#include "control/scenario/presets.hpp"
#include "control/trace/check.hpp"
#include "control/trace/generate.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

using units::BitRate;
using units::Duration;

struct Machine {
  double flops = 0;                    // of a GPU, per second
  std::uint64_t in_node = 0, nic = 0;  // Gb/s
};
constexpr Machine a100{312e12, 2400, 200};
constexpr Machine h100{989e12, 3600, 400};

struct Plan3d {
  std::uint32_t tensor = 1, pipeline = 1, data = 1, chunks = 1;
};

struct Published {
  scenario::Model model;
  Plan3d plan;
  std::uint64_t global_batch = 0;
  double utilisation = 0;
};

std::string parameters_of(const Published& row) {
  const Plan3d& plan = row.plan;
  return row.model.name + ", tensor " + std::to_string(plan.tensor) + ", pipeline " + std::to_string(plan.pipeline) +
         ", data " + std::to_string(plan.data) + ", chunks " + std::to_string(plan.chunks) + ", batch " +
         std::to_string(row.global_batch);
}

scenario::Training training_of(const Published& row, const Machine& machine, double kernels) {
  scenario::Training training;
  training.model = row.model;
  training.model.global_batch = row.global_batch;
  training.parallelism.tensor = row.plan.tensor;
  training.parallelism.pipeline = row.plan.pipeline;
  training.parallelism.data = row.plan.data;
  training.parallelism.interleave = row.plan.chunks;
  training.gpu = {machine.flops, kernels};
  return training;
}

// Model FLOP utilisation, without what is computed again.
double utilisation_of(const scenario::Training& training, const Machine& machine) {
  scenario::Scenario scenario;
  scenario.name = training.model.name;
  scenario::Site site;
  site.name = "site";
  site.gpus = training.parallelism.tensor * training.parallelism.pipeline * training.parallelism.data;
  site.gpus_per_node = 8;
  site.nic = BitRate::gigabits(machine.nic);
  site.in_node = {BitRate::gigabits(machine.in_node), Duration::microseconds(3)};
  site.fabric = {site.nic, Duration::microseconds(5)};
  scenario.sites = {site};
  scenario.workload = training;
  scenario.run.steps = 1;
  scenario.run.warmup = 0;
  const trace::Graph graph = trace::generate(training, scenario.sites);
  trace::check(graph);
  const replay::Plan plan{graph, scenario.sites, scenario::CollectiveAlgorithm::ring, 1};
  const auto fabric = fabric_packets::make_packet_fabric(scenario, &graph);
  const report::RunResult result = replay::run_replay(plan, scenario, *fabric, "one site");
  return graph.model_flops / graph.peak_flops / result.step_seconds;
}

// What the publication counts: Megatron-LM counts what is computed again (full recomputation) and its attention.
double counted(const scenario::Model& model, double utilisation) {
  if (!model.recomputes) return utilisation;
  const auto h = static_cast<double>(model.hidden), l = static_cast<double>(model.layers);
  const auto s = static_cast<double>(model.sequence), v = static_cast<double>(model.vocabulary);
  const double hardware = 96 * l * h * h * (1 + s / (6 * h) + v / (16 * l * h));
  return utilisation * hardware / (6 * static_cast<double>(model.parameters));
}

// The kernel efficiency with which the model gives what was published; what is exposed depends on it but little.
double kernels_of(const Published& row, const Machine& machine) {
  double kernels = 0.5;
  for (int i = 0; i < 3; ++i)
    kernels *= row.utilisation / counted(row.model, utilisation_of(training_of(row, machine, kernels), machine));
  return kernels;
}

void add_family(std::vector<Row>& rows, const std::string& name, const Machine& machine, const Published& given,
                std::initializer_list<Published> others, double tolerance, Tolerance kind) {
  const double kernels = kernels_of(given, machine);
  rows.push_back(
      {"O24", name + ": kernel efficiency", parameters_of(given), "", kernels, kernels, 0, Tolerance::reported});
  for (const Published& row : others) {
    const double measured = counted(row.model, utilisation_of(training_of(row, machine, kernels), machine));
    rows.push_back(
        {"O24", name + ": FLOP utilisation", parameters_of(row), "", row.utilisation, measured, tolerance, kind});
  }
}

// Megatron-LM, SC 2021, table 1: layers, hidden size, heads, plan, GPUs, batch. Micro-batches and chunks are not in the
// table; here micro-batches of one sequence, and as many chunks as divide the layers of a stage, 5 at the most.
Published megatron(std::uint64_t layers, std::uint64_t hidden, std::uint64_t heads, const Plan3d& plan,
                   std::uint64_t batch, double teraflops) {
  Published row;
  row.model.layers = layers;
  row.model.hidden = hidden;
  row.model.heads = row.model.kv_heads = heads;
  row.model.feed_forward = 4 * hidden;
  row.model.vocabulary = 51'200;
  row.model.sequence = 2'048;
  row.model.gradient_bytes = 4;
  row.model.recomputes = true;
  row.model.parameters = scenario::count_parameters(row.model);
  row.model.name = short_number(static_cast<double>(row.model.parameters) / 1e9) + "e9 parameters";
  row.plan = plan;
  row.global_batch = batch;
  row.utilisation = teraflops / 312;
  return row;
}

// 126 layers and the embeddings at both ends are 128 over 16 stages; a chunk is a layer.
Published llama3(std::uint32_t data, double utilisation) {
  Published row{.model = scenario::preset_model("llama3-405b"),
                .plan = {8, 16, data, 8},
                .global_batch = 2'048,
                .utilisation = utilisation};
  row.model.layers = 128;
  return row;
}

Published nemotron(std::uint32_t data, std::uint64_t batch, double utilisation) {
  return {.model = scenario::preset_model("nemotron-4-340b"),
          .plan = {8, 12, data, 8},
          .global_batch = batch,
          .utilisation = utilisation};
}

}  // namespace

std::vector<Row> published_utilisation(const Settings&) {
  std::vector<Row> rows;
  add_family(rows, "Llama 3 405B", h100, llama3(64, 0.43), {llama3(128, 0.41)}, 0.01, Tolerance::absolute);
  add_family(rows, "Nemotron-4 340B", h100, nemotron(16, 768, 0.424),
             {nemotron(32, 1'536, 0.423), nemotron(64, 2'304, 0.41)}, 0.015, Tolerance::absolute);
  // One kernel efficiency for matrices of 2,304 and of 25,600 columns: what it is off by is theirs.
  add_family(
      rows, "Megatron-LM", a100, megatron(80, 12'288, 96, {8, 8, 24, 5}, 2'304, 148),
      {megatron(24, 2'304, 24, {1, 1, 32, 1}, 512, 137), megatron(30, 3'072, 32, {2, 1, 32, 1}, 512, 138),
       megatron(36, 4'096, 32, {4, 1, 32, 1}, 512, 142), megatron(40, 6'144, 48, {8, 1, 32, 1}, 1'024, 135),
       megatron(48, 8'192, 64, {8, 2, 32, 4}, 1'536, 138), megatron(60, 10'240, 80, {8, 4, 32, 5}, 1'792, 140),
       megatron(96, 16'384, 128, {8, 16, 15, 3}, 2'160, 155), megatron(105, 20'480, 128, {8, 35, 9, 3}, 2'520, 163),
       megatron(128, 25'600, 160, {8, 64, 6, 2}, 3'072, 163)},
      0.15, Tolerance::relative);
  return rows;
}

}  // namespace farlink::validate
