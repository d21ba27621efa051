// SPDX-License-Identifier: Apache-2.0
// The time a graph takes when a message between sites takes a fixed delay and all other communication is free: follows
// the graph's semantics only (dependencies, messages, collectives that wait for all members), with no replay involved.
#pragma once

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/graph.hpp"

namespace farlink::trace_test {

class Evaluator {
 public:
  Evaluator(const trace::Graph& graph, units::Duration crossing) : graph_{graph}, crossing_{crossing} {
    for (std::size_t r = 0; r < graph.ranks.size(); ++r) end_.emplace_back(graph.ranks[r].nodes.size(), unknown());
    trace::match_messages(graph, [this](const trace::MatchedMessage& message) {
      send_of_[{message.destination, message.receive}] = {message.source, message.send};
    });
  }

  // Walks every rank as far as what is known allows, until all is known; a graph that cannot finish gives a negative
  // time. Nodes are visited in program order, which costs no generality for times: a node's end follows from ends
  // alone.
  units::Duration step_time() {
    std::vector<std::uint32_t> next(graph_.ranks.size(), 0);
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
        for (; next[r] < end_[r].size() && settle(r, next[r]); ++next[r]) has_moved = true;
      }
    }
    units::Duration last;
    for (const auto& rank : end_) {
      for (const units::Duration end : rank) {
        if (end == unknown()) return unknown();
        last = std::max(last, end);
      }
    }
    return last;
  }

  units::Duration end_of(std::uint32_t rank, std::uint32_t node) const { return end_[rank][node]; }

 private:
  static units::Duration unknown() { return units::Duration::picoseconds(-1); }

  units::Duration ready(std::uint32_t r, std::uint32_t i) const {
    const trace::Program& rank = graph_.ranks[r];
    units::Duration at;
    for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) {
      if (end_[r][dependency] == unknown()) return unknown();
      at = std::max(at, end_[r][dependency]);
    }
    return at;
  }

  bool settle(std::uint32_t r, std::uint32_t i) {
    const trace::Node& node = graph_.ranks[r].nodes[i];
    units::Duration at = ready(r, i);
    if (at == unknown()) return false;
    if (node.kind == trace::NodeKind::compute) at += node.duration;
    // Collectives are free here; members are in step because the ranks of a group run equal programs.
    if (node.kind == trace::NodeKind::send &&
        graph_.site_of_rank[r] != graph_.site_of_rank[graph_.ranks.peer_of(r, node)])
      at += crossing_;
    if (node.kind == trace::NodeKind::receive) {
      const auto [source, send] = send_of_.at({r, i});
      if (end_[source][send] == unknown()) return false;
      at = std::max(at, end_[source][send]);
    }
    end_[r][i] = at;
    return true;
  }

  const trace::Graph& graph_;
  units::Duration crossing_;
  std::vector<std::vector<units::Duration>> end_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint32_t, std::uint32_t>> send_of_;
};

}  // namespace farlink::trace_test
