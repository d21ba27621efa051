// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/presets.hpp"

#include "control/scenario/parameters.hpp"

namespace farlink::scenario {
namespace {

Model gpt(std::string_view name, std::uint64_t layers, std::uint64_t hidden, std::uint64_t heads) {
  Model model;
  model.name = name;
  model.layers = layers;
  model.hidden = hidden;
  model.heads = model.kv_heads = heads;
  model.feed_forward = 4 * hidden;
  model.vocabulary = 51'200;
  return model;
}

struct Shape {
  std::uint64_t layers, hidden, heads, kv_heads, feed_forward;
};

Model llama(std::string_view name, const Shape& shape, std::uint64_t vocabulary, std::uint64_t sequence,
            std::uint64_t published) {
  Model model;
  model.name = name;
  model.gated_mlp = true;
  model.layers = shape.layers;
  model.hidden = shape.hidden;
  model.heads = shape.heads;
  model.kv_heads = shape.kv_heads;
  model.feed_forward = shape.feed_forward;
  model.vocabulary = vocabulary;
  model.sequence = sequence;
  model.parameters = published;
  return model;
}

}  // namespace

Model preset_model(std::string_view name) {
  if (name == "gpt3-175b") {
    Model model = gpt(name, 96, 12'288, 96);
    model.parameters = 175'000'000'000;  // as published; the shape gives 174.6e9
    return model;
  }
  if (name == "dense-100b") {
    Model model = gpt(name, 80, 10'240, 80);
    model.parameters = count_parameters(model);
    return model;
  }
  if (name == "nemotron-4-340b") {
    Model model = gpt(name, 96, 18'432, 96);  // squared ReLU: two matrices
    model.kv_heads = 8;
    model.vocabulary = 256'000;
    model.sequence = 4'096;
    model.parameters =
        340'000'000'000;  // as published; the shape gives 336.4e9, and input and output embeddings differ
    return model;
  }
  if (name == "llama-65b") return llama(name, {80, 8'192, 64, 64, 22'016}, 32'000, 2'048, 65'200'000'000);
  if (name == "llama-70b") return llama(name, {80, 8'192, 64, 8, 28'672}, 32'000, 4'096, 70'000'000'000);
  if (name == "llama3-8b") return llama(name, {32, 4'096, 32, 8, 14'336}, 128'256, 8'192, 8'030'000'000);
  if (name == "llama3-70b") return llama(name, {80, 8'192, 64, 8, 28'672}, 128'256, 8'192, 70'600'000'000);
  if (name == "llama3-405b") return llama(name, {126, 16'384, 128, 8, 53'248}, 128'256, 8'192, 405'000'000'000);
  if (name == "mixtral-8x7b") {
    Model model = llama(name, {32, 4'096, 32, 8, 14'336}, 32'000, 4'096, 46'700'000'000);
    model.experts = 8;
    model.active_experts = 2;
    model.expert_feed_forward = 14'336;
    return model;
  }
  if (name == "deepseek-v3") {
    // Its attention is of another kind; parameters are as published, 37e9 of them active.
    Model model = llama(name, {61, 7'168, 128, 128, 18'432}, 129'280, 4'096, 671'000'000'000);
    model.experts = 256;
    model.active_experts = 8;
    model.shared_experts = 1;
    model.expert_feed_forward = 2'048;
    model.dense_layers = 3;
    return model;
  }
  Model model = llama(name, {32, 4'096, 32, 32, 11'008}, 32'000, 2'048, 0);  // dense-7b
  model.parameters = count_parameters(model);
  return model;
}

}  // namespace farlink::scenario
