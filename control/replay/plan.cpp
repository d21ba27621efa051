// SPDX-License-Identifier: Apache-2.0
#include "control/replay/plan.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "control/collective/expand.hpp"
#include "control/collective/time_in_site.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"

namespace farlink::replay {

using trace::NodeKind;

Plan::Plan(const trace::Graph& graph, std::span<const scenario::Site> sites, scenario::CollectiveAlgorithm algorithm,
           std::uint32_t steps)
    : graph_{&graph}, sites_{sites.begin(), sites.end()}, steps_{steps} {
  place_ranks();
  place_groups();
  number_calls();
  plan_operations(algorithm);
  trace::match_messages(graph, [&](const trace::MatchedMessage& message) {
    link_[places_[message.source].first_node + message.send] = message.receive;
    link_[places_[message.destination].first_node + message.receive] = message.send;
  });
  turn_dependencies_around();
  choose_message_ids();
}

void Plan::place_ranks() {
  const std::size_t ranks = graph_->ranks.size();
  ranks_at_.resize(sites_.size());
  places_.resize(ranks);
  std::uint64_t nodes = 0;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    RankPlace& place = places_[rank];
    place.site = graph_->site_of_rank.at(rank);
    if (place.site >= sites_.size()) {
      throw trace::TraceError("rank " + std::to_string(rank) + " is placed at site " + std::to_string(place.site) +
                              ", but the scenario has only " + std::to_string(sites_.size()) + " sites");
    }
    auto& neighbours = ranks_at_[place.site];
    place.slot = static_cast<std::uint32_t>(neighbours.size());
    place.host = place.slot / std::max(sites_[place.site].gpus_per_node, 1U);
    place.first_node = nodes;
    neighbours.push_back(rank);
    nodes += graph_->ranks[rank].nodes.size();
  }
  link_.resize(nodes);
  blocker_count_.resize(nodes);
}

void Plan::place_groups() {
  groups_.resize(graph_->groups.size());
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    collective::Placement& placement = groups_[g].placement;
    const auto& ranks = graph_->groups[g].ranks;
    placement.member_count = static_cast<std::uint32_t>(ranks.size());
    for (std::uint32_t member = 0; member < ranks.size(); ++member) {
      const RankPlace& place = places_[ranks[member]];
      auto site = std::find_if(placement.sites.begin(), placement.sites.end(),
                               [&](const collective::SiteMembers& other) { return other.site == place.site; });
      if (site == placement.sites.end()) {
        placement.sites.push_back({place.site, {}, sites_[place.site].in_node});
        site = std::prev(placement.sites.end());
      }
      const bool is_same_node = site->members.empty() || places_[ranks[site->members.front()]].host == place.host;
      if (!is_same_node) site->network = sites_[place.site].fabric;
      site->members.push_back(member);
    }
    groups_[g].is_in_one_site = placement.sites.size() < 2;
  }
}

// Every call gets (group, member, ordinal); members are found once per rank and group.
void Plan::number_calls() {
  std::vector<std::uint32_t> position(groups_.size(), 0);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (graph_->groups[g].ranks.empty()) continue;
    const auto& nodes = graph_->ranks[graph_->groups[g].ranks.front()].nodes;
    groups_[g].call_count = static_cast<std::uint32_t>(std::count_if(nodes.begin(), nodes.end(), [&](const auto& node) {
      return node.kind == NodeKind::collective && node.group == g;
    }));
  }
  std::uint64_t calls = 0, operations = 0;
  for (GroupPlan& group : groups_) {
    group.first_call = calls;
    group.first_operation = operations;
    calls += std::uint64_t{group.placement.member_count} * group.call_count;
    operations += group.call_count;
  }
  call_nodes_.resize(calls);
  operations_.resize(operations);
  std::vector<std::uint32_t> member(groups_.size(), 0);
  std::vector<std::uint32_t> used;
  for (std::uint32_t rank = 0; rank < places_.size(); ++rank) {
    const auto& nodes = graph_->ranks[rank].nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].kind != NodeKind::collective) continue;
      const std::uint32_t g = nodes[i].group;
      if (position[g] == 0) {
        const auto& ranks = graph_->groups[g].ranks;
        member[g] = static_cast<std::uint32_t>(std::find(ranks.begin(), ranks.end(), rank) - ranks.begin());
        used.push_back(g);
      }
      if (member[g] >= groups_[g].placement.member_count || position[g] >= groups_[g].call_count) {
        throw trace::TraceError(trace::name_of(*graph_, rank, i) + ": the members of group '" + graph_->groups[g].name +
                                "' do not call the same collectives");
      }
      link_[places_[rank].first_node + i] = member[g] * groups_[g].call_count + position[g]++;
      call_nodes_[groups_[g].first_call + link_[places_[rank].first_node + i]] = i;
    }
    for (const std::uint32_t g : used) position[g] = 0;
    used.clear();
  }
}

