// SPDX-License-Identifier: Apache-2.0
#include "control/trace/training_plan.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "control/scenario/parallelism_rules.hpp"
#include "control/scenario/parameters.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b == 0 ? 0 : 1); }

template <typename Refuse>
void check_interleaving(const scenario::Training& training, Refuse refuse) {
  const scenario::Model& model = training.model;
  const scenario::Parallelism& parallelism = training.parallelism;
  if (parallelism.interleave <= 1) return;
  const std::string count = std::to_string(parallelism.interleave);
  if (parallelism.pipeline < 2) refuse("interleave " + count + " needs a pipeline of two stages or more");
  if (model.layers < std::uint64_t{parallelism.pipeline} * parallelism.interleave)
    refuse(std::to_string(model.layers) + " layers are fewer than " + count + " chunks for each of " +
           std::to_string(parallelism.pipeline) + " stages: choose a smaller interleave");
  if (model.global_batch / std::max<std::uint64_t>(1, model.micro_batch * parallelism.data) % parallelism.pipeline != 0)
    refuse(
        "interleaved schedules take micro-batches in groups of as many as there are stages: choose a global-batch "
        "that is a multiple of micro-batch x data x pipeline");
  if (parallelism.extra_warmup > 0) refuse("extra-warmup is of the schedule without interleave");
}

template <typename Refuse>
void check_experts(const scenario::Training& training, Refuse refuse) {
  const scenario::Model& model = training.model;
  const scenario::Parallelism& parallelism = training.parallelism;
  const std::string count = std::to_string(parallelism.expert);
  if (parallelism.expert == 0) refuse("expert must be at least 1");
  if (parallelism.expert == 1) return;
  if (model.experts == 0) refuse("expert " + count + " is of models with experts");
  if (parallelism.data % parallelism.expert != 0)
    refuse("expert " + count + " does not divide data " + std::to_string(parallelism.data));
  if (model.experts % parallelism.expert != 0)
    refuse("expert " + count + " does not divide the " + std::to_string(model.experts) + " experts");
  if (parallelism.zero == 3) refuse("zero: 3 keeps no experts at a rank, so none are shared: set zero 1, or expert 1");
}

void check_shape(const scenario::Training& training, std::span<const scenario::Site> sites) {
  const scenario::Model& model = training.model;
  const scenario::Parallelism& parallelism = training.parallelism;
  const scenario::Gpu& gpu = training.gpu;
  const auto refuse = [&](const std::string& reason) { throw TraceError("model '" + model.name + "': " + reason); };
  if (parallelism.tensor == 0 || parallelism.pipeline == 0 || parallelism.data == 0) {
    refuse("tensor, pipeline and data must be at least 1");
  }
  if (model.layers == 0 || model.hidden == 0 || model.parameters == 0 || model.sequence == 0) {
    refuse("layers, hidden, parameters and sequence must be above zero");
  }
  if (model.layers < parallelism.pipeline) {
    refuse(std::to_string(model.layers) + " layers are fewer than " + std::to_string(parallelism.pipeline) +
           " pipeline stages: choose a smaller pipeline");
  }
  check_interleaving(training, refuse);
  check_experts(training, refuse);
  if (const auto refusal = scenario::refuse_parallelism(training))
    refuse(std::string{refusal->key} + " " + refusal->reason);
  if (parallelism.zero == 3 && parallelism.pipeline > 1)
    refuse("zero: 3 gathers parameters for every pass and goes without a pipeline: set pipeline 1, or zero 1");
  const std::uint64_t per_step = model.micro_batch * parallelism.data;
  if (per_step == 0 || model.global_batch == 0 || model.global_batch % per_step != 0) {
    refuse("global-batch " + std::to_string(model.global_batch) +
           " is not a multiple of micro-batch x data = " + std::to_string(per_step));
  }
  if (model.global_batch / per_step > std::numeric_limits<std::uint16_t>::max()) {
    refuse("more than 65535 micro-batches a step: raise micro-batch or lower global-batch");
  }
  if (parallelism.ranks() > (1U << 24)) {
    refuse("more than 16777216 ranks");
  }
  if (!(gpu.flops > 0) || !(gpu.utilisation > 0)) refuse("gpu flops and utilisation must be above zero");
  for (const scenario::Site& site : sites) {
    if (training.storage && site.name == training.storage->site) continue;
    if (site.gpus_per_node % parallelism.tensor != 0) {
      refuse("a tensor group of " + std::to_string(parallelism.tensor) + " does not stay inside the nodes of site '" +
             site.name + "': choose a tensor that divides gpus-per-node " + std::to_string(site.gpus_per_node));
    }
  }
}

