// SPDX-License-Identifier: Apache-2.0
#include "control/trace/parallel_groups.hpp"

#include <array>
#include <string>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

constexpr std::array family_names{"all", "inner", "outer", "expert", "expert data", "pipeline", "embedding"};

}  // namespace

ParallelGroups::ParallelGroups(const ParallelShape& shape) : shape_{shape} {
  const std::uint64_t each = std::uint64_t{shape.inner} * shape.stages;
  if (each == 0 || each > shape.ranks || shape.ranks % each != 0)
    throw TraceError(std::to_string(shape.ranks) + " ranks do not divide into " + std::to_string(shape.stages) +
                     (shape.stages == 1 ? " stage" : " stages") + " of groups of " + std::to_string(shape.inner));
  outer_ = static_cast<std::uint32_t>(shape.ranks / each);
  if (shape.expert == 0 || shape.expert > outer_ || outer_ % shape.expert != 0)
    throw TraceError("the " + std::to_string(outer_) +
                     " ranks of a data-parallel group do not divide into expert groups of " +
                     std::to_string(shape.expert));
}

std::uint32_t ParallelGroups::size(Family family) const noexcept {
  switch (family) {
    case Family::all:
      return shape_.ranks;
    case Family::inner:
      return shape_.inner;
    case Family::outer:
      return outer_;
    case Family::expert:
      return shape_.expert;
    case Family::expert_data:
      return outer_ / shape_.expert;
    case Family::pipeline:
      return shape_.stages;
    case Family::embedding:
      break;
  }
  return shape_.stages > 1 ? 2 : 1;
}

std::uint32_t ParallelGroups::count(Family family) const noexcept {
  if (size(family) < 2) return 0;
  return family == Family::embedding ? in_stage() : shape_.ranks / size(family);
}

std::uint32_t ParallelGroups::first(Family family) const noexcept {
  std::uint32_t before = 0;
  for (const Family other : families) {
    if (other == family) break;
    before += count(other);
  }
  return before;
}

bool ParallelGroups::has(Family family, std::uint32_t rank) const noexcept {
  if (size(family) < 2) return false;
  return family != Family::embedding || stage_of(rank) == 0 || stage_of(rank) + 1 == shape_.stages;
}

std::uint32_t ParallelGroups::group_of(Family family, std::uint32_t rank) const noexcept {
  const std::uint32_t t = rank % shape_.inner, d = rank / shape_.inner % outer_;
  const std::uint32_t outer_group = t + shape_.inner * stage_of(rank);
  std::uint32_t index = 0;
  switch (family) {
    case Family::all:
      break;
    case Family::inner:
      index = rank / shape_.inner;
      break;
    case Family::outer:
      index = outer_group;
      break;
    case Family::expert:
      index = outer_group * (outer_ / shape_.expert) + d / shape_.expert;
      break;
    case Family::expert_data:
      index = outer_group * shape_.expert + d % shape_.expert;
      break;
    case Family::pipeline:
    case Family::embedding:
      index = rank % in_stage();
      break;
  }
  return first(family) + index;
}

std::vector<Group> ParallelGroups::groups() const {
  std::vector<Group> groups(first(Family::embedding) + count(Family::embedding));
  for (const Family family : families) {
    for (std::uint32_t rank = 0; rank < shape_.ranks; ++rank) {
      if (!has(family, rank)) continue;
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
