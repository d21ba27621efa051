// SPDX-License-Identifier: Apache-2.0
// A rank's program while it is written: one chain of what follows one another, and what goes on beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/trace/layer_table.hpp"
#include "control/trace/parallel_groups.hpp"
#include "control/trace/stage_program.hpp"

namespace farlink::trace {

class ProgramWriter {
 public:
  explicit ProgramWriter(const ParallelGroups& groups) : groups_{groups} {}

  void compute(const LayerPass& pass, const Layer& layer, Phase phase) { compute(pass.compute, layer, phase); }
  // The chain goes on when the collective has ended and the layer's update has passed.
  void blocking(const LayerPass& pass, Family usual, const Layer& layer, Phase phase);
  // Goes on beside the chain; nothing where there is nothing to send. What it ends with, for wait().
  std::optional<std::uint32_t> background(const LayerPass& pass, Family usual, const Layer& layer, Phase phase);
  // What comes next in the chain waits for this, too.
  void wait(std::optional<std::uint32_t> node);

  // What the next of the chain waits for besides the one before it.
  std::span<const std::uint32_t> pending() const noexcept { return pending_; }

  // Between stages; node.peer is a stage. A send leaves when the chain has come so far and `after` has ended. A receive
  // is waited for by nobody yet.
  void send(Node node, std::span<const std::uint32_t> after);
  std::uint32_t receive(Node node);

  StageProgram finish();

 private:
  void compute(units::Duration duration, const Layer& layer, Phase phase);
  std::optional<Node> collective(const LayerPass& pass, Family usual, const Layer& layer, Phase phase);
  void chain(const Node& node);

  const ParallelGroups& groups_;
  StageProgram program_;
  std::optional<std::uint32_t> last_;   // end of the chain
  std::vector<std::uint32_t> pending_;  // what the next of the chain waits for besides
  bool may_grow_ = false;               // last_ computes, and nothing waits for it yet
};

}  // namespace farlink::trace