void add_buckets(std::vector<Bucket>& buckets, Bytes shard, Bytes bucket, bool is_of_experts) {
  const std::uint64_t size = bucket.count() == 0 ? shard.count() : bucket.count();
  for (std::uint64_t left = shard.count(); left > 0; left -= std::min(left, size))
    buckets.push_back({Bytes{std::min(left, size)}, is_of_experts});
}

// ZeRO: gradients are reduced to the replica that keeps their part, and parameters gathered from there, in as many
// parts as the gradients go out in.
void plan_zero(TrainingPlan& plan, const scenario::Training& training) {
  const std::uint32_t level = training.parallelism.zero;
  if (level == 0 || plan.replicas() == 1) return;
  plan.scatters_gradients = true;
  plan.gathers_when_used = level == 3;
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    const auto gather = [&](const std::vector<Bucket>& buckets) {
      for (const Bucket& bucket : buckets) {
        const std::uint64_t replicas = bucket.is_of_experts ? plan.replicas() / plan.expert : plan.replicas();
        plan.stages[stage].gathers.push_back({Bytes{divide_up(bucket.bytes.count() * training.model.parameter_bytes,
                                                              std::uint64_t{training.model.gradient_bytes} * replicas)},
                                              bucket.is_of_experts});
      }
    };
    gather(plan.stages[stage].buckets);
    for (std::uint32_t chunk = 0; chunk < plan.chunks; ++chunk) gather(plan.part(stage, chunk).buckets);
  }
}

void plan_gradients(TrainingPlan& plan, const scenario::Training& training) {
  plan.stages.resize(plan.pipeline);
  if (plan.replicas() == 1) return;
  const scenario::Model& model = training.model;
  // Experts that nobody shares are parameters like others.
  const std::uint64_t of_experts = plan.expert > 1 ? std::min(scenario::expert_parameters(model), model.parameters) : 0;
  // What a rank has of so many bytes that all layers have, divided among `ranks` in each of them.
  const auto share = [&](std::uint64_t bytes, std::uint64_t ranks, std::uint64_t layers) {
    const std::uint64_t divisor = std::gcd(layers, model.layers);
    return Bytes{divide_up(bytes * (layers / divisor), ranks * (model.layers / divisor))};
  };
  const auto shard = [&](std::uint64_t layers) {
    return share((model.parameters - of_experts) * model.gradient_bytes, plan.tensor, layers);
  };
  const auto expert_shard = [&](std::uint64_t layers) {
    if (!plan.has_expert_data_groups()) return Bytes{};
    return share(of_experts * model.gradient_bytes, std::uint64_t{plan.tensor} * plan.expert, layers);
  };
  // Buckets exist to be sent while others are still computed: without overlap the gradient goes out whole.
  plan.overlaps = training.parallelism.overlap == scenario::Overlap::backward;
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    std::uint64_t layers = 0;
    for (std::uint32_t chunk = 0; chunk < plan.chunks; ++chunk) {
      ChunkPlan& part = plan.parts[chunk * plan.pipeline + stage];
      layers += part.layers;
      if (!plan.overlaps) continue;
      add_buckets(part.buckets, shard(part.layers), training.parallelism.bucket, false);
      add_buckets(part.buckets, expert_shard(part.layers), training.parallelism.bucket, true);
    }
    if (plan.overlaps) continue;
    add_buckets(plan.stages[stage].buckets, shard(layers), shard(layers), false);
    add_buckets(plan.stages[stage].buckets, expert_shard(layers), expert_shard(layers), true);
  }
  plan_zero(plan, training);
}

