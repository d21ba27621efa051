// SPDX-License-Identifier: Apache-2.0
// workload: training from a model's shape, a recorded trace, or the bench's flows; none with live ports.
#include <algorithm>

#include "control/scenario/parameters.hpp"
#include "control/scenario/presets.hpp"
#include "control/scenario/sections.hpp"
#include "control/scenario/value.hpp"

namespace farlink::scenario {
namespace {

constexpr std::uint64_t gated_rounding = 256;

Model read_shape(const Reader& reader) {
  for (const auto key : {"layers", "hidden", "heads"}) {
    if (!reader.has(key)) reader.refuse(key, "is missing; a shape needs layers, hidden and heads (or give a preset)");
  }
  Model model;
  model.layers = reader.whole("layers", 0);
  model.hidden = reader.whole("hidden", 0);
  model.heads = reader.whole("heads", 0);
  model.kv_heads = reader.whole("kv-heads", model.heads);
  model.gated_mlp = reader.text("gated-mlp", "false") == "true";
  const std::uint64_t gated = (model.hidden * 8 / 3 + gated_rounding - 1) / gated_rounding * gated_rounding;
  model.feed_forward = reader.whole("feed-forward", model.gated_mlp ? gated : 4 * model.hidden);
  model.vocabulary = reader.whole("vocabulary", 51'200);
  model.experts = reader.whole("experts", 0);
  if (model.experts > 0) {
    model.active_experts = reader.whole("active-experts", std::min<std::uint64_t>(2, model.experts));
    model.shared_experts = reader.whole("shared-experts", 0);
    model.expert_feed_forward = reader.whole("expert-feed-forward", model.feed_forward);
    model.dense_layers = reader.whole("dense-layers", 0);
    if (model.active_experts > model.experts) reader.refuse("active-experts", "are more than there are experts");
    if (model.dense_layers >= model.layers)
      reader.refuse("dense-layers", "leave no layer with experts; leave experts out");
  }
  for (const auto key : {"active-experts", "shared-experts", "expert-feed-forward", "dense-layers"})
    if (model.experts == 0 && reader.has(key)) reader.refuse(key, "is of models with experts; give experts");
  if (model.hidden % model.heads != 0) reader.refuse("heads", "do not divide hidden; each head takes hidden / heads");
  if (model.heads % model.kv_heads != 0)
    reader.refuse("kv-heads", "do not divide heads; heads share key-value heads evenly");
  model.name = "layers " + std::to_string(model.layers) + ", hidden " + std::to_string(model.hidden);
  return model;
}

Model read_model(const Reader& reader) {
  const bool is_preset = reader.has("preset");
  Model model = is_preset ? preset_model(reader.text("preset", "")) : read_shape(reader);
  model.sequence = reader.whole("sequence", model.sequence);
  model.global_batch = reader.whole("global-batch", 0);
  model.micro_batch = reader.whole("micro-batch", 1);
  model.gradient_bytes = reader.whole32("gradient-bytes", model.gradient_bytes);
  model.activation_bytes = reader.whole32("activation-bytes", model.activation_bytes);
  model.parameter_bytes = reader.whole32("parameter-bytes", model.parameter_bytes);
  model.recomputes = reader.text("recompute", "none") == "full";
  if (!is_preset) model.parameters = count_parameters(model);
  return model;
}

Parallelism read_parallelism(const Reader& reader) {
  Parallelism parallelism;
  parallelism.tensor = reader.whole32("tensor", 1);
  parallelism.pipeline = reader.whole32("pipeline", 1);
  parallelism.data = reader.whole32("data", 1);
  parallelism.across_sites =
      reader.text("across-sites", "pipeline") == "data" ? AcrossSites::data : AcrossSites::pipeline;
  parallelism.overlap = reader.text("overlap", "backward") == "none" ? Overlap::none : Overlap::backward;
  parallelism.bucket = reader.bytes("bucket", parallelism.bucket);
  parallelism.zero = reader.whole32("zero", parallelism.zero);
  parallelism.interleave = reader.whole32("interleave", parallelism.interleave);
  parallelism.extra_warmup = reader.whole32("extra-warmup", parallelism.extra_warmup);
  parallelism.expert = reader.whole32("expert", parallelism.expert);
  parallelism.context = reader.whole32("context", parallelism.context);
  return parallelism;
}

std::optional<Storage> read_storage(const Reader& workload) {
  if (!workload.has("storage")) return std::nullopt;
  const Reader reader = workload.section("storage");
  Storage storage;
  storage.site = reader.text("site", "");
  storage.read_per_step = reader.bytes("read-per-step", {});
  storage.write_per_step = reader.bytes("write-per-step", {});
  storage.prefetch = reader.whole("prefetch", 1) == 1;
  if (storage.read_per_step == Bytes{} && storage.write_per_step == Bytes{})
    reader.refuse("read-per-step", "and 'write-per-step' are both nothing; give one of them, or leave storage out");
  return storage;
}

CollectiveAlgorithm read_collective(const Reader& reader) {
  const std::string name = reader.text("collective", "hierarchical-ring");
  if (name == "ring") return CollectiveAlgorithm::ring;
  if (name == "direct") return CollectiveAlgorithm::direct;
  if (name == "halving-doubling") return CollectiveAlgorithm::halving_doubling;
  if (name == "double-binary-tree") return CollectiveAlgorithm::double_binary_tree;
  return CollectiveAlgorithm::hierarchical_ring;
}

Recorded read_recorded(const Reader& reader) {
  Recorded recorded{reader.text("trace", ""), read_collective(reader), {}};
  for (const Reader& entry : reader.list("compute"))
    recorded.compute.emplace_back(entry.text("stage", ""), entry.duration("time", {}));
  recorded.kineto = reader.text("kineto", "");
  recorded.replicate = reader.text("replicate", "false") == "true";
  return recorded;
}

Flows read_flows(const Reader& reader) {
  Flows flows;
  flows.pairs = reader.whole32("pairs", flows.pairs);
  flows.message = reader.bytes("message", flows.message);
  flows.depth = reader.whole32("depth", flows.depth);
  if (reader.has("messages")) flows.messages = reader.whole("messages", 0);
  flows.stop_losses = reader.whole("stop-losses", flows.stop_losses);
  flows.stop_frames = reader.whole("stop-frames", flows.stop_frames);
  return flows;
}

std::vector<std::uint32_t> read_ranks(const Reader& stragglers) {
  std::vector<std::uint32_t> ranks;
  for (const std::string& text : stragglers.texts("ranks"))
    ranks.push_back(static_cast<std::uint32_t>(parse_whole(text)));  // the grammar bounds it
  std::sort(ranks.begin(), ranks.end());
  if (const auto twice = std::adjacent_find(ranks.begin(), ranks.end()); twice != ranks.end())
    stragglers.refuse("ranks", "name rank " + std::to_string(*twice) + " twice");
  return ranks;
}

}  // namespace

ComputeVariation read_compute_variation(const Reader& top) {
  const Reader workload = top.section("workload");
  ComputeVariation variation;
  variation.jitter = workload.ratio("jitter", 0);
  if (!workload.has("stragglers")) return variation;
  const Reader reader = workload.section("stragglers");
  variation.stragglers = Stragglers{reader.whole32("count", 0), read_ranks(reader), reader.ratio("slower", 0)};
  if (variation.stragglers->count == 0 && variation.stragglers->ranks.empty())
    reader.refuse("ranks", "names none; leave stragglers out, or give a count");
  return variation;
}

Workload read_workload(const Reader& top) {
  if (!top.has("workload")) return NoWorkload{};
  const Reader reader = top.section("workload");
  if (reader.has("flows")) return read_flows(reader.section("flows"));
  if (reader.has("trace")) return read_recorded(reader);
  if (!reader.has("model")) reader.refuse("", "needs one of model, trace or flows");
  Training training;
  training.model = read_model(reader.section("model"));
  training.parallelism = read_parallelism(reader.section("parallelism"));
  training.collective = read_collective(reader);
  training.gpu.flops = reader.section("gpu").flops("flops", training.gpu.flops);
  training.gpu.utilisation = reader.section("gpu").ratio("utilisation", training.gpu.utilisation);
  training.storage = read_storage(reader);
  return training;
}

}  // namespace farlink::scenario
