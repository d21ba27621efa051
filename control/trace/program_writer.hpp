// SPDX-License-Identifier: Apache-2.0
// A rank's program while it is written: one chain of what follows one another, and what goes on beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/parallel_groups.hpp"
#include "control/trace/stage_program.hpp"

namespace farlink::trace {

// Where a node comes from, and what it is for.
struct Origin {
  std::uint64_t record = 0;
  Phase phase = Phase::other;
};

struct Exchange {
  Collective collective = Collective::all_reduce;
  Family family = Family::all;
  units::Bytes bytes;      // of the whole buffer: of an all-gather what everybody has in the end
  units::Duration update;  // passes behind it
};

class ProgramWriter {
 public:
  explicit ProgramWriter(const ParallelGroups& groups) : groups_{groups} {}

  // What is computed without a gap is one node.
  void compute(units::Duration duration, const Origin& origin);
  // The chain goes on when the collective has ended and its update has passed. Nothing where there is nothing to send.
  void blocking(const Exchange& exchange, const Origin& origin);
  // Goes on beside the chain. What it ends with, for wait(); nothing where there is nothing to send.
  std::optional<std::uint32_t> background(const Exchange& exchange, const Origin& origin);
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
  std::optional<Node> collective(const Exchange& exchange, const Origin& origin);
  void chain(const Node& node);

  const ParallelGroups& groups_;
  StageProgram program_;
  std::optional<std::uint32_t> last_;   // end of the chain
  std::vector<std::uint32_t> pending_;  // what the next of the chain waits for besides
  bool may_grow_ = false;               // last_ computes, and nothing waits for it yet
};

}  // namespace farlink::trace
