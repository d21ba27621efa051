// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/presets.hpp"

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
  Model model;
  model.name = name;
  model.gated_mlp = true;
  model.vocabulary = 32'000;
  if (name == "llama-70b") {
    model.layers = 80;
    model.hidden = 8'192;
    model.heads = 64;
    model.kv_heads = 8;
    model.feed_forward = 28'672;
    model.sequence = 4'096;
    model.parameters = 70'000'000'000;  // as published; the shape gives 69.0e9
    return model;
  }
  model.layers = 32;  // dense-7b
  model.hidden = 4'096;
  model.heads = model.kv_heads = 32;
  model.feed_forward = 11'008;
  model.parameters = count_parameters(model);
  return model;
}

std::uint64_t count_parameters(const Model& m) {
  const std::uint64_t attention = 2 * m.hidden * m.hidden + 2 * m.hidden * m.hidden * m.kv_heads / m.heads;
  if (m.gated_mlp) return m.layers * (attention + 3 * m.hidden * m.feed_forward) + 2 * m.vocabulary * m.hidden;
  return m.layers * (attention + 2 * m.hidden * m.feed_forward + 13 * m.hidden) +
         (m.vocabulary + m.sequence) * m.hidden;
}

}  // namespace farlink::scenario
