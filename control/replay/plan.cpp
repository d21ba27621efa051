// SPDX-License-Identifier: Apache-2.0
#include "control/replay/plan.hpp"

#include <algorithm>
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
    : graph_{&graph},
      sites_{sites.begin(), sites.end()},
      steps_{steps},
      calls_{graph},
      program_{graph.ranks.program_numbers()} {
  for (std::uint32_t rank = 0; rank < program_.size(); ++rank) {
    if (program_[rank] == orders_.size()) orders_.emplace_back(graph.ranks[rank], calls_.groups(rank));
  }
  place_ranks();
  place_groups();
  number_calls();
  plan_operations(algorithm);
  pair_messages();
  choose_message_ids();
}

void Plan::place_ranks() {
  const std::size_t ranks = graph_->ranks.size();
  ranks_at_.resize(sites_.size());
  places_.resize(ranks);
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
    neighbours.push_back(rank);
  }
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

void Plan::number_calls() {
  for (std::uint32_t rank = 0; rank < places_.size(); ++rank) {
    first_group_.push_back(members_.size());
    members_.resize(members_.size() + calls_.groups(rank).size());
  }
  std::uint64_t operations = 0;
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    GroupPlan& group = groups_[g];
    const auto& ranks = graph_->groups[g].ranks;
    const auto calls_of = [&](std::uint32_t rank) { return calls_.of(rank, graph_->ranks.own_number_of(rank, g)); };
    group.first_member = calls_of_member_.size();
    group.first_operation = operations;
    if (!ranks.empty()) group.call_count = static_cast<std::uint32_t>(calls_of(ranks.front()).size());
    operations += group.call_count;
    for (std::uint32_t member = 0; member < ranks.size(); ++member) {
      const std::uint32_t rank = ranks[member];
      const auto calls = calls_of(rank);
      if (calls.size() != group.call_count)
        throw trace::TraceError("the members of group '" + graph_->groups[g].name +
                                "' do not call the same collectives");
      calls_of_member_.push_back(calls.data());
      if (!calls.empty()) members_[first_group_[rank] + order_of(rank).group_place[calls.front()]] = member;
    }
  }
  operations_.resize(operations);
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

void Plan::pair_messages() {
  std::uint64_t messages = 0;
  for (const std::uint32_t program : program_) {
    first_message_.push_back(messages);
    messages += orders_[program].messages;
  }
  partners_.resize(messages);
  const auto partner_of = [this](std::uint32_t rank, std::uint32_t node) -> std::uint32_t& {
    return partners_[first_message_[rank] + order_of(rank).ordinal[node]];
  };
  trace::match_messages(*graph_, [&](const trace::MatchedMessage& message) {
    partner_of(message.source, message.send) = message.receive;
    partner_of(message.destination, message.receive) = message.send;
  });
}

void Plan::choose_message_ids() {
  std::uint64_t nodes = 0, indices = 0;
  for (const ProgramOrder& order : orders_) nodes = std::max<std::uint64_t>(nodes, order.ordinal.size());
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
