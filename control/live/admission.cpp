// SPDX-License-Identifier: Apache-2.0
#include "control/live/admission.hpp"

#include <string>

namespace farlink::live {

std::function<void(const scenario::Scenario&)> admit_within(const LivePlan& plan) {
  return [room = plan.mbufs_in_links](const scenario::Scenario& next) {
    scenario::Scenario now = next;
    now.events.clear();  // counted at the start
    const std::uint64_t wanted = plan_live(demand_of(now)).mbufs_in_links;
    if (wanted <= room) return;
    throw PlanError("the links could then hold " + std::to_string(wanted) +
                    " frames of dpdk.mean-frame, and buffers for " + std::to_string(room) +
                    " were made at the start; start the run with the largest values, and set " + "smaller ones then");
  };
}

}  // namespace farlink::live
