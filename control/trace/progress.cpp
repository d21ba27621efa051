// SPDX-License-Identifier: Apache-2.0
#include "control/trace/progress.hpp"

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// Who depends on whom within one rank, forwards: successors of node i are list[first[i]] ... list[first[i + 1]].
struct Successors {
  explicit Successors(const Rank& rank) : first(rank.nodes.size() + 1, 0), list(0) {
    for (const Node& node : rank.nodes) {
      for (const std::uint32_t dependency : rank.dependencies_of(node)) ++first[dependency + 1];
    }
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    list.resize(first.back());
    std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
    for (std::uint32_t i = 0; i < rank.nodes.size(); ++i) {
      for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) list[next[dependency]++] = i;
    }
  }
  std::vector<std::uint32_t> first, list;
};

// Replays the graph without time: a node ends when what it waits for has ended.
class Progress {
 public:
  explicit Progress(const Graph& graph) : graph_{graph}, arrived_(graph.groups.size()) {
    for (const Rank& rank : graph.ranks) {
      first_node_.push_back(waits_.size());
      successors_.emplace_back(rank);
      for (const Node& node : rank.nodes) {
        // A receive waits for its send as well, a collective for the other members.
        const bool is_held = node.kind == NodeKind::receive || node.kind == NodeKind::collective;
        waits_.push_back(node.dependency_count + (is_held ? 1 : 0));
      }
    }
    receive_of_send_.assign(waits_.size(), none);
    has_ended_.assign(waits_.size(), false);
    match_messages(graph, [this](const MatchedMessage& message) {
      receive_of_send_[first_node_[message.source] + message.send] = message.receive;
    });
    for (std::uint32_t r = 0; r < graph.ranks.size(); ++r) queue_collectives(r);
  }

  void run() {
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
      for (std::uint32_t i = 0; i < graph_.ranks[r].nodes.size(); ++i) settle(r, i);
    }
    while (!ended_.empty()) {
      const Position node = ended_.back();
      ended_.pop_back();
      end(node);
    }
    std::uint64_t nodes = 0;
    for (const Rank& rank : graph_.ranks) nodes += rank.nodes.size();
    if (done_ != nodes) explain();
  }

 private:
  struct Position {
    std::uint32_t rank, node;
  };
  // The collectives of one group that a rank still has to enter, in program order.
  struct Queue {
    std::vector<std::uint32_t> nodes;
    std::size_t next = 0;
  };

  std::uint32_t& waits(std::uint32_t rank, std::uint32_t node) { return waits_[first_node_[rank] + node]; }

  void queue_collectives(std::uint32_t rank) {
    queues_.emplace_back();
    const auto& nodes = graph_.ranks[rank].nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].kind == NodeKind::collective) queues_[rank][nodes[i].group].nodes.push_back(i);
    }
  }

  // Takes a node further when nothing but the network holds it.
  void settle(std::uint32_t rank, std::uint32_t node) {
    const NodeKind kind = graph_.ranks[rank].nodes[node].kind;
    if (kind == NodeKind::collective) {
      if (waits(rank, node) == 1) enter(rank, graph_.ranks[rank].nodes[node].group);
    } else if (waits(rank, node) == 0) {
      ended_.push_back({rank, node});
    }
  }

  void enter(std::uint32_t rank, std::uint32_t group) {
    Queue& queue = queues_[rank][group];
    std::vector<std::vector<Position>>& calls = arrived_[group];
    while (queue.next < queue.nodes.size() && waits(rank, queue.nodes[queue.next]) == 1) {
      if (calls.size() <= queue.next) calls.resize(queue.next + 1);
      std::vector<Position>& call = calls[queue.next];
      call.push_back({rank, queue.nodes[queue.next]});
      ++queue.next;
      if (call.size() < graph_.groups[group].ranks.size()) continue;
      for (const Position& member : call) {
        waits(member.rank, member.node) = 0;
        ended_.push_back(member);
      }
      call = {};
    }
  }

  void end(Position position) {
    ++done_;
    const auto [rank, node] = position;
    has_ended_[first_node_[rank] + node] = true;
    const Successors& successors = successors_[rank];
    for (std::uint32_t i = successors.first[node]; i < successors.first[node + 1]; ++i) {
      --waits(rank, successors.list[i]);
      settle(rank, successors.list[i]);
    }
    const std::uint32_t receive = receive_of_send_[first_node_[rank] + node];
    if (receive == none) return;
    const std::uint32_t peer = graph_.ranks[rank].nodes[node].peer;
    --waits(peer, receive);
    settle(peer, receive);
  }

  // Something is stuck: a cycle inside a rank is the plainer reason, so look for one first.
  [[noreturn]] void explain() {
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) find_cycle(r);
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
      const auto& nodes = graph_.ranks[r].nodes;
      for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (is_held_by_peers(r, i)) {
          throw TraceError(name_of(graph_, r, i) + ": would wait for ever for " +
                           (nodes[i].kind == NodeKind::receive
                                ? "the send of rank " + std::to_string(nodes[i].peer)
                                : "other members of group '" + graph_.groups[nodes[i].group].name + "'") +
                           ", which waits in turn for this rank");
        }
      }
    }
    throw TraceError("the ranks wait for each other for ever");
  }

  bool is_held_by_peers(std::uint32_t r, std::uint32_t i) const {
    const Rank& rank = graph_.ranks[r];
    const Node& node = rank.nodes[i];
    if (has_ended_[first_node_[r] + i]) return false;
    if (node.kind != NodeKind::receive && node.kind != NodeKind::collective) return false;
    for (const std::uint32_t dependency : rank.dependencies_of(node)) {
      if (!has_ended_[first_node_[r] + dependency]) return false;
    }
    return true;
  }

  void find_cycle(std::uint32_t r) {
    const Rank& rank = graph_.ranks[r];
    std::vector<std::uint32_t> open;
    for (const Node& node : rank.nodes) open.push_back(node.dependency_count);
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < open.size(); ++i) {
      if (open[i] == 0) ready.push_back(i);
    }
    const Successors& successors = successors_[r];
    std::size_t done = 0;
    for (; !ready.empty(); ++done) {
      const std::uint32_t node = ready.back();
      ready.pop_back();
      for (std::uint32_t i = successors.first[node]; i < successors.first[node + 1]; ++i) {
        if (--open[successors.list[i]] == 0) ready.push_back(successors.list[i]);
      }
    }
    for (std::uint32_t i = 0; i < open.size() && done < open.size(); ++i) {
      if (open[i] > 0) throw TraceError(name_of(graph_, r, i) + ": in or behind a cycle of dependencies");
    }
  }

  const Graph& graph_;
  std::vector<std::size_t> first_node_;
  std::vector<std::uint32_t> waits_;
  std::vector<std::uint32_t> receive_of_send_;  // index at the receiver, by global node
  std::vector<Successors> successors_;
  std::vector<bool> has_ended_;
  std::vector<std::map<std::uint32_t, Queue>> queues_;       // per rank and group
  std::vector<std::vector<std::vector<Position>>> arrived_;  // per group and call
  std::vector<Position> ended_;
  std::uint64_t done_ = 0;
};

}  // namespace

void check_progress(const Graph& graph) { Progress{graph}.run(); }

}  // namespace farlink::trace
