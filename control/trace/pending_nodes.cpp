// SPDX-License-Identifier: Apache-2.0
#include "control/trace/pending_nodes.hpp"

#include <algorithm>
#include <utility>

namespace farlink::trace {

void PendingNodes::reset(const std::vector<std::uint32_t>& nodes) {
  nodes_.clear();
  for (const std::uint32_t node : nodes) join(node);
}

void PendingNodes::join(std::uint32_t node) {
  const auto covered = rank_.dependencies_of(rank_.nodes[node]);
  std::erase_if(nodes_, [&](std::uint32_t n) { return std::binary_search(covered.begin(), covered.end(), n); });
  const auto place = std::lower_bound(nodes_.begin(), nodes_.end(), node);
  if (place == nodes_.end() || *place != node) nodes_.insert(place, node);
  // Each of many nodes waiting for each of many others would take their product: an operation of the host that takes no
  // time stands between them.
  constexpr std::size_t most = 128;
  if (nodes_.size() < most) return;
  Node point;
  point.record = rank_.nodes[node].record;
  point.on_host = true;
  nodes_ = {rank_.add(point, nodes_)};
}

}  // namespace farlink::trace
