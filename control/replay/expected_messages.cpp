// SPDX-License-Identifier: Apache-2.0
#include "control/replay/expected_messages.hpp"

#include <algorithm>
#include <vector>

namespace farlink::replay {
namespace {

// The peers of one rank, told once each.
class Peers {
 public:
  Peers(const Plan& plan, std::uint32_t rank, fabric::SiteFabric& fabric)
      : plan_{plan}, rank_{rank}, site_{plan.place(rank).site}, fabric_{fabric} {}

  void add(std::uint32_t peer) {
    if (plan_.place(peer).site == site_ || std::find(told_.begin(), told_.end(), peer) != told_.end()) return;
    told_.push_back(peer);
    fabric_.expect(rank_, peer);
  }

  // A schedule is looked at once for each group, however often its collectives are called.
  void add_schedule(std::uint32_t group, std::uint32_t node) {
    if (plan_.group(group).is_in_one_site) return;
    const std::uint32_t ordinal = plan_.ordinal_of(rank_, node);
    const std::uint32_t schedule = plan_.operation(group, ordinal).schedule;
    if (std::find(schedules_.begin(), schedules_.end(), schedule) != schedules_.end()) return;
    schedules_.push_back(schedule);
    const collective::Schedule& messages = plan_.schedule(group, ordinal);
    for (const collective::Phase& phase : messages.phases_of(plan_.member_of(rank_, node)))
      for (const collective::Message& message : messages.messages_of(phase))
        add(plan_.graph().groups[group].ranks[message.to]);
  }

 private:
  const Plan& plan_;
  std::uint32_t rank_, site_;
  fabric::SiteFabric& fabric_;
  std::vector<std::uint32_t> told_, schedules_;
};

}  // namespace

void expect_messages(const Plan& plan, std::uint32_t site, fabric::SiteFabric& fabric) {
  for (const std::uint32_t rank : plan.ranks_at(site)) {
    Peers peers{plan, rank, fabric};
    const auto& nodes = plan.graph().ranks[rank].nodes;
    for (std::uint32_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].kind == trace::NodeKind::send) peers.add(plan.peer_of(rank, node));
      if (nodes[node].kind == trace::NodeKind::collective) peers.add_schedule(plan.group_of(rank, node), node);
    }
  }
}

}  // namespace farlink::replay
