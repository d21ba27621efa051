// SPDX-License-Identifier: Apache-2.0
#include "control/trace/rank_program.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// The groups of a rank, as its program numbers them.
enum : std::uint32_t { tensor_group, data_group, pipeline_group, expert_group, expert_data_group, context_group };

class StageWriter {
 public:
  StageWriter(const TrainingPlan& plan, std::uint32_t stage) : plan_{plan}, stage_{stage} {}

  Program write(std::span<const Slot> order) {
    program_.nodes.reserve(4 * order.size() + 2 * buckets() + 1);
    program_.dependencies.reserve(5 * order.size() + 3 * buckets() + 2);
    if (plan_.storage) begin_storage(*plan_.storage);
    for (const Slot slot : order) {
      slot_ = slot;
      slot.is_forward ? forward() : backward();
    }
    if (plan_.drains()) drain();
    if (!plan_.overlaps && !plan_.gathers_when_used) {
      for (const Bucket& bucket : whole().buckets) gradient(bucket, last_);
    }
    optimize();
    return std::move(program_);
  }

 private:
  const StagePlan& whole() const { return plan_.stages[stage_]; }
  const ChunkPlan& part() const { return plan_.part(stage_, slot_.chunk); }
  std::size_t buckets() const {
    std::size_t count = whole().buckets.size();
    for (std::uint32_t chunk = 0; chunk < plan_.chunks; ++chunk) count += plan_.part(stage_, chunk).buckets.size();
    return count;
  }
  // Of a chunk, when they go out as they are ready.
  const std::vector<Bucket>& ready_buckets() const { return plan_.overlaps ? part().buckets : whole().buckets; }

  std::optional<StageChunk> before() const { return plan_.schedule().before(stage_, slot_); }
  std::optional<StageChunk> behind() const { return plan_.schedule().behind(stage_, slot_); }

  void forward() {
    const auto from = before();
    const std::uint32_t input = from ? receive(*from, slot_.chunk, Phase::activation) : samples();
    if (plan_.gathers_when_used)
      pass_with_gathers(part().forward, Phase::forward, input, false);
    else
      compute(part().forward, Phase::forward, input);
    context_collective(Collective::all_gather, plan_.context_bytes);
    tensor_collective(part().tensor_collectives);
    expert_collective(1);
    if (const auto to = behind()) send(*to, to->chunk, Phase::activation);
  }

  void backward() {
    const auto from = behind();
    const std::uint32_t input = from ? receive(*from, from->chunk, Phase::gradient_activation) : none;
    const bool is_last = slot_.microbatch + 1U == plan_.microbatches;
    if (plan_.gathers_when_used)
      pass_with_gathers(part().backward, Phase::backward, input, true);
    else if (is_last && plan_.overlaps && !part().buckets.empty())
      in_pieces(part().backward, part().buckets.size(), [&](std::size_t i, Duration piece) {
        compute(piece, Phase::backward, i == 0 ? input : none);
        gradient(part().buckets[i], last_);
      });
    else
      compute(part().backward, Phase::backward, input);
    if (plan_.recomputes) context_collective(Collective::all_gather, plan_.context_bytes);
    context_collective(Collective::reduce_scatter, plan_.context_bytes * plan_.context);
    tensor_collective(part().backward_collectives);
    expert_collective(plan_.recomputes ? 2 : 1);
    if (const auto to = before()) send(*to, slot_.chunk, Phase::gradient_activation);
  }

  template <typename Visit>
  static void in_pieces(Duration all, std::size_t count, Visit visit) {
    const auto pieces = static_cast<std::int64_t>(count);
    const Duration piece = all / pieces;
    for (std::size_t i = 0; i < count; ++i) visit(i, i + 1 == count ? all - piece * (pieces - 1) : piece);
  }

  // ZeRO-3: the parameters of a piece are gathered while the one before it is computed, and no earlier, since what is
  // gathered takes memory.
  void pass_with_gathers(Duration all, Phase phase, std::uint32_t input, bool is_backward) {
    std::uint32_t two_ago = last_;
    in_pieces(all, whole().gathers.size(), [&](std::size_t i, Duration piece) {
      const std::uint32_t gathered = gather(whole().gathers[i], two_ago);
      two_ago = last_;
      const std::uint32_t after[] = {last_, gathered, i == 0 ? input : none};
      Node node;
      node.duration = piece;
      node.phase = phase;
      last_ = add(node, after);
      if (is_backward) gradient(ready_buckets()[i], last_);
    });
  }

  void optimize() {
    Node optimizer;
    optimizer.phase = Phase::optimizer;
    std::vector<std::uint32_t> after = gradients_;
    after.push_back(last_);
    const std::uint32_t updated = add(optimizer, after);
    if (plan_.gathers_when_used) return;
    for (const Bucket& shard : whole().gathers) gather(shard, updated);
  }

  // What goes on beside the step: the samples of the next one are read, and state is written.
  void begin_storage(const StoragePlan& storage) {
    if (storage.writers > 0) add(storage_message(NodeKind::send, storage.write, server(), storage.write_tag()), {});
    if (!storage.prefetches || !reads(storage)) return;
    for (std::uint32_t m = 0; m < plan_.microbatches; ++m) {
      slot_.microbatch = static_cast<std::uint16_t>(m);
      read(storage, {});
    }
  }

