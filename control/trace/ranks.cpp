// SPDX-License-Identifier: Apache-2.0
#include "control/trace/ranks.hpp"

#include <algorithm>
#include <unordered_map>

namespace farlink::trace {

Program& Ranks::own(std::size_t rank) {
  Entry& entry = entries_[rank];
  if (entry.program.use_count() == 1 && entry.binding == nullptr) return *entry.program;
  auto program = std::make_shared<Program>(*entry.program);
  for (Node& node : program->nodes) {
    if (node.kind == NodeKind::collective) {
      node.group = group_of(rank, node);
    } else if (node.kind != NodeKind::compute) {
      node.peer = peer_of(rank, node);
    }
  }
  entry = {std::move(program), nullptr};
  return *entry.program;
}

std::uint32_t Ranks::own_number_of(std::size_t rank, std::uint32_t group) const noexcept {
  const Binding* binding = entries_[rank].binding.get();
  if (binding == nullptr) return group;
  const auto& groups = binding->groups;
  return static_cast<std::uint32_t>(std::find(groups.begin(), groups.end(), group) - groups.begin());
}

std::vector<std::uint32_t> Ranks::program_numbers() const {
  std::unordered_map<const Program*, std::uint32_t> known;
  std::vector<std::uint32_t> numbers;
  numbers.reserve(entries_.size());
  for (const Entry& entry : entries_)
    numbers.push_back(known.try_emplace(entry.program.get(), static_cast<std::uint32_t>(known.size())).first->second);
  return numbers;
}

}  // namespace farlink::trace
