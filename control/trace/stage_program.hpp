// SPDX-License-Identifier: Apache-2.0
// What the ranks of one stage do in a step, written once for all of them.
#pragma once

#include <cstdint>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/parallel_groups.hpp"

namespace farlink::trace {

// In its nodes `group` is a Family and `peer` a stage.
struct StageProgram {
  Program program;
  std::uint64_t without_bytes = 0;  // collectives of a size of 0, left out
  std::uint64_t alone = 0;          // collectives of groups of one rank, left out
  std::uint64_t rounded = 0;        // all-gathers that do not divide by their group
};

// The ranks of all stages, which come in order, and their groups; lanes are stages where there are several. Throws
// TraceError when that takes more memory than the options allow. The ranks of a stage share its program.
class StageGraph {
 public:
  StageGraph(const ParallelGroups& groups, const ImportOptions& options);
  void add(StageProgram stage);
  // With a note for each kind of collective that the programs left out.
  Graph finish();

 private:
  void charge(std::uint64_t bytes);

  const ParallelGroups& groups_;
  std::uint64_t limit_, used_ = 0;
  std::uint64_t without_bytes_ = 0, alone_ = 0, rounded_ = 0;  // the most of any stage
  Graph graph_;
};

}  // namespace farlink::trace
