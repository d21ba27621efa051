// SPDX-License-Identifier: Apache-2.0
// What a rank does in a step: nodes in program order, and what each waits for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/trace/node.hpp"

namespace farlink::trace {

struct Program {
  std::vector<Node> nodes;                  // program order
  std::vector<std::uint32_t> dependencies;  // indices into nodes, of the same rank
  // Appends a node that waits for `after`; returns its number.
  std::uint32_t add(Node node, std::span<const std::uint32_t> after) {
    node.first_dependency = static_cast<std::uint32_t>(dependencies.size());
    node.dependency_count = static_cast<std::uint32_t>(after.size());
    dependencies.insert(dependencies.end(), after.begin(), after.end());
    nodes.push_back(node);
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }
  std::span<const std::uint32_t> dependencies_of(const Node& node) const noexcept {
    return std::span{dependencies}.subspan(node.first_dependency, node.dependency_count);
  }
};

}  // namespace farlink::trace
