// SPDX-License-Identifier: Apache-2.0
// The constant half of a replay, made once per graph and shared by all sites: who waits for whom turned around, sends
// paired with receives, collectives with their durations or schedules, and the place of every rank. Nothing is looked
// up by search while a replay runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/collective/placement.hpp"
#include "control/collective/schedule.hpp"
#include "control/replay/message_id.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::replay {

struct RankPlace {
  std::uint32_t site = 0;        // index into Scenario::sites
  std::uint32_t slot = 0;        // index among the site's ranks
  std::uint32_t host = 0;        // node of the site: slot / gpus-per-node
  std::uint64_t first_node = 0;  // of the rank, counted over all ranks
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
  std::uint64_t first_call = 0;  // into the nodes of calls, member by member
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

  const trace::Graph& graph() const noexcept { return *graph_; }
  const std::vector<scenario::Site>& sites() const noexcept { return sites_; }
  std::uint32_t steps() const noexcept { return steps_; }
  const MessageIds& message_ids() const noexcept { return message_ids_; }
  const RankPlace& place(std::uint32_t rank) const noexcept { return places_[rank]; }
  std::span<const std::uint32_t> ranks_at(std::uint32_t site) const noexcept { return ranks_at_[site]; }
  const trace::Node& node(std::uint32_t rank, std::uint32_t node) const noexcept {
    return graph_->ranks[rank].nodes[node];
  }

  // How many nodes of the rank a node waits for: its dependencies, and the group's collective before it in program
  // order.
  std::uint32_t blocker_count(std::uint32_t rank, std::uint32_t node) const noexcept {
    return blocker_count_[places_[rank].first_node + node];
  }
  // Who waits for the node, in program order.
  std::span<const std::uint32_t> dependents(std::uint32_t rank, std::uint32_t node) const noexcept {
    const std::uint64_t at = places_[rank].first_node + node;
    return std::span{dependents_}.subspan(first_dependent_[at], first_dependent_[at + 1] - first_dependent_[at]);
  }
  // Of a send: the receive at its peer; of a receive: the send at its peer.
  std::uint32_t partner(std::uint32_t rank, std::uint32_t node) const noexcept {
    return link_[places_[rank].first_node + node];
  }

  const GroupPlan& group(std::uint32_t group) const noexcept { return groups_[group]; }
  std::uint32_t member_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return partner(rank, node) / groups_[this->node(rank, node).group].call_count;
  }
  std::uint32_t ordinal_of(std::uint32_t rank, std::uint32_t node) const noexcept {
    return partner(rank, node) % groups_[this->node(rank, node).group].call_count;
  }
  // The node by which a member takes part in the group's `ordinal`-th collective.
  std::uint32_t call_node(std::uint32_t group, std::uint32_t member, std::uint32_t ordinal) const noexcept {
    const GroupPlan& plan = groups_[group];
    return call_nodes_[plan.first_call + std::uint64_t{member} * plan.call_count + ordinal];
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
  void place_ranks();
  void place_groups();
  void number_calls();
  void plan_operations(scenario::CollectiveAlgorithm algorithm);
  void turn_dependencies_around();
  void choose_message_ids();

  const trace::Graph* graph_;
  std::vector<scenario::Site> sites_;
  std::uint32_t steps_;
  MessageIds message_ids_;
  std::vector<RankPlace> places_;
  std::vector<std::vector<std::uint32_t>> ranks_at_;
  std::vector<GroupPlan> groups_;
  std::vector<std::uint32_t> call_nodes_;
  std::vector<Operation> operations_;
  std::vector<collective::Schedule> schedules_;
  std::vector<std::uint32_t> link_;  // send, receive: partner; collective: member x call_count + ordinal
  std::vector<std::uint32_t> blocker_count_;
  std::vector<std::uint64_t> first_dependent_;
  std::vector<std::uint32_t> dependents_;
};

}  // namespace farlink::replay
