// SPDX-License-Identifier: Apache-2.0
#include "control/trace/stage_program.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {

Rank bind(const Rank& program, const ParallelGroups& groups, std::uint32_t rank) {
  Rank bound = program;
  for (Node& node : bound.nodes) {
    if (node.kind == NodeKind::collective) {
      node.group = groups.group_of(static_cast<Family>(node.group), rank);
    } else if (node.kind != NodeKind::compute) {
      node.peer = groups.at_stage(rank, node.peer);
    }
  }
  return bound;
}

StageGraph::StageGraph(const ParallelGroups& groups, const ImportOptions& options)
    : groups_{groups}, limit_{options.memory_limit.count()} {
  charge(std::uint64_t{groups.ranks()} * 96);  // groups, and what each rank has anyway
  graph_.groups = groups.groups();
  graph_.ranks.reserve(groups.ranks());
}

void StageGraph::charge(std::uint64_t bytes) {
  used_ += bytes;
  if (used_ > limit_)
    throw TraceError("the graph takes " + std::to_string(used_ >> 20) + " MiB and more, its limit is " +
                     std::to_string(limit_ >> 20) + " MiB");
}

void StageGraph::add(const StageProgram& program) {
  const std::uint64_t bytes =
      program.rank.nodes.size() * sizeof(Node) + program.rank.dependencies.size() * sizeof(std::uint32_t);
  charge(bytes * groups_.in_stage());
  for (std::uint32_t i = 0; i < groups_.in_stage(); ++i) {
    const auto rank = static_cast<std::uint32_t>(graph_.ranks.size());
    graph_.ranks.push_back(bind(program.rank, groups_, rank));
    graph_.lane_of_rank.push_back(groups_.stages() > 1 ? groups_.stage_of(rank) : rank);
  }
  without_bytes_ = std::max(without_bytes_, program.without_bytes);
  alone_ = std::max(alone_, program.alone);
  rounded_ = std::max(rounded_, program.rounded);
}

Graph StageGraph::finish() {
  const auto note = [this](std::uint64_t count, const char* what) {
    if (count > 0) graph_.notes.push_back(std::to_string(count) + " " + what);
  };
  note(without_bytes_, "collectives of a rank have no bytes and are left out.");
  note(alone_, "collectives of a rank have it alone in their group: they send nothing.");
  note(rounded_, "all-gathers of a rank do not divide by their group; the shares are rounded up.");
  graph_.site_of_rank.assign(graph_.ranks.size(), 0);
  return std::move(graph_);
}

}  // namespace farlink::trace
