// SPDX-License-Identifier: Apache-2.0
#include "control/trace/stage_program.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {

namespace {

// Families that the rank is not in, or that have it alone, are no group that a program may name.
Binding binding_of(const ParallelGroups& groups, std::uint32_t rank) {
  Binding binding;
  for (std::size_t family = 0; family < families.size(); ++family)
    binding.groups.push_back(groups.has(families[family], rank) ? groups.group_of(families[family], rank) : no_group);
  for (std::uint32_t stage = 0; stage < groups.stages(); ++stage) binding.peers.push_back(groups.at_stage(rank, stage));
  return binding;
}

}  // namespace

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

void StageGraph::add(StageProgram stage) {
  charge(stage.program.nodes.size() * sizeof(Node) + stage.program.dependencies.size() * sizeof(std::uint32_t));
  charge(std::uint64_t{groups_.in_stage()} * (families.size() + groups_.stages()) * sizeof(std::uint32_t));
  const auto program = std::make_shared<Program>(std::move(stage.program));
  for (std::uint32_t i = 0; i < groups_.in_stage(); ++i) {
    const auto rank = static_cast<std::uint32_t>(graph_.ranks.size());
    graph_.ranks.push_back(program, binding_of(groups_, rank));
    graph_.lane_of_rank.push_back(groups_.stages() > 1 ? groups_.stage_of(rank) : rank);
  }
  without_bytes_ = std::max(without_bytes_, stage.without_bytes);
  alone_ = std::max(alone_, stage.alone);
  rounded_ = std::max(rounded_, stage.rounded);
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
