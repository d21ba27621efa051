// SPDX-License-Identifier: Apache-2.0
// Two graphs that have to be the same job.
#pragma once

#include <catch2/catch.hpp>
#include <tuple>

#include "control/trace/graph.hpp"

namespace farlink::trace_test {

// All of a node but its record: what it is called in its file.
inline auto content_of(const trace::Graph& graph, const trace::Node& node) {
  const bool is_collective = node.kind == trace::NodeKind::collective;
  const trace::Group group = is_collective ? graph.groups[node.group] : trace::Group{};
  return std::tuple{node.kind,          node.duration.picoseconds(),
                    node.bytes.count(), node.peer,
                    node.tag,           group.name,
                    group.ranks,        node.collective,
                    node.phase,         node.on_host,
                    node.repeat};
}

inline void check_same_graphs(const trace::Graph& graph, const trace::Graph& expected) {
  REQUIRE(graph.ranks.size() == expected.ranks.size());
  CHECK(graph.notes == expected.notes);
  for (std::size_t r = 0; r < graph.ranks.size(); ++r) {
    const auto& rank = graph.ranks[r];
    const auto& other = expected.ranks[r];
    REQUIRE(rank.nodes.size() == other.nodes.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < rank.nodes.size(); ++i) {
      const auto after = rank.dependencies_of(rank.nodes[i]), other_after = other.dependencies_of(other.nodes[i]);
      const bool is_same = content_of(graph, rank.nodes[i]) == content_of(expected, other.nodes[i]) &&
                           std::equal(after.begin(), after.end(), other_after.begin(), other_after.end());
      if (is_same) continue;
      if (different++ == 0) FAIL_CHECK("rank " << r << ": node " << i << " is another");
    }
    CHECK(different == 0);
  }
}

}  // namespace farlink::trace_test
