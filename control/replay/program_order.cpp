// SPDX-License-Identifier: Apache-2.0
#include "control/replay/program_order.hpp"

#include <algorithm>
#include <limits>

namespace farlink::replay {

using trace::NodeKind;

ProgramOrder::ProgramOrder(const trace::Program& program, std::span<const std::uint32_t> groups)
    : blocker_count(program.nodes.size(), 0),
      ordinal(program.nodes.size(), 0),
      group_place(program.nodes.size(), 0),
      first_dependent(program.nodes.size() + 1, 0) {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  const auto count = static_cast<std::uint32_t>(program.nodes.size());
  std::vector<std::uint32_t> before(count, none);  // the group's collective before it
  std::vector<std::uint32_t> last(groups.size(), none);
  for (std::uint32_t i = 0; i < count; ++i) {
    const trace::Node& node = program.nodes[i];
    if (node.kind == NodeKind::send || node.kind == NodeKind::receive) ordinal[i] = messages++;
    if (node.kind != NodeKind::collective) continue;
    const auto place = std::lower_bound(groups.begin(), groups.end(), node.group) - groups.begin();
    group_place[i] = static_cast<std::uint32_t>(place);
    before[i] = last[group_place[i]];
    if (before[i] != none) ordinal[i] = ordinal[before[i]] + 1;
    last[group_place[i]] = i;
  }
  const auto for_each_edge = [&](auto visit) {
    for (std::uint32_t i = 0; i < count; ++i) {
      for (const std::uint32_t dependency : program.dependencies_of(program.nodes[i])) visit(dependency, i);
      if (before[i] != none) visit(before[i], i);
    }
  };
  for_each_edge([this](std::uint32_t from, std::uint32_t to) {
    ++first_dependent[from + 1];
    ++blocker_count[to];
  });
  for (std::size_t i = 1; i < first_dependent.size(); ++i) first_dependent[i] += first_dependent[i - 1];
  dependents.resize(first_dependent.back());
  std::vector<std::uint32_t> next(first_dependent.begin(), first_dependent.end());
  for_each_edge([&](std::uint32_t from, std::uint32_t to) { dependents[next[from]++] = to; });
}

}  // namespace farlink::replay
