// SPDX-License-Identifier: Apache-2.0
#include "control/trace/layer_groups.hpp"

#include <array>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

constexpr std::array families{Family::all, Family::inner, Family::outer, Family::expert, Family::expert_data};
constexpr std::array family_names{"all", "inner", "outer", "expert", "expert data"};

bool is_transformer(Policy policy) {
  return policy == Policy::transformer || policy == Policy::transformer_recomputing;
}
// Those that divide the ranks by the network's first dimension, and leave its size to the simulator's settings.
bool needs_dimension(const LayerTable& table) {
  const auto does = [](Policy policy) {
    return policy == Policy::hybrid_data_model || policy == Policy::hybrid_model_data;
  };
  if (does(table.policy)) return true;
  for (const Layer& layer : table.layers)
    if (does(layer.policy)) return true;
  return false;
}

}  // namespace

LayerGroups::LayerGroups(const LayerTable& table, const ImportOptions& options) {
  ranks_ = table.ranks;
  if (ranks_ == 0) {
    ranks_ = options.ranks;
    if (ranks_ == 0)
      throw TraceError(
          "the file does not say how many ranks there are (all_gpus): in a scenario the sites' GPUs say it, "
          "elsewhere --ranks does");
    note_ = "The file does not say how many ranks there are; " + std::to_string(ranks_) + " were given.";
  }
  stages_ = table.pipeline;
  inner_ = 1;
  if (is_transformer(table.policy)) {
    inner_ = table.model_group == 0 ? 1 : table.model_group;
  } else if (needs_dimension(table)) {
    inner_ = options.ranks_per_node;
    if (inner_ == 0)
      throw TraceError(
          "the policy divides the ranks by the network's first dimension, and the file does not say how "
          "large that is: in a scenario gpus-per-node says it, elsewhere --ranks-per-node does");
    note_ += (note_.empty() ? "" : " ") + std::string{"The network's first dimension is taken for the node of "} +
             std::to_string(inner_) + " GPUs.";
  }
  const std::uint64_t each = std::uint64_t{inner_} * stages_;
  if (each > ranks_ || ranks_ % each != 0)
    throw TraceError(std::to_string(ranks_) + " ranks do not divide into " + std::to_string(stages_) +
                     (stages_ == 1 ? " stage" : " stages") + " of groups of " + std::to_string(inner_));
  outer_ = static_cast<std::uint32_t>(ranks_ / each);
  expert_ = table.expert;
  if (expert_ > outer_ || outer_ % expert_ != 0)
    throw TraceError("the " + std::to_string(outer_) +
                     " ranks of a data-parallel group do not divide into expert groups of " + std::to_string(expert_));
}

std::uint32_t LayerGroups::size(Family family) const noexcept {
  switch (family) {
    case Family::all:
      return ranks_;
    case Family::inner:
      return inner_;
    case Family::outer:
      return outer_;
    case Family::expert:
      return expert_;
    case Family::expert_data:
      break;
  }
  return outer_ / expert_;
}

std::uint32_t LayerGroups::first(Family family) const noexcept {
  std::uint32_t before = 0;
  for (const Family other : families) {
    if (other == family) break;
    before += count(other);
  }
  return before;
}

std::uint32_t LayerGroups::group_of(Family family, std::uint32_t rank) const noexcept {
  const std::uint32_t t = rank % inner_, d = rank / inner_ % outer_, stage = stage_of(rank);
  const std::uint32_t outer_group = t + inner_ * stage;
  std::uint32_t index = 0;
  switch (family) {
    case Family::all:
      break;
    case Family::inner:
      index = rank / inner_;
      break;
    case Family::outer:
      index = outer_group;
      break;
    case Family::expert:
      index = outer_group * (outer_ / expert_) + d / expert_;
      break;
    case Family::expert_data:
      index = outer_group * expert_ + d % expert_;
      break;
  }
  return first(family) + index;
}

std::vector<Group> LayerGroups::groups() const {
  std::vector<Group> groups(first(Family::expert_data) + count(Family::expert_data));
  for (const Family family : families) {
    if (size(family) < 2) continue;
    for (std::uint32_t rank = 0; rank < ranks_; ++rank) {
      Group& group = groups[group_of(family, rank)];
      if (group.ranks.empty())
        group.name = std::string{family_names[static_cast<std::size_t>(family)]} + " " +
                     std::to_string(group_of(family, rank) - first(family));
      group.ranks.push_back(rank);
    }
  }
  return groups;
}

}  // namespace farlink::trace
