// SPDX-License-Identifier: Apache-2.0
// Which ranks communicate with each other, in a job whose ranks all do the same but for their place.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// Sets of groups of equal size. Each rank is in one group of each, but of `embedding`, which the stages between the
// first and the last are not in. Groups of one rank are none.
enum class Family : std::uint8_t {
  all,
  inner,        // consecutive ranks: tensor parallel, or the network's first dimension
  outer,        // ranks of the same place in their inner groups: data parallel
  expert,       // consecutive members of an outer group
  expert_data,  // members of an outer group that have the same experts
  pipeline,     // ranks of the same place in all stages
  embedding     // of the same place in the first and the last stage
};

inline constexpr std::array families{Family::all,         Family::inner,    Family::outer,    Family::expert,
                                     Family::expert_data, Family::pipeline, Family::embedding};

struct ParallelShape {
  std::uint32_t ranks = 1, stages = 1, inner = 1, expert = 1;
};

// Rank = place in the inner group + inner size x (place in the outer group + outer size x stage).
class ParallelGroups {
 public:
  // Throws TraceError when the ranks do not divide.
  explicit ParallelGroups(const ParallelShape& shape);

  std::uint32_t ranks() const noexcept { return shape_.ranks; }
  std::uint32_t stages() const noexcept { return shape_.stages; }
  std::uint32_t stage_of(std::uint32_t rank) const noexcept { return rank / in_stage(); }
  std::uint32_t in_stage() const noexcept { return shape_.inner * outer_; }
  std::uint32_t size(Family family) const noexcept;
  // Whether the rank is in a group of the family.
  bool has(Family family, std::uint32_t rank) const noexcept;
  // Index of the rank's group in groups(); of a family that has() it.
  std::uint32_t group_of(Family family, std::uint32_t rank) const noexcept;
  // The rank of the same place in another stage.
  std::uint32_t at_stage(std::uint32_t rank, std::uint32_t stage) const noexcept {
    return rank % in_stage() + in_stage() * stage;
  }
  std::vector<Group> groups() const;

 private:
  std::uint32_t count(Family family) const noexcept;
  std::uint32_t first(Family family) const noexcept;

  ParallelShape shape_;
  std::uint32_t outer_ = 1;
};

}  // namespace farlink::trace
