// SPDX-License-Identifier: Apache-2.0
// Is a graph one that a replay can finish? The generator's and every importer's output passes here.
#pragma once

#include <cstdint>
#include <functional>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// Throws TraceError, naming rank, record and reason, unless
// - every rank has a site and a lane, dependencies are nodes of the same rank and form no cycle;
// - peers and groups exist, nobody sends to itself, groups list existing ranks once, members only use a group;
// - the members of a group call the same collectives with the same sizes in the same order;
// - sends and receives of each (source, destination, tag) are equally many;
// - no rank waits for another for ever: sends wait for nobody, a receive for its send, a collective for all its
// members. Time O(n log n) in the nodes, transient memory about 40 bytes a node.
void check(const Graph& graph);

// The n-th send and the n-th receive of one (source, destination, tag).
struct MatchedMessage {
  std::uint32_t source = 0, send = 0;          // rank, index of the send in its nodes
  std::uint32_t destination = 0, receive = 0;  // rank, index of the receive in its nodes
};

// Calls `visit` for each pair; throws TraceError when the counts differ or a peer is no rank.
void match_messages(const Graph& graph, const std::function<void(const MatchedMessage&)>& visit);

// Receives get the size that is sent. How many had another, not counting those that had none.
std::uint64_t take_sizes_of_sends(Graph& graph);

// "rank 3, node id 515" for messages: the id in the source file; a generated node has its position ("rank 3, node 7").
std::string name_of(const Graph& graph, std::uint32_t rank, std::uint32_t node);

}  // namespace farlink::trace
