// SPDX-License-Identifier: Apache-2.0
// The orders are those in which ASTRA-sim 1.0 and SimAI execute the policies.
#include "control/trace/layer_program.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "control/trace/layer_parts.hpp"
#include "control/trace/program_writer.hpp"
#include "control/trace/schedule.hpp"

namespace farlink::trace {
namespace {

using Layers = std::span<const Layer>;

// Who exchanges activations and their gradients, and who weight gradients; nothing where the policy has none.
struct Families {
  std::optional<Family> activations, weights;
};

Families families_of(Policy policy) {
  switch (policy) {
    case Policy::data:
    case Policy::dlrm:
    case Policy::dlrm_enhanced:
    case Policy::micro:
      return {std::nullopt, Family::all};
    case Policy::model:
    case Policy::inference:
      return {Family::all, std::nullopt};
    case Policy::hybrid_model_data:
      return {Family::outer, Family::inner};
    case Policy::hybrid_data_model:
    case Policy::transformer:
    case Policy::transformer_recomputing:
    case Policy::customized:
      break;
  }
  return {Family::inner, Family::outer};
}

Family family_of(Scope scope, Family usual) {
  if (scope == Scope::expert) return Family::expert;
  return scope == Scope::expert_data ? Family::expert_data : usual;
}

class Step {
 public:
  Step(const LayerTable& table, const ParallelGroups& groups, std::uint32_t stage)
      : table_{table}, stage_{stage}, pipeline_{table.pipeline, table.chunks, table.microbatches}, writer_{groups} {}

  StageProgram write() {
    const Layers layers{table_.layers};
    switch (table_.policy) {
      case Policy::micro:
        for (const Layer& layer : layers) {
          compute(layer.weight_gradient, layer, Phase::other);
          blocking(layer.weight_gradient, Family::all, layer, Phase::gradient);
        }
        break;
      case Policy::inference:
        forward(layers);
        break;
      case Policy::dlrm:
      case Policy::dlrm_enhanced:
        recommendation(layers);
        break;
      default:
        if (pipeline_.stages > 1) {
          pipeline();
        } else {
          forward(layers);
          backward(layers);
        }
    }
    return writer_.finish();
  }

 private:
  void compute(const LayerPass& pass, const Layer& layer, Phase phase) {
    writer_.compute(pass.compute, {layer.line, phase});
  }
  void blocking(const LayerPass& pass, Family usual, const Layer& layer, Phase phase) {
    if (pass.collective) writer_.blocking(exchange(pass, usual, layer), {layer.line, phase});
  }
  std::optional<std::uint32_t> background(const LayerPass& pass, Family usual, const Layer& layer, Phase phase) {
    if (!pass.collective) return std::nullopt;
    return writer_.background(exchange(pass, usual, layer), {layer.line, phase});
  }
  static Exchange exchange(const LayerPass& pass, Family usual, const Layer& layer) {
    return {*pass.collective, family_of(pass.scope, usual), pass.bytes, layer.update};
  }

  void forward(Layers layers) {
    for (const Layer& layer : layers) {
      compute(layer.forward, layer, Phase::forward);
      if (const auto family = families_of(layer.policy).activations)
        blocking(layer.forward, *family, layer, Phase::tensor);
    }
  }

  // From the last layer to the first.
  void backward(Layers layers) {
    for (std::size_t i = layers.size(); i-- > 0;) {
      const Layer& layer = layers[i];
      const Families families = families_of(layer.policy);
      if (layer.starts_forward) recompute(layers, i);
      if (table_.policy == Policy::data) {  // weights first: their exchange begins earlier
        weight_gradient(layer, families);
        if (i > 0) compute(layer.input_gradient, layer, Phase::backward);
        continue;
      }
      compute(layer.input_gradient, layer, Phase::backward);
      if (table_.policy == Policy::transformer || table_.policy == Policy::transformer_recomputing) {
        blocking(layer.input_gradient, *families.activations, layer, Phase::tensor);
        weight_gradient(layer, families);
        continue;
      }
      std::optional<std::uint32_t> exchanged;  // beside the weight gradient; nobody needs that of the first layer
      if (i > 0 && families.activations)
        exchanged = background(layer.input_gradient, *families.activations, layer, Phase::tensor);
      weight_gradient(layer, families);
      writer_.wait(exchanged);
    }
  }

