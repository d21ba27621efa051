// SPDX-License-Identifier: Apache-2.0
#include "control/trace/calls.hpp"

#include <algorithm>
#include <utility>

namespace farlink::trace {

Calls::Calls(const Graph& graph) : program_{graph.ranks.program_numbers()} {
  for (std::uint32_t rank = 0; rank < program_.size(); ++rank) {
    if (program_[rank] == programs_.size()) programs_.push_back(calls_of(graph.ranks[rank]));
  }
}

Calls::OfProgram Calls::calls_of(const Program& program) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all;  // group, node
  for (std::uint32_t i = 0; i < program.nodes.size(); ++i) {
    if (program.nodes[i].kind == NodeKind::collective) all.emplace_back(program.nodes[i].group, i);
  }
  std::sort(all.begin(), all.end());
  OfProgram calls;
  for (const auto& [group, node] : all) {
    if (calls.groups.empty() || calls.groups.back() != group) {
      calls.groups.push_back(group);
      calls.first.push_back(static_cast<std::uint32_t>(calls.nodes.size()));
    }
    calls.nodes.push_back(node);
  }
  calls.first.push_back(static_cast<std::uint32_t>(calls.nodes.size()));
  return calls;
}

std::span<const std::uint32_t> Calls::of(std::uint32_t rank, std::uint32_t own_number) const noexcept {
  const OfProgram& calls = programs_[program_[rank]];
  const auto found = std::lower_bound(calls.groups.begin(), calls.groups.end(), own_number);
  if (found == calls.groups.end() || *found != own_number) return {};
  const auto place = static_cast<std::size_t>(found - calls.groups.begin());
  return std::span{calls.nodes}.subspan(calls.first[place], calls.first[place + 1] - calls.first[place]);
}

}  // namespace farlink::trace
