// SPDX-License-Identifier: Apache-2.0
#include "control/trace/generate.hpp"

#include <memory>
#include <string>

#include "control/scenario/parameters.hpp"
#include "control/trace/place.hpp"
#include "control/trace/rank_program.hpp"
#include "control/trace/storage.hpp"
#include "control/trace/training_plan.hpp"

namespace farlink::trace {
namespace {

// How many boundaries between sites lie behind each stage.
std::vector<std::uint32_t> boundaries_behind(const std::vector<std::uint32_t>& site_of_stage) {
  std::vector<std::uint32_t> count(site_of_stage.size(), 0);
  for (std::size_t stage = site_of_stage.size(); stage-- > 1;)
    count[stage - 1] = count[stage] + (site_of_stage[stage - 1] != site_of_stage[stage] ? 1 : 0);
  return count;
}

// Replicas that share experts, then those that have the same ones, at the places that the plan gives them.
void add_expert_groups(Graph& graph, const TrainingPlan& plan) {
  if (!plan.has_expert_groups()) return;
  const std::uint32_t in_place = plan.tensor * plan.pipeline;
  const std::uint32_t groups =
      in_place * (plan.data / plan.expert) + (plan.has_expert_data_groups() ? in_place * plan.expert : 0);
  graph.groups.resize(plan.expert_groups + std::size_t{groups});
  const auto join = [&](std::uint32_t number, const char* what, std::uint32_t t, std::uint32_t d, std::uint32_t stage) {
    Group& group = graph.groups[number];
    if (group.ranks.empty())
      group.name = std::string{what} + ", tensor " + std::to_string(t) + ", data " + std::to_string(d) + ", stage " +
                   std::to_string(stage);
    group.ranks.push_back(plan.rank(t, d, stage));
  };
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    for (std::uint32_t d = 0; d < plan.data; ++d) {
      for (std::uint32_t t = 0; t < plan.tensor; ++t) {
        join(plan.expert_group(t, d, stage), "expert", t, d, stage);
        if (plan.has_expert_data_groups()) join(plan.expert_data_group(t, d, stage), "expert data", t, d, stage);
      }
    }
  }
}

void add_groups(Graph& graph, const TrainingPlan& plan) {
  graph.groups.reserve(plan.tensor_groups + std::size_t{plan.tensor} * plan.pipeline);
  for (std::uint32_t i = 0; i < plan.tensor_groups; ++i) {
    const std::uint32_t d = i % plan.data;
    const std::uint32_t stage = i / plan.data;
    Group group{"tensor, data " + std::to_string(d) + ", stage " + std::to_string(stage), {}};
    for (std::uint32_t t = 0; t < plan.tensor; ++t) group.ranks.push_back(plan.rank(t, d, stage));
    graph.groups.push_back(std::move(group));
  }
  if (plan.data == 1) return;
  for (std::uint32_t i = 0; i < plan.tensor * plan.pipeline; ++i) {
    const std::uint32_t t = i % plan.tensor;
    const std::uint32_t stage = i / plan.tensor;
    Group group{"data, tensor " + std::to_string(t) + ", stage " + std::to_string(stage), {}};
    for (std::uint32_t d = 0; d < plan.data; ++d) group.ranks.push_back(plan.rank(t, d, stage));
    graph.groups.push_back(std::move(group));
  }
  if (plan.drains()) {
    for (std::uint32_t i = 0; i < plan.tensor * plan.data; ++i) {
      const std::uint32_t t = i % plan.tensor;
      const std::uint32_t d = i / plan.tensor;
      Group group{"pipeline, tensor " + std::to_string(t) + ", data " + std::to_string(d), {}};
      for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) group.ranks.push_back(plan.rank(t, d, stage));
      graph.groups.push_back(std::move(group));
    }
  }
  add_expert_groups(graph, plan);
}

// Site of each pipeline stage, or of each data replica. The site that keeps the data, if there is one, has none.
std::vector<std::uint32_t> sites_of(std::uint32_t parts, std::uint32_t gpus_per_part, const char* what,
                                    std::span<const scenario::Site> sites, const scenario::Site* storage) {
  std::vector<scenario::Site> homes;
  std::vector<std::uint32_t> number;
  for (std::uint32_t site = 0; site < sites.size(); ++site) {
    if (&sites[site] == storage) continue;
    homes.push_back(sites[site]);
    number.push_back(site);
  }
  const std::vector<std::uint32_t> share = split_over_sites(parts, gpus_per_part, what, homes);
  std::vector<std::uint32_t> site_of_part;
  for (std::uint32_t home = 0; home < share.size(); ++home)
    site_of_part.insert(site_of_part.end(), share[home], number[home]);
  return site_of_part;
}

}  // namespace

Graph generate(const scenario::Training& training, std::span<const scenario::Site> sites) {
  TrainingPlan plan = plan_of(training, sites);
  const std::uint32_t ranks = plan.tensor * plan.data * plan.pipeline;
  if (training.storage)
    plan.storage = storage_plan(*training.storage, sites, ranks, plan.tensor * plan.data, plan.microbatches);
  const bool is_pipeline = training.parallelism.across_sites == scenario::AcrossSites::pipeline;
  const std::uint32_t parts = is_pipeline ? plan.pipeline : plan.data;
  const auto sites_of_parts = sites_of(parts, ranks / parts, is_pipeline ? "pipeline stages" : "data replicas", sites,
                                       plan.storage ? &sites[plan.storage->site] : nullptr);

  Graph graph;
  graph.ranks.reserve(ranks);
  graph.site_of_rank.reserve(ranks);
  graph.lane_of_rank.reserve(ranks);
  add_groups(graph, plan);
  const std::vector<std::uint32_t> boundaries =
      is_pipeline ? boundaries_behind(sites_of_parts) : std::vector<std::uint32_t>(plan.pipeline, 0);
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    const std::uint32_t extra = training.parallelism.extra_warmup * boundaries[stage];
    const auto program = std::make_shared<Program>(stage_program(plan, plan.schedule().order(stage, extra), stage));
    for (std::uint32_t d = 0; d < plan.data; ++d) {
      for (std::uint32_t t = 0; t < plan.tensor; ++t) {
        graph.ranks.push_back(program, binding_of(plan, t, d, stage));
        graph.site_of_rank.push_back(sites_of_parts[is_pipeline ? stage : d]);
        graph.lane_of_rank.push_back(stage);
      }
    }
  }
  if (plan.storage) add_servers(graph, *plan.storage);
  const scenario::Model& model = training.model;
  graph.model_flops = 6 * scenario::active_parameters(model) * static_cast<double>(model.global_batch) *
                      static_cast<double>(model.sequence);
  graph.peak_flops = static_cast<double>(ranks) * training.gpu.flops;
  graph.source = "generated: " + model.name + ", tensor " + std::to_string(plan.tensor) + ", pipeline " +
                 std::to_string(plan.pipeline) + ", data " + std::to_string(plan.data) + ", " +
                 std::to_string(plan.microbatches) + " micro-batches";
  if (plan.chunks > 1) graph.source += ", " + std::to_string(plan.chunks) + " chunks a stage";
  if (training.parallelism.zero > 0) graph.source += ", ZeRO-" + std::to_string(training.parallelism.zero);
  if (training.model.recomputes) graph.source += ", recomputed";
  if (plan.expert > 1) graph.source += ", expert " + std::to_string(plan.expert);
  if (plan.storage) graph.source += ", data at " + training.storage->site;
  return graph;
}

}  // namespace farlink::trace
