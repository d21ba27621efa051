// SPDX-License-Identifier: Apache-2.0
// Which collectives the ranks call of each of their groups; once for each program.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

class Calls {
 public:
  // The graph must outlive this. Groups of bindings need not exist.
  explicit Calls(const Graph& graph);

  // The rank's calls of a group, by what its program calls it (Ranks::own_number_of), in program order.
  std::span<const std::uint32_t> of(std::uint32_t rank, std::uint32_t own_number) const noexcept;
  // The groups that it calls anything of, by what its program calls them, rising.
  std::span<const std::uint32_t> groups(std::uint32_t rank) const noexcept { return programs_[program_[rank]].groups; }

 private:
  struct OfProgram {
    std::vector<std::uint32_t> groups;  // rising
    std::vector<std::uint32_t> first;   // by place in groups, and one more: into nodes
    std::vector<std::uint32_t> nodes;
  };
  static OfProgram calls_of(const Program& program);

  std::vector<std::uint32_t> program_;  // by rank
  std::vector<OfProgram> programs_;
};

}  // namespace farlink::trace
