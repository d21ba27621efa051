// SPDX-License-Identifier: Apache-2.0
#include "control/trace/all_to_all_parts.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "control/trace/error.hpp"

namespace farlink::trace {

using units::Bytes;

void AllToAllParts::add(std::uint32_t rank, std::uint64_t record, std::vector<std::uint64_t> sends,
                        std::vector<std::uint64_t> receives) {
  const auto are_equal = [](const std::vector<std::uint64_t>& parts) {
    return std::adjacent_find(parts.begin(), parts.end(), std::not_equal_to<>{}) == parts.end();
  };
  if (are_equal(sends) && are_equal(receives)) return;
  parts_.insert_or_assign({rank, record}, Parts{std::move(sends), std::move(receives)});
}

class PartsExpansion {
 public:
  PartsExpansion(const AllToAllParts& parts, Graph& graph, Bytes limit)
      : parts_{parts}, graph_{graph}, left_{limit.count()} {}

  AllToAllParts::Expanded run() {
    collect();
    for (std::uint32_t rank = 0; rank < graph_.ranks.size(); ++rank) rewrite(rank);
    return result_;
  }

 private:
  using Parts = AllToAllParts::Parts;
  // One member's calls of one group.
  struct Calls {
    std::vector<std::uint64_t> records;
    std::vector<Bytes> bytes;
  };

  static bool is_call(const Node& node) {
    return node.kind == NodeKind::collective && node.collective == Collective::all_to_all;
  }
  const Parts* find(std::uint32_t rank, std::uint64_t record) const {
    const auto found = parts_.parts_.find({rank, record});
    return found == parts_.parts_.end() ? nullptr : &found->second;
  }
  const Group& group(std::uint32_t number) const { return graph_.groups[number]; }

  void collect() {
    for (std::uint32_t rank = 0; rank < graph_.ranks.size(); ++rank) {
      for (const Node& node : graph_.ranks[rank].nodes) {
        if (!is_call(node)) continue;
        Calls& calls = calls_[{node.group, rank}];
        const Parts* parts = find(rank, node.record);
        if (parts != nullptr) {
          const std::size_t members = group(node.group).ranks.size();
          if (parts->sends.size() != members || parts->receives.size() != members)
            throw TraceError("rank " + std::to_string(rank) + ", record " + std::to_string(node.record) +
                             ": an all-to-all of " + std::to_string(parts->sends.size()) + " and " +
                             std::to_string(parts->receives.size()) + " parts in a group of " +
                             std::to_string(members));
          auto& uneven = uneven_[node.group];
          uneven.resize(std::max(uneven.size(), calls.records.size() + 1));
          uneven[calls.records.size()] = true;
        }
        calls.records.push_back(node.record);
        calls.bytes.push_back(node.bytes);
      }
    }
    for (const auto& [number, uneven] : uneven_) {
      result_.calls += static_cast<std::uint64_t>(std::count(uneven.begin(), uneven.end(), true));
      const auto& ranks = group(number).ranks;
      const std::size_t expected = calls_[{number, ranks.front()}].records.size();
      for (const std::uint32_t rank : ranks) {
        const std::size_t count = calls_[{number, rank}].records.size();
        if (count != expected)
          throw TraceError("group '" + group(number).name + "': rank " + std::to_string(ranks.front()) + " calls " +
                           std::to_string(expected) + " all-to-alls, rank " + std::to_string(rank) + " " +
                           std::to_string(count));
      }
    }
  }

  bool is_uneven(std::uint32_t number, std::size_t call) const {
    const auto found = uneven_.find(number);
    return found != uneven_.end() && call < found->second.size() && found->second[call];
  }

  // What `rank` sends in that call to member `to`.
  std::uint64_t sent(std::uint32_t number, std::uint32_t rank, std::size_t call, std::size_t to) const {
    const Calls& calls = calls_.at({number, rank});
    if (const Parts* parts = find(rank, calls.records[call])) return parts->sends[to];
    return calls.bytes[call].count() / group(number).ranks.size();
  }

  void charge(std::uint64_t bytes) {
    if (bytes > left_)
      throw TraceError("all-to-alls with parts that differ, as messages, are more than the importer's limit of memory");
    left_ -= bytes;
  }

  void rewrite(std::uint32_t number) {
    const Program& rank = graph_.ranks[number];
    Program result;
    std::vector<std::uint32_t> instead, first{0};  // of node i: instead[first[i]] ... instead[first[i + 1] - 1]
    std::map<std::uint32_t, std::size_t> position;
    for (const Node& node : rank.nodes) {
      std::vector<std::uint32_t> after;
      for (const std::uint32_t dependency : rank.dependencies_of(node))
        after.insert(after.end(), instead.begin() + first[dependency], instead.begin() + first[dependency + 1]);
      std::sort(after.begin(), after.end());
      after.erase(std::unique(after.begin(), after.end()), after.end());
      const std::size_t call = is_call(node) ? position[node.group]++ : 0;
      if (is_call(node) && is_uneven(node.group, call)) {
        const std::size_t before = instead.size();
        messages(result, node, number, call, after, instead);
        if (instead.size() == before) instead.insert(instead.end(), after.begin(), after.end());
      } else {
        charge(after.size() * sizeof(std::uint32_t));
        instead.push_back(result.add(node, after));
      }
      first.push_back(static_cast<std::uint32_t>(instead.size()));
    }
    graph_.ranks.own(number) = std::move(result);
  }

  void messages(Program& result, const Node& node, std::uint32_t rank, std::size_t call,
                const std::vector<std::uint32_t>& after, std::vector<std::uint32_t>& instead) {
    const auto& ranks = group(node.group).ranks;
    const auto self = static_cast<std::size_t>(std::find(ranks.begin(), ranks.end(), rank) - ranks.begin());
    if (self == ranks.size())
      throw TraceError("rank " + std::to_string(rank) + " is no member of group '" + group(node.group).name + "'");
    const Parts* parts = find(rank, node.record);
    const auto add = [&](NodeKind kind, std::uint32_t peer, std::uint64_t bytes) {
      if (bytes == 0) return;
      charge(sizeof(Node) + (after.size() + 1) * sizeof(std::uint32_t));
      Node message = node;
      message.kind = kind;
      message.peer = peer;
      message.bytes = Bytes{bytes};
      message.group = 0;
      message.tag = first_tag + node.group;
      instead.push_back(result.add(message, after));
    };
    for (std::size_t step = 1; step < ranks.size(); ++step) {  // each begins with its neighbour
      const std::size_t to = (self + step) % ranks.size();
      add(NodeKind::send, ranks[to], sent(node.group, rank, call, to));
    }
    for (std::size_t step = 1; step < ranks.size(); ++step) {
      const std::size_t from = (self + ranks.size() - step) % ranks.size();
      const std::uint64_t bytes = sent(node.group, ranks[from], call, self);
      if (parts != nullptr && parts->receives[from] != bytes) ++result_.mismatches;
      add(NodeKind::receive, ranks[from], bytes);
    }
  }

  static constexpr std::uint32_t first_tag = std::uint32_t{1} << 31;

  const AllToAllParts& parts_;
  Graph& graph_;
  std::uint64_t left_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Calls> calls_;  // by group and rank
  std::map<std::uint32_t, std::vector<bool>> uneven_;               // by group: calls with parts that differ
  AllToAllParts::Expanded result_;
};

AllToAllParts::Expanded AllToAllParts::expand(Graph& graph, Bytes limit) const {
  if (parts_.empty()) return {};
  return PartsExpansion{*this, graph, limit}.run();
}

}  // namespace farlink::trace
