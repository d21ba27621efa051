// SPDX-License-Identifier: Apache-2.0
#include "control/trace/layer_parts.hpp"

#include <array>
#include <string>
#include <string_view>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

using Layers = std::span<const Layer>;

bool is_gradients(const Layer& layer) {
  constexpr std::array names{"grad_gather",     "grad_param_comm", "grad_param_compute", "grad_param",
                             "embedding_grads", "moe_grad_norm1",  "moe_grad_norm2",     "grad_norm"};
  for (const std::string_view name : names)
    if (layer.name == name) return true;
  return false;
}
bool is_loss(const Layer& layer) { return layer.name.starts_with("cross_entropy"); }
bool is_finish(const Layer& layer) { return layer.name.starts_with("optimizer"); }
bool is_embedding(const Layer& layer) { return layer.name.starts_with("embedding"); }
bool is_final(const Layer& layer) { return layer.name.starts_with("final"); }

template <typename Is>
Layers take_front(Layers& layers, Is is) {
  std::size_t count = 0;
  while (count < layers.size() && is(layers[count])) ++count;
  const Layers front = layers.first(count);
  layers = layers.subspan(count);
  return front;
}

template <typename Is>
Layers take_back(Layers& layers, Is is) {
  std::size_t count = 0;
  while (count < layers.size() && is(layers[layers.size() - 1 - count])) ++count;
  const Layers back = layers.last(count);
  layers = layers.first(layers.size() - count);
  return back;
}

}  // namespace

LayerParts::LayerParts(const LayerTable& table) : chunks_{table.chunks} {
  Layers layers{table.layers};
  gradients_ = take_front(layers, is_gradients);
  finish_ = take_back(layers, is_finish);
  loss_ = take_back(layers, is_loss);
  body_ = layers;
  if (body_.empty() || body_.size() % table.microbatches != 0)
    throw TraceError("the " + std::to_string(body_.size()) + " layers of micro-batches do not divide by ga " +
                     std::to_string(table.microbatches));
  each_ = body_.size() / table.microbatches;
  for (std::size_t i = each_; i < body_.size(); ++i)
    if (body_[i].name != body_[i % each_].name)
      throw TraceError("line " + std::to_string(body_[i].line) + ": micro-batch " + std::to_string(i / each_) +
                       " has '" + body_[i].name + "' where the first has '" + body_[i % each_].name + "'");
  Layers first = body_.first(each_);
  embedding_ = take_front(first, is_embedding).size();
  final_ = take_back(first, is_final).size();
  if (first.size() < chunks_)
    throw TraceError("the " + std::to_string(first.size()) + " layers of a micro-batch are fewer than vpp " +
                     std::to_string(chunks_));
}

std::span<const Layer> LayerParts::layers(std::uint32_t microbatch, std::uint32_t chunk, bool is_first,
                                          bool is_last) const {
  const Layers all = body_.subspan(microbatch * each_, each_);
  const std::size_t between = each_ - embedding_ - final_;
  std::size_t begin = embedding_ + between * chunk / chunks_;
  std::size_t end = embedding_ + between * (chunk + 1) / chunks_;
  if (is_first) begin = 0;
  if (is_last) end = each_;
  return all.subspan(begin, end - begin);
}

}  // namespace farlink::trace
