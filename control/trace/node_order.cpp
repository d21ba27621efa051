// SPDX-License-Identifier: Apache-2.0
#include "control/trace/node_order.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

std::string name_of_node(const Program& rank, std::uint32_t index) {
  return "record " + std::to_string(index + 1) + " (node id " + std::to_string(rank.nodes[index].record) + ")";
}

using Index = std::vector<std::pair<std::uint64_t, std::uint32_t>>;  // id, node; sorted

Index index_of(const Program& rank) {
  Index index;
  index.reserve(rank.nodes.size());
  for (std::uint32_t i = 0; i < rank.nodes.size(); ++i) index.emplace_back(rank.nodes[i].record, i);
  std::sort(index.begin(), index.end());
  for (std::size_t i = 1; i < index.size(); ++i) {
    if (index[i].first == index[i - 1].first) {
      throw TraceError(name_of_node(rank, index[i].second) + ": record " + std::to_string(index[i - 1].second + 1) +
                       " has the same node id");
    }
  }
  return index;
}

// Ids to indices; tells whether the file is in executable order already.
bool resolve(Program& rank, const std::vector<std::uint64_t>& ids) {
  const Index index = index_of(rank);
  rank.dependencies.reserve(ids.size());
  bool is_ordered = true;
  for (std::uint32_t i = 0; i < rank.nodes.size(); ++i) {
    const Node& node = rank.nodes[i];
    for (std::uint32_t d = 0; d < node.dependency_count; ++d) {
      const std::uint64_t id = ids[node.first_dependency + d];
      const auto found = std::lower_bound(index.begin(), index.end(), std::pair{id, std::uint32_t{0}});
      if (found == index.end() || found->first != id) {
        throw TraceError(name_of_node(rank, i) + ": depends on node id " + std::to_string(id) +
                         ", which the file does not hold: the trace is incomplete");
      }
      rank.dependencies.push_back(found->second);
      is_ordered = is_ordered && found->second < i;
    }
  }
  return is_ordered;
}

// Kahn's algorithm; of the nodes that are free, the first in the file goes first.
std::vector<std::uint32_t> executable_order(const Program& rank) {
  const std::size_t count = rank.nodes.size();
  std::vector<std::uint32_t> first(count + 1, 0), waits(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    waits[i] = rank.nodes[i].dependency_count;
    for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) ++first[dependency + 1];
  }
  for (std::size_t i = 1; i <= count; ++i) first[i] += first[i - 1];
  std::vector<std::uint32_t> successors(rank.dependencies.size()), next(first.begin(), first.end() - 1);
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) successors[next[dependency]++] = i;
    if (waits[i] == 0) free.push(i);
  }
  std::vector<std::uint32_t> order;
  order.reserve(count);
  while (!free.empty()) {
    const std::uint32_t node = free.top();
    free.pop();
    order.push_back(node);
    for (std::uint32_t s = first[node]; s < first[node + 1]; ++s) {
      if (--waits[successors[s]] == 0) free.push(successors[s]);
    }
  }
  return order;
}

// Some node is left: from it, dependencies that are left too lead into a cycle.
[[noreturn]] void refuse_cycle(const Program& rank, const std::vector<std::uint32_t>& order) {
  std::vector<bool> is_left(rank.nodes.size(), true), is_seen(rank.nodes.size(), false);
  for (const std::uint32_t node : order) is_left[node] = false;
  auto node = static_cast<std::uint32_t>(std::find(is_left.begin(), is_left.end(), true) - is_left.begin());
  std::vector<std::uint32_t> path;
  while (!is_seen[node]) {
    is_seen[node] = true;
    path.push_back(node);
    const auto dependencies = rank.dependencies_of(rank.nodes[node]);
    node = *std::find_if(dependencies.begin(), dependencies.end(), [&](std::uint32_t d) { return is_left[d]; });
  }
  std::string text =
      name_of_node(rank, node) + ": its data_deps form a cycle: " + std::to_string(rank.nodes[node].record);
  const auto begin = std::find(path.begin(), path.end(), node);
  constexpr std::ptrdiff_t shown = 8;
  for (auto step = begin + 1; step != path.end() && step - begin < shown; ++step) {
    text += " after " + std::to_string(rank.nodes[*step].record);
  }
  if (path.end() - begin > shown) text += " after ...";
  throw TraceError(text + " after " + std::to_string(rank.nodes[node].record));
}

void reorder(Program& rank, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> position(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  for (std::uint32_t& dependency : rank.dependencies) dependency = position[dependency];
  std::vector<Node> nodes;
  nodes.reserve(order.size());
  for (const std::uint32_t node : order) nodes.push_back(rank.nodes[node]);
  rank.nodes = std::move(nodes);
}

}  // namespace

void order_nodes(Program& rank, const std::vector<std::uint64_t>& ids) {
  if (resolve(rank, ids)) return;
  const std::vector<std::uint32_t> order = executable_order(rank);
  if (order.size() < rank.nodes.size()) refuse_cycle(rank, order);
  reorder(rank, order);
}

void drop_nodes(Program& rank, const std::function<bool(const Node&)>& is_dropped) {
  constexpr std::uint32_t dropped = std::numeric_limits<std::uint32_t>::max();
  if (std::none_of(rank.nodes.begin(), rank.nodes.end(), is_dropped)) return;
  Program kept;
  std::vector<std::uint32_t> place(rank.nodes.size(), dropped), after;
  for (std::uint32_t i = 0; i < rank.nodes.size(); ++i) {
    if (is_dropped(rank.nodes[i])) continue;
    after.clear();
    for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) {
      if (place[dependency] != dropped) after.push_back(place[dependency]);
    }
    place[i] = kept.add(rank.nodes[i], after);
  }
  rank = std::move(kept);
}

}  // namespace farlink::trace
