// SPDX-License-Identifier: Apache-2.0
// Runs the ranks of one site through the graph, `steps` times: the cursors that the site's thread owns. A rank begins
// its next step when all its own nodes of this one have ended. GPU work of a rank runs one node at a time, its host's
// likewise (in the order they became ready, then program order); work of no time takes no turn. A send inside the site
// arrives at max(now, sender's egress free) + latency + bytes / bandwidth, over the node's network when the host is the
// same, else the site's; a receive may be posted after that. Collectives inside a site start when all members have come
// and take the planned time; those across sites follow their schedule.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/replay/collective_instances.hpp"
#include "control/replay/compute_times.hpp"
#include "control/replay/plan.hpp"
#include "control/replay/record.hpp"

namespace farlink::replay {

class SiteReplay final : public fabric::SiteDriver {
 public:
  // `drawn`: ranks (of any site) whose bars are kept. The plan and the times must outlive the replay.
  SiteReplay(const Plan& plan, const ComputeTimes& times, std::uint32_t site, std::span<const std::uint32_t> drawn);

  void start(fabric::SiteFabric& fabric, units::Instant now) override;
  void on_wake(std::uint64_t cookie, units::Instant now) override;
  void on_delivered(const fabric::Message& message, units::Instant posted, units::Instant now) override;
  void on_acknowledged(const fabric::Message& message, units::Instant now) override;
  bool is_finished() const override { return unfinished_ranks_ == 0; }
  // Names the first ranks that are stuck, with node, record and what it waits for.
  std::string waiting_for() const override;

  // After the run: of a rank of this site, by its slot.
  const RankRecord& record(std::uint32_t slot) const noexcept { return ranks_[slot].record; }
  // Nodes ended so far, all steps; any thread may ask.
  std::uint64_t nodes_done() const noexcept { return nodes_done_.load(std::memory_order_relaxed); }

 private:
  enum class Event : std::uint8_t { gpu_end, host_end, local_send, group_end, joint_end, local_message };

  struct NodeState {
    units::Instant since;         // when its dependencies had ended
    std::uint32_t waiting = 0;    // blockers left; `done` when it has ended
    std::uint32_t delivered = 0;  // receive: messages delivered so far, one a step
  };
  // One thing at a time: a GPU, or a host.
  struct Processor {
    std::vector<std::pair<units::Instant, std::uint32_t>> ready;  // heap: time, node
    std::uint32_t running = none;
    units::Instant since;
  };
  struct RankState {
    std::uint32_t rank = 0;
    std::uint32_t step = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t first_state = 0;
    Processor gpu, host;
    units::Instant in_node_free, fabric_free;  // egress
    RankRecord record;
  };
  struct Ready {
    std::uint32_t slot, node;
  };
  // A message of a collective between two members of this site.
  struct LocalMessage {
    std::uint32_t group = 0, index = 0;
    CollectiveKey key;
    units::Instant posted;
  };

  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::uint32_t done = ~std::uint32_t{0};

  NodeState& state(const RankState& rank, std::uint32_t node) { return states_[rank.first_state + node]; }
  bool is_last_step(const RankState& rank) const noexcept { return rank.step + 1 == plan_->steps(); }
  bool is_here(std::uint32_t rank) const noexcept { return plan_->place(rank).site == site_; }
  void wake(units::Instant when, Event event, std::uint64_t subject);

  // Program
  void begin_step(std::uint32_t slot, units::Instant now);
  void start_node(Ready ready, units::Instant now);
  void complete(std::uint32_t slot, std::uint32_t node, units::Instant now);
  void drain(units::Instant now);  // starts what became ready, then idle processors
  void end_compute(std::uint32_t slot, bool on_host, units::Instant now);

  // Messages
  void send(std::uint32_t slot, std::uint32_t node, units::Instant now);
  units::Instant send_locally(RankState& rank, std::uint32_t peer, units::Bytes bytes, units::Instant now);
  void deliver(std::uint32_t slot, std::uint32_t node, units::Instant posted, units::Instant now);

  // Collectives (site_collectives.cpp)
  void start_collective(std::uint32_t slot, std::uint32_t node, units::Instant now);
  void end_group(std::uint32_t group, units::Instant now);
  CollectiveInstance& obtain(std::uint32_t group, std::uint32_t member, const CollectiveKey& key);
  void begin_phase(CollectiveInstance& instance, std::uint32_t slot, units::Instant now);
  void settle(CollectiveInstance& instance, std::uint32_t phase, units::Instant now);
  void advance(CollectiveInstance* instance, units::Instant now);
  void end_joint_work(std::uint32_t group, units::Instant now);
  void deliver_collective(std::uint32_t group, std::uint32_t index, const CollectiveKey& key, units::Instant posted,
                          units::Instant now);
  void acknowledge_collective(std::uint32_t group, std::uint32_t index, const CollectiveKey& key, units::Instant now);
  void note_collective(const CollectiveInstance& instance, Span span);
  std::size_t list_of(std::uint32_t group, std::uint32_t member) const noexcept { return first_list_[group] + member; }
  std::uint32_t slot_of(std::uint32_t group, std::uint32_t member) const noexcept {
    return plan_->place(plan_->graph().groups[group].ranks[member]).slot;
  }

  void note_communication(std::uint32_t slot, std::uint32_t node, Span span);
  std::string name_stuck(const RankState& rank) const;

  const Plan* plan_;
  const ComputeTimes* times_;
  std::uint32_t site_;
  fabric::SiteFabric* fabric_ = nullptr;
  std::vector<RankState> ranks_;
  std::vector<NodeState> states_;
  std::vector<Ready> ready_;
  std::vector<Ready> to_compute_;  // ready compute nodes whose processor may be idle
  std::size_t unfinished_ranks_ = 0;
  std::atomic<std::uint64_t> nodes_done_{0};

  std::vector<std::uint32_t> arrived_;      // per group: members of this site that have come
  std::vector<std::uint32_t> ordinal_;      // per group in this site: collective of the step
  std::vector<units::Instant> work_start_;  // per group: of the joint work
  std::vector<std::size_t> first_list_;     // per group across sites: into instances_
  CollectiveInstances instances_;
  std::vector<LocalMessage> local_messages_;
  std::vector<std::uint32_t> free_messages_;
};

}  // namespace farlink::replay