  // Samples that were not read ahead: asked for when the rank has done what comes before.
  std::uint32_t samples() {
    const auto& storage = plan_.storage;
    if (!storage || storage->prefetches || !reads(*storage)) return none;
    return read(*storage, {&last_, 1});
  }

  std::uint32_t read(const StoragePlan& storage, std::span<const std::uint32_t> after) {
    add(storage_message(NodeKind::send, read_request, server(), slot_.microbatch), after);
    return add(storage_message(NodeKind::receive, storage.read, server(), slot_.microbatch), {});
  }

  // The readers are the ranks of the first stage.
  bool reads(const StoragePlan& storage) const { return stage_ == 0 && storage.readers > 0; }
  std::uint32_t server() const { return plan_.pipeline; }  // behind the stages

  std::uint32_t add(Node node, std::span<const std::uint32_t> after) {
    node.microbatch = slot_.microbatch;
    std::vector<std::uint32_t> there;
    std::copy_if(after.begin(), after.end(), std::back_inserter(there), [](std::uint32_t d) { return d != none; });
    return program_.add(node, there);
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

  void tensor_collective(std::uint32_t repeat) {
    if (repeat == 0) return;
    Node node;
    node.kind = NodeKind::collective;
    node.phase = Phase::tensor;
    node.bytes = plan_.tensor_bytes;
    node.repeat = repeat;
    node.group = tensor_group;
    chain(node, none);
  }

  // Each layer's keys and values, or their gradients, of all parts of the sequence: what a rank's queries attend to.
  void context_collective(Collective collective, Bytes bytes) {
    if (plan_.context == 1 || part().layers == 0) return;
    Node node;
    node.kind = NodeKind::collective;
    node.collective = collective;
    node.phase = Phase::tensor;
    node.bytes = bytes;
    node.repeat = part().layers;
    node.group = context_group;
    chain(node, none);
  }

  // Tokens go to their experts and come back, once in each layer that has some.
  void expert_collective(std::uint32_t passes) {
    const std::uint32_t layers = part().expert_layers;
    if (layers == 0) return;
    Node node;
    node.kind = NodeKind::collective;
    node.collective = Collective::all_to_all;
    node.phase = Phase::tensor;
    node.bytes = plan_.expert_bytes;
    node.repeat = 2 * layers * passes;
    node.group = expert_group;
    chain(node, none);
  }

  std::uint32_t data_collective(Collective collective, const Bucket& bucket, std::uint32_t after) {
    Node node;
    node.kind = NodeKind::collective;
    node.collective = collective;
    node.phase = Phase::gradient;
    node.bytes = bucket.bytes;
    node.group = bucket.is_of_experts ? expert_data_group : data_group;
    return add(node, {&after, 1});
  }

  void gradient(const Bucket& bucket, std::uint32_t after) {
    gradients_.push_back(
        data_collective(plan_.scatters_gradients ? Collective::reduce_scatter : Collective::all_reduce, bucket, after));
  }

  std::uint32_t gather(const Bucket& shard, std::uint32_t after) {
    return data_collective(Collective::all_gather, shard, after);
  }

  // Waits until every stage of the replica has ended its last backward: nothing overlaps with the pipeline's cool-down.
  void drain() {
    Node node;
    node.kind = NodeKind::collective;
    node.collective = Collective::barrier;
    node.group = pipeline_group;
    chain(node, none);
  }

  // chunk: that of the layers behind the boundary.
  Node message(NodeKind kind, std::uint32_t other_stage, std::uint32_t chunk, Phase phase) const {
    Node node;
    node.kind = kind;
    node.phase = phase;
    node.bytes = plan_.boundary_bytes;
    node.peer = other_stage;
    node.tag = plan_.schedule().tag(slot_, chunk, phase == Phase::gradient_activation);
    return node;
  }

  std::uint32_t receive(const StageChunk& from, std::uint32_t chunk, Phase phase) {
    return add(message(NodeKind::receive, from.stage, chunk, phase), {});
  }
  void send(const StageChunk& to, std::uint32_t chunk, Phase phase) {
    add(message(NodeKind::send, to.stage, chunk, phase), {&last_, 1});
  }

  const TrainingPlan& plan_;
  std::uint32_t stage_;
  Program program_;
  std::uint32_t last_ = none;  // end of the chain so far
  std::vector<std::uint32_t> gradients_;
  Slot slot_;
};

}  // namespace

Program stage_program(const TrainingPlan& plan, std::span<const Slot> order, std::uint32_t stage) {
  return StageWriter{plan, stage}.write(order);
}

Binding binding_of(const TrainingPlan& plan, const Place& place, std::uint32_t stage) {
  const std::uint32_t replica = place.c + plan.context * place.d;
  Binding binding;
  binding.groups = {plan.tensor > 1 ? replica + plan.replicas() * stage : no_group,
                    plan.replicas() > 1 ? plan.tensor_groups + place.t + plan.tensor * stage : no_group,
                    plan.drains() ? plan.pipeline_groups + place.t + plan.tensor * replica : no_group,
                    plan.has_expert_groups() ? plan.expert_group(place, stage) : no_group,
                    plan.has_expert_data_groups() ? plan.expert_data_group(place, stage) : no_group,
                    plan.context > 1 ? plan.context_group(place, stage) : no_group};
  for (std::uint32_t other = 0; other < plan.pipeline; ++other) binding.peers.push_back(plan.rank(place, other));
  if (plan.storage) binding.peers.push_back(plan.storage->server_of(plan.rank(place, stage)));
  return binding;
}

}  // namespace farlink::trace
