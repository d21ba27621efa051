// SPDX-License-Identifier: Apache-2.0
// Sends and receives that belong together: the n-th send and the n-th receive of one (source, destination, tag).
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

struct Endpoint {
  std::uint32_t source, destination, tag, node;
  auto key() const { return std::tuple{source, destination, tag}; }
  auto order() const { return std::tuple{source, destination, tag, node}; }
};

void collect(const Graph& graph, std::vector<Endpoint>& sends, std::vector<Endpoint>& receives) {
  for (std::uint32_t rank = 0; rank < graph.ranks.size(); ++rank) {
    const auto& nodes = graph.ranks[rank].nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      const Node& node = nodes[i];
      if (node.kind != NodeKind::send && node.kind != NodeKind::receive) continue;
      const std::uint32_t peer = graph.ranks.peer_of(rank, node);
      if (peer >= graph.ranks.size() || peer == rank) {
        throw TraceError(
            name_of(graph, rank, i) + ": peer " + std::to_string(peer) +
            (peer == rank ? " is the rank itself"
                          : " is no rank of this job, which has ranks 0 to " + std::to_string(graph.ranks.size() - 1)));
      }
      if (node.kind == NodeKind::send)
        sends.push_back({rank, peer, node.tag, i});
      else
        receives.push_back({peer, rank, node.tag, i});
    }
  }
  const auto by_order = [](const Endpoint& a, const Endpoint& b) { return a.order() < b.order(); };
  std::sort(sends.begin(), sends.end(), by_order);
  std::sort(receives.begin(), receives.end(), by_order);
}

[[noreturn]] void refuse(const Graph& graph, const Endpoint& end, bool is_send) {
  throw TraceError(name_of(graph, is_send ? end.source : end.destination, end.node) + ": this " +
                   (is_send ? "send has no receive" : "receive has no send") + " at rank " +
                   std::to_string(is_send ? end.destination : end.source) + " (source " + std::to_string(end.source) +
                   ", destination " + std::to_string(end.destination) + ", tag " + std::to_string(end.tag) + ")");
}

}  // namespace

void match_messages(const Graph& graph, const std::function<void(const MatchedMessage&)>& visit) {
  std::vector<Endpoint> sends, receives;
  collect(graph, sends, receives);
  for (std::size_t i = 0; i < std::max(sends.size(), receives.size()); ++i) {
    if (i >= sends.size()) refuse(graph, receives[i], false);
    if (i >= receives.size()) refuse(graph, sends[i], true);
    if (sends[i].key() < receives[i].key()) refuse(graph, sends[i], true);
    if (receives[i].key() < sends[i].key()) refuse(graph, receives[i], false);
    visit({sends[i].source, sends[i].node, receives[i].destination, receives[i].node});
  }
}

std::uint64_t take_sizes_of_sends(Graph& graph) {
  std::uint64_t mismatches = 0;
  match_messages(graph, [&](const MatchedMessage& message) {
    const units::Bytes sent = graph.ranks[message.source].nodes[message.send].bytes;
    units::Bytes& received = graph.ranks.own(message.destination).nodes[message.receive].bytes;
    if (received != units::Bytes{} && received != sent) ++mismatches;
    received = sent;
  });
  return mismatches;
}

}  // namespace farlink::trace