void Plan::plan_operations(scenario::CollectiveAlgorithm algorithm) {
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    const GroupPlan& group = groups_[g];
    std::map<std::pair<trace::Collective, std::uint64_t>, std::uint32_t> schedules;
    for (std::uint32_t ordinal = 0; ordinal < group.call_count; ++ordinal) {
      const trace::Node& call = node(graph_->groups[g].ranks.front(), call_node(g, 0, ordinal));
      Operation& operation = operations_[group.first_operation + ordinal];
      if (group.is_in_one_site) {
        const collective::SiteMembers& members = group.placement.sites.front();
        operation.duration =
            collective::time_in_site(call.collective, call.bytes, members.count(), members.network, algorithm) *
            call.repeat;
        continue;
      }
      const auto [entry, is_new] =
          schedules.try_emplace({call.collective, call.bytes.count()}, static_cast<std::uint32_t>(schedules_.size()));
      if (is_new) schedules_.push_back(collective::expand(call.collective, call.bytes, group.placement, algorithm));
      operation.schedule = entry->second;
    }
  }
}

void Plan::turn_dependencies_around() {
  first_dependent_.assign(blocker_count_.size() + 1, 0);
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  // Collectives of a group run one after the other on a rank, as on one communicator's stream.
  const auto for_each_edge = [&](std::uint32_t rank, auto visit) {
    const trace::Rank& of_rank = graph_->ranks[rank];
    for (std::uint32_t i = 0; i < of_rank.nodes.size(); ++i) {
      const trace::Node& node = of_rank.nodes[i];
      for (const std::uint32_t dependency : of_rank.dependencies_of(node)) visit(dependency, i);
      if (node.kind != NodeKind::collective) continue;
      const std::uint32_t ordinal = ordinal_of(rank, i);
      const std::uint32_t previous = ordinal == 0 ? none : call_node(node.group, member_of(rank, i), ordinal - 1);
      if (previous != none) visit(previous, i);
    }
  };
  for (std::uint32_t rank = 0; rank < places_.size(); ++rank) {
    const std::uint64_t first = places_[rank].first_node;
    for_each_edge(rank, [&](std::uint32_t before, std::uint32_t after) {
      ++first_dependent_[first + before + 1];
      ++blocker_count_[first + after];
    });
  }
  for (std::size_t i = 1; i < first_dependent_.size(); ++i) first_dependent_[i] += first_dependent_[i - 1];
  dependents_.resize(first_dependent_.back());
  std::vector<std::uint64_t> next(first_dependent_.begin(), first_dependent_.end());
  for (std::uint32_t rank = 0; rank < places_.size(); ++rank) {
    const std::uint64_t first = places_[rank].first_node;
    for_each_edge(rank,
                  [&](std::uint32_t before, std::uint32_t after) { dependents_[next[first + before]++] = after; });
  }
}

void Plan::choose_message_ids() {
  std::uint64_t nodes = 0, indices = 0;
  for (const trace::Rank& rank : graph_->ranks) nodes = std::max<std::uint64_t>(nodes, rank.nodes.size());
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].is_in_one_site) continue;
    for (std::uint32_t ordinal = 0; ordinal < groups_[g].call_count; ++ordinal) {
      const trace::Node& call = node(graph_->groups[g].ranks.front(), call_node(g, 0, ordinal));
      indices = std::max<std::uint64_t>(indices, schedule(g, ordinal).messages().size() * call.repeat);
    }
  }
  constexpr std::uint32_t endless = 1 << 20;
  const bool is_endless = steps_ == 0;
  if (is_endless) steps_ = endless;
  message_ids_ = MessageIds{steps_, nodes, indices};
  for (; is_endless && steps_ > 1 && !message_ids_.fit(); message_ids_ = MessageIds{steps_, nodes, indices})
    steps_ /= 2;
  if (!message_ids_.fit()) {
    throw trace::TraceError("a job of " + std::to_string(nodes) + " nodes a rank, " + std::to_string(indices) +
                            " messages a collective and " + std::to_string(steps_) +
                            " steps has more messages than ids; run fewer steps");
  }
}

}  // namespace farlink::replay
