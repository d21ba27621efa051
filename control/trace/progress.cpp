// SPDX-License-Identifier: Apache-2.0
#include "control/trace/progress.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "control/trace/calls.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

// Who depends on whom within one rank, forwards: successors of node i are list[first[i]] ... list[first[i + 1]].
struct Successors {
  explicit Successors(const Program& rank) : first(rank.nodes.size() + 1, 0), list(0) {
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
  explicit Progress(const Graph& graph) : graph_{graph}, calls_{graph}, program_{graph.ranks.program_numbers()} {
    waits_.reserve(graph.ranks.node_count());
    for (std::uint32_t r = 0; r < graph.ranks.size(); ++r) {
      const Program& program = graph.ranks[r];
      first_node_.push_back(waits_.size());
      if (program_[r] == successors_.size()) successors_.emplace_back(program);
      for (const Node& node : program.nodes) {
        // A receive waits for its send as well, a collective for the other members.
        const bool is_held = node.kind == NodeKind::receive || node.kind == NodeKind::collective;
        waits_.push_back(node.dependency_count + (is_held ? 1 : 0));
      }
    }
    match_messages(graph, [this](const MatchedMessage& message) {
      receive_of_send_.push_back({first_node_[message.source] + message.send, message.destination, message.receive});
    });
    std::sort(receive_of_send_.begin(), receive_of_send_.end());
    count_calls();
  }

  void run() {
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
      for (std::uint32_t i = 0; i < graph_.ranks[r].nodes.size(); ++i) settle(r, i);
      follow();
    }
    if (done_ != waits_.size()) explain();
  }

 private:
  static constexpr std::uint32_t ended = std::numeric_limits<std::uint32_t>::max();

  struct Position {
    std::uint32_t rank, node;
  };
  struct Receive {
    std::uint64_t send;  // counted over all nodes
    std::uint32_t rank, node;
    bool operator<(const Receive& other) const noexcept { return send < other.send; }
  };

  std::uint32_t& waits(std::uint32_t rank, std::uint32_t node) { return waits_[first_node_[rank] + node]; }
  bool has_ended(std::uint32_t rank, std::uint32_t node) const { return waits_[first_node_[rank] + node] == ended; }

  void count_calls() {
    for (std::uint32_t g = 0; g < graph_.groups.size(); ++g) {
      const std::uint32_t rank = graph_.groups[g].ranks.front();
      first_call_.push_back(arrived_.size());
      arrived_.resize(arrived_.size() + calls_.of(rank, graph_.ranks.own_number_of(rank, g)).size());
    }
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
      first_entered_.push_back(entered_.size());
      entered_.resize(entered_.size() + calls_.groups(r).size());
    }
  }

  void follow() {
    while (!ended_.empty()) {
      const Position node = ended_.back();
      ended_.pop_back();
      end(node);
    }
  }

  // Takes a node further when nothing but the network holds it.
  void settle(std::uint32_t rank, std::uint32_t node) {
    const Node& of_rank = graph_.ranks[rank].nodes[node];
    if (of_rank.kind == NodeKind::collective) {
      if (waits(rank, node) == 1) enter(rank, of_rank);
    } else if (waits(rank, node) == 0) {
      ended_.push_back({rank, node});
    }
  }

  // As many of the rank's next collectives of the group as nothing else holds.
  void enter(std::uint32_t rank, const Node& node) {
    const std::uint32_t group = graph_.ranks.group_of(rank, node);
    const auto own = calls_.groups(rank);
    const auto place = std::lower_bound(own.begin(), own.end(), node.group) - own.begin();
    std::uint32_t& next = entered_[first_entered_[rank] + static_cast<std::size_t>(place)];
    const auto calls = calls_.of(rank, node.group);
    const auto& members = graph_.groups[group].ranks;
    for (; next < calls.size() && waits(rank, calls[next]) == 1; ++next) {
      if (++arrived_[first_call_[group] + next] < members.size()) continue;
      for (const std::uint32_t member : members) {
        const std::uint32_t call = calls_.of(member, graph_.ranks.own_number_of(member, group))[next];
        waits(member, call) = 0;
        ended_.push_back({member, call});
      }
    }
  }

  void end(Position position) {
    ++done_;
    const auto [rank, node] = position;
    waits(rank, node) = ended;
    const Successors& successors = successors_[program_[rank]];
    for (std::uint32_t i = successors.first[node]; i < successors.first[node + 1]; ++i) {
      --waits(rank, successors.list[i]);
      settle(rank, successors.list[i]);
    }
    if (graph_.ranks[rank].nodes[node].kind != NodeKind::send) return;
    const auto receive =
        std::lower_bound(receive_of_send_.begin(), receive_of_send_.end(), Receive{first_node_[rank] + node, 0, 0});
    --waits(receive->rank, receive->node);
    settle(receive->rank, receive->node);
  }

  // Something is stuck: a cycle inside a rank is the plainer reason, so look for one first.
  [[noreturn]] void explain() {
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) find_cycle(r);
    for (std::uint32_t r = 0; r < graph_.ranks.size(); ++r) {
      const auto& nodes = graph_.ranks[r].nodes;
      for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (is_held_by_peers(r, i)) {
          throw TraceError(
              name_of(graph_, r, i) + ": would wait for ever for " +
              (nodes[i].kind == NodeKind::receive
                   ? "the send of rank " + std::to_string(graph_.ranks.peer_of(r, nodes[i]))
                   : "other members of group '" + graph_.groups[graph_.ranks.group_of(r, nodes[i])].name + "'") +
              ", which waits in turn for this rank");
        }
      }
    }
    throw TraceError("the ranks wait for each other for ever");
  }

  bool is_held_by_peers(std::uint32_t r, std::uint32_t i) const {
    const Program& rank = graph_.ranks[r];
    const Node& node = rank.nodes[i];
    if (has_ended(r, i)) return false;
    if (node.kind != NodeKind::receive && node.kind != NodeKind::collective) return false;
    for (const std::uint32_t dependency : rank.dependencies_of(node)) {
      if (!has_ended(r, dependency)) return false;
    }
    return true;
  }

  void find_cycle(std::uint32_t r) {
    const Program& rank = graph_.ranks[r];
    std::vector<std::uint32_t> open;
    for (const Node& node : rank.nodes) open.push_back(node.dependency_count);
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < open.size(); ++i) {
      if (open[i] == 0) ready.push_back(i);
    }
    const Successors& successors = successors_[program_[r]];
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
  Calls calls_;
  std::vector<std::uint32_t> program_;      // by rank
  std::vector<Successors> successors_;      // by program
  std::vector<std::uint64_t> first_node_;   // by rank: its first, counted over all nodes
  std::vector<std::uint32_t> waits_;        // by node: what it waits for still, or `ended`
  std::vector<Receive> receive_of_send_;    // in the order of the sends
  std::vector<std::size_t> first_call_;     // by group: into arrived_
  std::vector<std::uint32_t> arrived_;      // by call: members that have come
  std::vector<std::size_t> first_entered_;  // by rank: into entered_
  std::vector<std::uint32_t> entered_;      // by group that the rank calls: how many of its calls it has entered
  std::vector<Position> ended_;
  std::uint64_t done_ = 0;
};

}  // namespace

void check_progress(const Graph& graph) { Progress{graph}.run(); }

}  // namespace farlink::trace
