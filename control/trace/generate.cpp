// SPDX-License-Identifier: Apache-2.0
#include "control/trace/generate.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "control/trace/error.hpp"
#include "control/trace/place.hpp"
#include "control/trace/schedule.hpp"
#include "control/trace/storage.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b == 0 ? 0 : 1); }

// What every rank of the job has in common.
struct Plan {
  std::uint32_t tensor = 1, data = 1, pipeline = 1;
  std::uint32_t microbatches = 1;
  std::uint32_t tensor_collectives = 0;  // per forward or backward: two per layer
  Duration forward, backward;
  Bytes tensor_bytes, boundary_bytes;  // boundary: per rank, scattered over the tensor group
  std::vector<Bytes> buckets;          // empty without data parallelism
  bool overlaps = false;
  std::uint32_t tensor_groups = 0;    // groups before the first data group
  std::uint32_t pipeline_groups = 0;  // groups before the first pipeline group
  std::optional<StoragePlan> storage;

  // Whether the stages of a replica wait for each other before the gradients.
  bool drains() const { return !overlaps && !buckets.empty() && pipeline > 1; }
  std::uint32_t rank(std::uint32_t t, std::uint32_t d, std::uint32_t stage) const {
    return t + tensor * (d + data * stage);
  }
};

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
  if (model.layers % parallelism.pipeline != 0) {
    refuse(std::to_string(model.layers) + " layers do not split into " + std::to_string(parallelism.pipeline) +
           " equal pipeline stages: choose a pipeline that divides layers");
  }
  const std::uint64_t per_step = model.micro_batch * parallelism.data;
  if (per_step == 0 || model.global_batch == 0 || model.global_batch % per_step != 0) {
    refuse("global-batch " + std::to_string(model.global_batch) +
           " is not a multiple of micro-batch x data = " + std::to_string(per_step));
  }
  if (model.global_batch / per_step > std::numeric_limits<std::uint16_t>::max()) {
    refuse("more than 65535 micro-batches a step: raise micro-batch or lower global-batch");
  }
  if (std::uint64_t{parallelism.tensor} * parallelism.pipeline * parallelism.data > (1U << 24)) {
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

std::vector<Bytes> buckets_of(Bytes shard, Bytes bucket) {
  const std::uint64_t size = bucket.count() == 0 ? shard.count() : bucket.count();
  std::vector<Bytes> buckets;
  for (std::uint64_t left = shard.count(); left > 0; left -= std::min(left, size)) {
    buckets.emplace_back(std::min(left, size));
  }
  return buckets;
}

Plan plan_of(const scenario::Training& training) {
  const scenario::Model& model = training.model;
  const scenario::Parallelism& parallelism = training.parallelism;
  const scenario::Gpu& gpu = training.gpu;
  Plan plan;
  plan.tensor = parallelism.tensor;
  plan.data = parallelism.data;
  plan.pipeline = parallelism.pipeline;
  plan.microbatches = static_cast<std::uint32_t>(model.global_batch / (model.micro_batch * parallelism.data));
  if (plan.tensor > 1) plan.tensor_collectives = static_cast<std::uint32_t>(2 * model.layers / plan.pipeline);
  const double shard_parameters = static_cast<double>(model.parameters) / (double{1} * plan.tensor * plan.pipeline);
  const double tokens = static_cast<double>(model.sequence) * static_cast<double>(model.micro_batch);
  plan.forward = Duration::from_seconds(2 * shard_parameters * tokens / (gpu.flops * gpu.utilisation));
  plan.backward = plan.forward * 2;
  plan.tensor_bytes = Bytes{model.micro_batch * model.sequence * model.hidden * model.activation_bytes};
  plan.boundary_bytes = Bytes{divide_up(plan.tensor_bytes.count(), plan.tensor)};
  if (plan.data > 1) {
    const Bytes shard{divide_up(model.parameters * model.gradient_bytes, std::uint64_t{plan.tensor} * plan.pipeline)};
    // Buckets exist to be sent while others are still computed: without overlap the gradient goes out whole.
    plan.overlaps = parallelism.overlap == scenario::Overlap::backward;
    plan.buckets = buckets_of(shard, plan.overlaps ? parallelism.bucket : shard);
  }
  plan.tensor_groups = plan.tensor > 1 ? plan.data * plan.pipeline : 0;
  plan.pipeline_groups = plan.tensor_groups + (plan.data > 1 ? plan.tensor * plan.pipeline : 0);
  return plan;
}

// Writes the program of one rank, in program order.
class RankWriter {
 public:
  RankWriter(const Plan& plan, std::uint32_t t, std::uint32_t d, std::uint32_t stage)
      : plan_{plan}, t_{t}, d_{d}, stage_{stage} {}

  Rank write() {
    rank_.nodes.reserve(std::size_t{8} * plan_.microbatches + 2 * plan_.buckets.size() + 1);
    rank_.dependencies.reserve(std::size_t{9} * plan_.microbatches + 3 * plan_.buckets.size() + 2);
    if (plan_.storage) begin_storage(*plan_.storage);
    for (const Slot slot : one_forward_one_backward(stage_, plan_.pipeline, plan_.microbatches)) {
      microbatch_ = slot.microbatch;
      slot.is_forward ? forward() : backward();
    }
    if (plan_.drains()) drain();
    if (!plan_.overlaps) {
      for (const Bytes bucket : plan_.buckets) gradient(bucket, last_);
    }
    Node optimizer;
    optimizer.phase = Phase::optimizer;
    std::vector<std::uint32_t> after = gradients_;
    after.push_back(last_);
    add(optimizer, after);
    return std::move(rank_);
  }

 private:
  void forward() {
    const std::uint32_t input = stage_ > 0 ? receive(stage_ - 1, Phase::activation) : samples();
    compute(plan_.forward, Phase::forward, input);
    tensor_collective();
    if (stage_ + 1 < plan_.pipeline) send(stage_ + 1, Phase::activation);
  }

  void backward() {
    const std::uint32_t input = stage_ + 1 < plan_.pipeline ? receive(stage_ + 1, Phase::gradient_activation) : none;
    const bool is_last = microbatch_ + 1U == plan_.microbatches;
    if (is_last && plan_.overlaps && !plan_.buckets.empty()) {
      const auto pieces = static_cast<std::int64_t>(plan_.buckets.size());
      const Duration piece = plan_.backward / pieces;
      for (std::int64_t i = 0; i < pieces; ++i) {
        const bool takes_rest = i + 1 == pieces;
        compute(takes_rest ? plan_.backward - piece * (pieces - 1) : piece, Phase::backward, i == 0 ? input : none);
        gradient(plan_.buckets[static_cast<std::size_t>(i)], last_);
      }
    } else {
      compute(plan_.backward, Phase::backward, input);
    }
    tensor_collective();
    if (stage_ > 0) send(stage_ - 1, Phase::gradient_activation);
  }

  // What goes on beside the step: the samples of the next one are read, and state is written.
  void begin_storage(const StoragePlan& storage) {
    if (storage.writers > 0)
      add(storage_message(NodeKind::send, storage.write, storage.server_of(own()), storage.write_tag()), {});
    if (!storage.prefetches || own() >= storage.readers) return;
    for (std::uint32_t m = 0; m < plan_.microbatches; ++m) {
      microbatch_ = static_cast<std::uint16_t>(m);
      read(storage, {});
    }
  }

  // Samples that were not read ahead: asked for when the rank has done what comes before.
  std::uint32_t samples() {
    const auto& storage = plan_.storage;
    if (!storage || storage->prefetches || own() >= storage->readers) return none;
    return read(*storage, {&last_, 1});
  }

  std::uint32_t read(const StoragePlan& storage, std::span<const std::uint32_t> after) {
    const std::uint32_t server = storage.server_of(own());
    add(storage_message(NodeKind::send, read_request, server, microbatch_), after);
    return add(storage_message(NodeKind::receive, storage.read, server, microbatch_), {});
  }

  std::uint32_t own() const { return plan_.rank(t_, d_, stage_); }

  std::uint32_t add(Node node, std::span<const std::uint32_t> after) {
    node.microbatch = microbatch_;
    std::vector<std::uint32_t> there;
    std::copy_if(after.begin(), after.end(), std::back_inserter(there), [](std::uint32_t d) { return d != none; });
    return rank_.add(node, there);
  }

  // A link of the chain that compute and tensor-parallel collectives of a rank form.
  void chain(const Node& node, std::uint32_t input) {
    const std::uint32_t after[] = {last_, input};
    last_ = add(node, after);
  }

  void compute(Duration duration, Phase phase, std::uint32_t input) {
    Node node;
    node.duration = duration;
    node.phase = phase;
    chain(node, input);
  }

  void tensor_collective() {
    if (plan_.tensor_collectives == 0) return;
    Node node;
    node.kind = NodeKind::collective;
    node.phase = Phase::tensor;
    node.bytes = plan_.tensor_bytes;
    node.repeat = plan_.tensor_collectives;
    node.group = d_ + plan_.data * stage_;
    chain(node, none);
  }

  void gradient(Bytes bucket, std::uint32_t after) {
    Node node;
    node.kind = NodeKind::collective;
    node.phase = Phase::gradient;
    node.bytes = bucket;
    node.group = plan_.tensor_groups + t_ + plan_.tensor * stage_;
    gradients_.push_back(add(node, {&after, 1}));
  }

  // Waits until every stage of the replica has ended its last backward: nothing overlaps with the pipeline's cool-down.
  void drain() {
    Node node;
    node.kind = NodeKind::collective;
    node.collective = Collective::barrier;
    node.group = plan_.pipeline_groups + t_ + plan_.tensor * d_;
    chain(node, none);
  }

  Node message(NodeKind kind, std::uint32_t other_stage, Phase phase) const {
    Node node;
    node.kind = kind;
    node.phase = phase;
    node.bytes = plan_.boundary_bytes;
    node.peer = plan_.rank(t_, d_, other_stage);
    node.tag = microbatch_;
    return node;
  }

  std::uint32_t receive(std::uint32_t from, Phase phase) { return add(message(NodeKind::receive, from, phase), {}); }
  void send(std::uint32_t to, Phase phase) { add(message(NodeKind::send, to, phase), {&last_, 1}); }

  const Plan& plan_;
  std::uint32_t t_, d_, stage_;
  Rank rank_;
  std::uint32_t last_ = none;  // end of the chain so far
  std::vector<std::uint32_t> gradients_;
  std::uint16_t microbatch_ = 0;
};

void add_groups(Graph& graph, const Plan& plan) {
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
  if (!plan.drains()) return;
  for (std::uint32_t i = 0; i < plan.tensor * plan.data; ++i) {
    const std::uint32_t t = i % plan.tensor;
    const std::uint32_t d = i / plan.tensor;
    Group group{"pipeline, tensor " + std::to_string(t) + ", data " + std::to_string(d), {}};
    for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) group.ranks.push_back(plan.rank(t, d, stage));
    graph.groups.push_back(std::move(group));
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
  check_shape(training, sites);
  Plan plan = plan_of(training);
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
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    for (std::uint32_t d = 0; d < plan.data; ++d) {
      for (std::uint32_t t = 0; t < plan.tensor; ++t) {
        graph.ranks.push_back(RankWriter{plan, t, d, stage}.write());
        graph.site_of_rank.push_back(sites_of_parts[is_pipeline ? stage : d]);
        graph.lane_of_rank.push_back(stage);
      }
    }
  }
  if (plan.storage) add_servers(graph, *plan.storage);
  const scenario::Model& model = training.model;
  graph.model_flops = 6 * static_cast<double>(model.parameters) * static_cast<double>(model.global_batch) *
                      static_cast<double>(model.sequence);
  graph.peak_flops = static_cast<double>(ranks) * training.gpu.flops;
  graph.source = "generated: " + model.name + ", tensor " + std::to_string(plan.tensor) + ", pipeline " +
                 std::to_string(plan.pipeline) + ", data " + std::to_string(plan.data) + ", " +
                 std::to_string(plan.microbatches) + " micro-batches";
  if (plan.storage) graph.source += ", data at " + training.storage->site;
  return graph;
}

}  // namespace farlink::trace
