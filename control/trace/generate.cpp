// SPDX-License-Identifier: Apache-2.0
#include "control/trace/generate.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

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

// The rank is a member of the groups that it is bound to.
void join_groups(Graph& graph, const Binding& binding, const TrainingPlan& plan, const Place& place,
                 std::uint32_t stage) {
  const std::string tensor = ", tensor " + std::to_string(place.t), data = ", data " + std::to_string(place.d),
                    context = plan.context > 1 ? ", context " + std::to_string(place.c) : "",
                    of_stage = ", stage " + std::to_string(stage);
  const std::array<std::string, generated_groups> names{
      "tensor" + context + data + of_stage,     "data" + tensor + of_stage,
      "pipeline" + tensor + context + data,     "expert" + tensor + context + data + of_stage,
      "expert data" + tensor + data + of_stage, "context" + tensor + data + of_stage};
  for (std::size_t family = 0; family < names.size(); ++family) {
    const std::uint32_t number = binding.groups[family];
    if (number == no_group) continue;
    if (graph.groups.size() <= number) graph.groups.resize(number + std::size_t{1});
    Group& group = graph.groups[number];
    if (group.ranks.empty()) group.name = names[family];
    group.ranks.push_back(static_cast<std::uint32_t>(graph.ranks.size()));
  }
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
  const std::uint32_t in_stage = plan.tensor * plan.replicas(), ranks = in_stage * plan.pipeline;
  if (training.storage) plan.storage = storage_plan(*training.storage, sites, ranks, in_stage, plan.microbatches);
  const bool is_pipeline = training.parallelism.across_sites == scenario::AcrossSites::pipeline;
  const std::uint32_t parts = is_pipeline ? plan.pipeline : plan.data;
  const auto sites_of_parts = sites_of(parts, ranks / parts, is_pipeline ? "pipeline stages" : "data replicas", sites,
                                       plan.storage ? &sites[plan.storage->site] : nullptr);

  Graph graph;
  graph.ranks.reserve(ranks);
  graph.site_of_rank.reserve(ranks);
  graph.lane_of_rank.reserve(ranks);
  const std::vector<std::uint32_t> boundaries =
      is_pipeline ? boundaries_behind(sites_of_parts) : std::vector<std::uint32_t>(plan.pipeline, 0);
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    const std::uint32_t extra = training.parallelism.extra_warmup * boundaries[stage];
    const auto program = std::make_shared<Program>(stage_program(plan, plan.schedule().order(stage, extra), stage));
    for (std::uint32_t i = 0; i < in_stage; ++i) {
      const Place place{i % plan.tensor, i / plan.tensor % plan.context, i / plan.tensor / plan.context};
      Binding binding = binding_of(plan, place, stage);
      join_groups(graph, binding, plan, place, stage);
      graph.ranks.push_back(program, std::move(binding));
      graph.site_of_rank.push_back(sites_of_parts[is_pipeline ? stage : place.d]);
      graph.lane_of_rank.push_back(stage);
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
  const auto [least, most] = std::minmax_element(
      plan.parts.begin(), plan.parts.end(), [](const ChunkPlan& a, const ChunkPlan& b) { return a.layers < b.layers; });
  if (least->layers < most->layers)
    graph.source += ", " + std::to_string(least->layers) + " or " + std::to_string(most->layers) + " layers a " +
                    (plan.chunks > 1 ? "chunk" : "stage");
  if (training.parallelism.zero > 0) graph.source += ", ZeRO-" + std::to_string(training.parallelism.zero);
  if (training.model.recomputes) graph.source += ", recomputed";
  if (plan.expert > 1) graph.source += ", expert " + std::to_string(plan.expert);
  if (plan.context > 1) graph.source += ", context " + std::to_string(plan.context);
  if (plan.storage) graph.source += ", data at " + training.storage->site;
  return graph;
}

}  // namespace farlink::trace
