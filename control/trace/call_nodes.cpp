// SPDX-License-Identifier: Apache-2.0
#include "control/trace/call_nodes.hpp"

#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/param_node.hpp"

namespace farlink::trace {

std::vector<std::uint32_t> CallNodes::take(std::uint32_t number, std::span<const std::uint32_t> after) {
  const ParamEntry& entry = rank_.entries[number];
  std::vector<std::uint32_t>& nodes = nodes_[number];
  switch (entry.kind) {
    case ParamKind::compute:
      return {};
    case ParamKind::wait:
      return nodes_[entry.target];  // of one for nothing that is there: its own, none
    case ParamKind::batch:
      nodes = std::exchange(batch_, {});
      break;
    default:
      nodes = {add(param_node(rank_, entry, groups_, parts_), after)};
      if (!entry.is_batched) break;
      batch_.push_back(nodes.front());
      return {};
  }
  return entry.is_asynchronous ? std::vector<std::uint32_t>{} : nodes;
}

std::uint32_t CallNodes::add(const Node& node, std::span<const std::uint32_t> after) {
  const std::uint64_t used = (program_.nodes.size() + 1) * sizeof(Node) +
                             (program_.dependencies.size() + after.size()) * sizeof(std::uint32_t);
  if (used > limit_.count()) throw TraceError("the trace does not fit the memory limit of the importer");
  return program_.add(node, after);
}

std::string CallNodes::name_of(std::uint32_t entry) const {
  return std::string{rank_.records} + " " + std::to_string(rank_.entries[entry].record) + ": ";
}

}  // namespace farlink::trace