void plan_parts(TrainingPlan& plan, const scenario::Training& training) {
  const scenario::Model& model = training.model;
  const double shard_parameters = scenario::active_parameters(model) / (double{1} * plan.tensor * plan.pipeline);
  const std::uint64_t of_sequence = model.sequence / plan.context;
  const double tokens = static_cast<double>(of_sequence) * static_cast<double>(model.micro_batch);
  // Of an average stage.
  const Duration forward =
      Duration::from_seconds(2 * shard_parameters * tokens / (training.gpu.flops * training.gpu.utilisation));
  std::uint64_t before = 0;
  for (std::uint32_t number = 0; number < plan.pipeline * plan.chunks; ++number) {
    ChunkPlan part;
    part.layers = layers_of_part(model.layers, plan.pipeline * plan.chunks, number);
    if (plan.expert > 1)
      part.expert_layers = static_cast<std::uint32_t>(before + part.layers -
                                                      std::clamp(model.dense_layers, before, before + part.layers));
    before += part.layers;
    if (plan.tensor > 1) part.tensor_collectives = 2 * part.layers;
    part.backward_collectives = part.tensor_collectives * (model.recomputes ? 2 : 1);
    const std::uint64_t share = std::uint64_t{part.layers} * plan.pipeline, divisor = std::gcd(share, model.layers);
    part.forward =
        forward * static_cast<std::int64_t>(share / divisor) / static_cast<std::int64_t>(model.layers / divisor);
    part.backward = part.forward * (model.recomputes ? 3 : 2);
    plan.parts.push_back(std::move(part));
  }
}

// Columns of the keys, and of the values, that a rank of the tensor group has: whole heads. Where there are fewer of
// them than ranks, several ranks have the same one.
std::uint64_t key_value_columns(const scenario::Model& model, std::uint32_t tensor) {
  if (model.heads == 0) return divide_up(model.hidden, tensor);
  return divide_up(std::max<std::uint64_t>(1, model.kv_heads), tensor) * (model.hidden / model.heads);
}

// Families of groups follow one another; which there are has been planned.
void number_groups(TrainingPlan& plan) {
  const std::uint32_t places = plan.tensor * plan.pipeline;
  plan.tensor_groups = plan.tensor > 1 ? plan.replicas() * plan.pipeline : 0;
  plan.pipeline_groups = plan.tensor_groups + (plan.replicas() > 1 ? places : 0);
  plan.expert_groups = plan.pipeline_groups + (plan.drains() ? plan.tensor * plan.replicas() : 0);
  plan.context_groups = plan.expert_groups;
  if (plan.has_expert_groups()) plan.context_groups += places * plan.context * (plan.data / plan.expert);
  if (plan.has_expert_data_groups()) plan.context_groups += places * plan.expert;
}

}  // namespace

std::uint32_t layers_of_part(std::uint64_t layers, std::uint32_t parts, std::uint32_t number) {
  const std::uint64_t least = layers / parts, having_more = layers % parts;
  const std::uint32_t from_end = parts - 1 - number;
  const std::uint32_t turn = number < from_end ? 2 * number + 1 : 2 * from_end;
  const bool has_more = turn >= parts - having_more;
  return static_cast<std::uint32_t>(least + (has_more ? 1 : 0));
}

TrainingPlan plan_of(const scenario::Training& training, std::span<const scenario::Site> sites) {
  check_shape(training, sites);
  const scenario::Model& model = training.model;
  const scenario::Parallelism& parallelism = training.parallelism;
  TrainingPlan plan;
  plan.tensor = parallelism.tensor;
  plan.data = parallelism.data;
  plan.pipeline = parallelism.pipeline;
  plan.chunks = std::max(parallelism.interleave, 1U);
  plan.microbatches = static_cast<std::uint32_t>(model.global_batch / (model.micro_batch * parallelism.data));
  plan.recomputes = model.recomputes;
  plan.expert = parallelism.expert;
  plan.context = parallelism.context;
  plan_parts(plan, training);
  const std::uint64_t tokens = model.micro_batch * (model.sequence / plan.context);
  plan.tensor_bytes = Bytes{tokens * model.hidden * model.activation_bytes};
  plan.boundary_bytes = Bytes{divide_up(plan.tensor_bytes.count(), plan.tensor)};
  if (plan.expert > 1)
    plan.expert_bytes = Bytes{divide_up(plan.tensor_bytes.count() * model.active_experts, plan.tensor)};
  if (plan.context > 1)
    plan.context_bytes = Bytes{2 * tokens * key_value_columns(model, plan.tensor) * model.activation_bytes};
  plan_gradients(plan, training);
  number_groups(plan);
  return plan;
}

}  // namespace farlink::trace
