// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_node.hpp"

#include <algorithm>
#include <string>

#include "control/trace/error.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;

std::uint64_t whole(std::uint64_t part, std::uint64_t count) {
  if (part > largest_message / std::max<std::uint64_t>(count, 1)) throw TraceError("more than a message can be");
  return part * count;
}

Node collective(const ParamRank& rank, const ParamEntry& entry, const ParamGroups& groups, AllToAllParts& parts) {
  const ParamTarget group = groups(entry);
  Node node;
  node.record = entry.record;
  node.kind = NodeKind::collective;
  node.collective = entry.collective;
  node.group = group.number;
  node.bytes = Bytes{entry.in};
  if (entry.collective == Collective::scatter) node.bytes = Bytes{whole(entry.out, group.size)};
  if (entry.collective == Collective::broadcast) node.bytes = Bytes{std::max(entry.in, entry.out)};
  if (entry.collective == Collective::all_to_all && !entry.sends.empty()) {
    if (entry.sends.size() != group.size || entry.receives.size() != group.size)
      throw TraceError("in_split has " + std::to_string(entry.sends.size()) + " parts and out_split " +
                       std::to_string(entry.receives.size()) + ", but the group has " + std::to_string(group.size) +
                       " ranks");
    parts.add(rank.number, entry.record, entry.sends, entry.receives);
  }
  return node;
}

Node message(const ParamEntry& entry) {
  Node node;
  node.record = entry.record;
  node.kind = entry.kind == ParamKind::send ? NodeKind::send : NodeKind::receive;
  node.bytes = Bytes{entry.kind == ParamKind::send ? entry.in : entry.out};
  node.peer = entry.peer;
  return node;
}

}  // namespace

Node param_node(const ParamRank& rank, const ParamEntry& entry, const ParamGroups& groups, AllToAllParts& parts) {
  return entry.kind == ParamKind::collective ? collective(rank, entry, groups, parts) : message(entry);
}

}  // namespace farlink::trace
