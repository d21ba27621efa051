// SPDX-License-Identifier: Apache-2.0
// The constant half of a replay, made once per graph and shared by all sites: who waits for whom turned around, sends
// paired with receives, collectives with their durations or schedules, and the place of every rank. What is the same
// for all ranks of a program is held once. Nothing is looked up by search while a replay runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/collective/placement.hpp"
#include "control/collective/schedule.hpp"
#include "control/replay/message_id.hpp"
#include "control/replay/program_order.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/calls.hpp"
#include "control/trace/graph.hpp"

namespace farlink::replay {

struct RankPlace {
  std::uint32_t site = 0;  // index into Scenario::sites
  std::uint32_t slot = 0;  // index among the site's ranks
  std::uint32_t host = 0;  // node of the site: slot / gpus-per-node
};

// One collective of a group. In one site: its time, all repetitions together. Across sites: the schedule of one
// repetition.
struct Operation {
  units::Duration duration;
  std::uint32_t schedule = 0;
};

struct GroupPlan {
  std::uint32_t call_count = 0;  // collectives a step
  bool is_in_one_site = true;
  std::uint64_t first_member = 0;  // into the members' lists of calls
  std::uint64_t first_operation = 0;
  collective::Placement placement;
};

class Plan {
 public:
  // The graph must outlive the plan and have passed trace::check. Throws trace::TraceError for sends and receives that
  // do not pair up and for a job with more messages than ids. Time and memory grow with nodes and dependencies. steps:
  // 0 for as many as ids allow, a million at most.
  Plan(const trace::Graph& graph, std::span<const scenario::Site> sites, scenario::CollectiveAlgorithm algorithm,
       std::uint32_t steps);
  Plan(const Plan&) = delete;  // points into its own calls
  Plan& operator=(const Plan&) = delete;

  const trace::Graph& graph() const noexcept { return *graph_; }
  const std::vector<scenario::Site>& sites() const noexcept { return sites_; }
  std::uint32_t steps() const noexcept { return steps_; }
  const MessageIds& message_ids() const noexcept { return message_ids_; }
  const RankPlace& place(std::uint32_t rank) const noexcept { return places_[rank]; }
  std::span<const std::uint32_t> ranks_at(std::uint32_t site) const noexcept { return ranks_at_[site]; }
  const trace::Node& node(std::uint32_t rank, std::uint32_t node) const noexcept {
    return graph_->ranks[rank].nodes[node];
  }

  // The rank that a send goes to or a receive comes from; the group of a collective.
  std::uint32_t peer_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return graph_->ranks.peer_of(rank, this->node(rank, node));
  }
  std::uint32_t group_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return graph_->ranks.group_of(rank, this->node(rank, node));
  }

  // How many nodes of the rank a node waits for: its dependencies, and the group's collective before it in program
  // order.
  std::uint32_t blocker_count(std::uint32_t rank, std::uint32_t node) const noexcept {
    return order_of(rank).blocker_count[node];
  }
  // Who waits for the node, in program order.
  std::span<const std::uint32_t> dependents(std::uint32_t rank, std::uint32_t node) const noexcept {
    return order_of(rank).dependents_of(node);
  }
  // Of a send: the receive at its peer; of a receive: the send at its peer.
  std::uint32_t partner(std::uint32_t rank, std::uint32_t node) const noexcept {
    return partners_[first_message_[rank] + order_of(rank).ordinal[node]];
  }

  const GroupPlan& group(std::uint32_t group) const noexcept { return groups_[group]; }
  // Of a collective: the rank's place in the group.
  std::uint32_t member_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return members_[first_group_[rank] + order_of(rank).group_place[node]];
  }
  std::uint32_t ordinal_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return order_of(rank).ordinal[node];
  }
  // The node by which a member takes part in the group's `ordinal`-th collective.
  std::uint32_t call_node(std::uint32_t group, std::uint32_t member, std::uint32_t ordinal) const noexcept {
    return calls_of_member_[groups_[group].first_member + member][ordinal];
  }
  const Operation& operation(std::uint32_t group, std::uint32_t ordinal) const noexcept {
    return operations_[groups_[group].first_operation + ordinal];
  }
  const collective::Schedule& schedule(std::uint32_t group, std::uint32_t ordinal) const noexcept {
    return schedules_[operation(group, ordinal).schedule];
  }

  const scenario::LocalNetwork& local_network(std::uint32_t rank, std::uint32_t peer) const noexcept {
    const RankPlace& place = places_[rank];
    const scenario::Site& site = sites_[place.site];
    return place.host == places_[peer].host ? site.in_node : site.fabric;
  }

 private:
  const ProgramOrder& order_of(std::uint32_t rank) const noexcept { return orders_[program_[rank]]; }
  void place_ranks();
  void place_groups();
  void number_calls();
  void plan_operations(scenario::CollectiveAlgorithm algorithm);
  void pair_messages();
  void choose_message_ids();

  const trace::Graph* graph_;
  std::vector<scenario::Site> sites_;
  std::uint32_t steps_;
  MessageIds message_ids_;
  trace::Calls calls_;
  std::vector<std::uint32_t> program_;  // by rank
  std::vector<ProgramOrder> orders_;    // by program
  std::vector<RankPlace> places_;
  std::vector<std::vector<std::uint32_t>> ranks_at_;
  std::vector<GroupPlan> groups_;
  std::vector<const std::uint32_t*> calls_of_member_;  // by member of a group: its calls
  std::vector<std::uint64_t> first_group_;             // by rank: into members_
  std::vector<std::uint32_t> members_;                 // by group that a rank calls: its place in it
  std::vector<Operation> operations_;
  std::vector<collective::Schedule> schedules_;
  std::vector<std::uint64_t> first_message_;  // by rank: into partners_
  std::vector<std::uint32_t> partners_;       // by send or receive
};

}  // namespace farlink::replay
