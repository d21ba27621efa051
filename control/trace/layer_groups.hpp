// SPDX-License-Identifier: Apache-2.0
// Which ranks of a job that a layer table describes communicate with each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/layer_table.hpp"

namespace farlink::trace {

// Sets of groups of equal size; each rank is in one group of each. Groups of one rank are none.
enum class Family : std::uint8_t {
  all,
  inner,       // consecutive ranks: tensor parallel, or the network's first dimension
  outer,       // ranks of the same place in their inner groups: data parallel
  expert,      // consecutive members of an outer group
  expert_data  // members of an outer group that have the same experts
};

// Rank = place in the inner group + inner size x (place in the outer group + outer size x stage).
class LayerGroups {
 public:
  // Throws TraceError when the number of ranks is not known, or does not divide.
  LayerGroups(const LayerTable& table, const ImportOptions& options);

  std::uint32_t ranks() const noexcept { return ranks_; }
  std::uint32_t stages() const noexcept { return stages_; }
  std::uint32_t stage_of(std::uint32_t rank) const noexcept { return rank / (inner_ * outer_); }
  std::uint32_t size(Family family) const noexcept;
  // Index of the rank's group in Graph::groups; of a family with more than one rank in a group.
  std::uint32_t group_of(Family family, std::uint32_t rank) const noexcept;
  // The rank of the same place in another stage.
  std::uint32_t at_stage(std::uint32_t rank, std::uint32_t stage) const noexcept {
    return rank % (inner_ * outer_) + inner_ * outer_ * stage;
  }
  std::vector<Group> groups() const;
  // One sentence on what the file left open.
  const std::string& note() const noexcept { return note_; }

 private:
  std::uint32_t count(Family family) const noexcept { return size(family) > 1 ? ranks_ / size(family) : 0; }
  std::uint32_t first(Family family) const noexcept;

  std::uint32_t ranks_ = 0, stages_ = 1, inner_ = 1, outer_ = 1, expert_ = 1;
  std::string note_;
};

}  // namespace farlink::trace
