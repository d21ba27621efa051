// SPDX-License-Identifier: Apache-2.0
// A layer table holds one stage of a pipeline, its micro-batches one behind the other. Here they are taken apart, so
// that the stages of a pipeline can compute them in their order.
#pragma once

#include <cstdint>
#include <span>

#include "control/trace/layer_table.hpp"

namespace farlink::trace {

class LayerParts {
 public:
  // Throws TraceError, naming the line, when the layers between the gradients' and the loss's are not as many alike
  // groups as there are micro-batches, or are fewer than chunks.
  explicit LayerParts(const LayerTable& table);

  // Of a micro-batch and chunk. The embedding is computed where the pipeline begins, the final layer where it ends.
  std::span<const Layer> layers(std::uint32_t microbatch, std::uint32_t chunk, bool is_first, bool is_last) const;
  std::span<const Layer> loss() const noexcept { return loss_; }            // cross_entropy
  std::span<const Layer> finish() const noexcept { return finish_; }        // optimizer
  std::span<const Layer> gradients() const noexcept { return gradients_; }  // grad_*, moe_grad_*: first in the file

 private:
  std::span<const Layer> gradients_, body_, loss_, finish_;
  std::uint32_t chunks_ = 1;
  std::size_t each_ = 0;                   // layers of a micro-batch
  std::size_t embedding_ = 0, final_ = 0;  // of them, at their begin and end
};

}  // namespace farlink::trace