  void weight_gradient(const Layer& layer, const Families& families) {
    compute(layer.weight_gradient, layer, Phase::backward);
    if (families.weights) background(layer.weight_gradient, *families.weights, layer, Phase::gradient);
  }

  // The layers from the last checkpoint on, before layer `end`.
  void recompute(Layers layers, std::size_t end) {
    std::size_t begin = end;
    while (begin > 0 && !layers[begin].is_checkpoint) --begin;
    forward(layers.subspan(begin, end - begin));
  }

  // The embeddings' all-to-all goes on while the bottom layers compute, and back while they do so again.
  void recommendation(Layers layers) {
    std::optional<std::uint32_t> embeddings, gradients;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      compute(layers[i].forward, layers[i], Phase::forward);
      if (i == 0) embeddings = background(layers[0].forward, Family::all, layers[0], Phase::activation);
      if (i == table_.last_bottom) writer_.wait(embeddings);
    }
    for (std::size_t i = layers.size(); i-- > 0;) {
      weight_gradient(layers[i], families_of(table_.policy));
      if (i == 0) break;
      compute(layers[i].input_gradient, layers[i], Phase::backward);
      if (i == table_.last_bottom + 1)
        gradients = background(layers[0].input_gradient, Family::all, layers[0], Phase::gradient_activation);
    }
    if (table_.policy == Policy::dlrm) writer_.wait(gradients);
  }

  void pipeline();
  void forward(const LayerParts& parts, Slot slot);
  void backward(const LayerParts& parts, Slot slot);
  // chunk: that of the layers behind the boundary.
  Node message(const StageChunk& other, std::uint32_t chunk, Slot slot, Phase phase) const {
    Node node;
    node.bytes = table_.boundary;
    node.peer = other.stage;
    node.phase = phase;
    node.microbatch = slot.microbatch;
    node.tag = pipeline_.tag(slot, chunk, phase == Phase::gradient_activation);
    return node;
  }
  bool is_last_microbatch(Slot slot) const { return slot.microbatch + 1U == table_.microbatches; }

  const LayerTable& table_;
  std::uint32_t stage_;
  Pipeline pipeline_;
  ProgramWriter writer_;
};

void Step::pipeline() {
  const LayerParts parts{table_};
  for (const Slot slot : pipeline_.order(stage_)) slot.is_forward ? forward(parts, slot) : backward(parts, slot);
  forward(parts.finish());
  backward(parts.finish());
  forward(parts.gradients());
  backward(parts.gradients());
}

void Step::forward(const LayerParts& parts, Slot slot) {
  const auto from = pipeline_.before(stage_, slot), to = pipeline_.behind(stage_, slot);
  if (from) writer_.wait(writer_.receive(message(*from, slot.chunk, slot, Phase::activation)));
  forward(parts.layers(slot.microbatch, slot.chunk, !from, !to));
  if (to) {
    writer_.send(message(*to, to->chunk, slot, Phase::activation), writer_.pending());
  } else if (is_last_microbatch(slot)) {
    forward(parts.loss());
  }
}

void Step::backward(const LayerParts& parts, Slot slot) {
  const auto from = pipeline_.behind(stage_, slot), to = pipeline_.before(stage_, slot);
  if (from) {
    writer_.wait(writer_.receive(message(*from, from->chunk, slot, Phase::gradient_activation)));
  } else if (is_last_microbatch(slot)) {
    backward(parts.loss());
  }
  backward(parts.layers(slot.microbatch, slot.chunk, !to, !from));
  if (to) writer_.send(message(*to, slot.chunk, slot, Phase::gradient_activation), writer_.pending());
}

}  // namespace

StageProgram layer_program(const LayerTable& table, const ParallelGroups& groups, std::uint32_t stage) {
  return Step{table, groups, stage}.write();
}

}  // namespace farlink::trace
