// SPDX-License-Identifier: Apache-2.0
// The DPDK forwarder as control sees it, and the values it is built from. Only where DPDK is.
#pragma once

#include "control/live/dataplane.hpp"
#include "control/live/live_plan.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/dpdk/forwarder.hpp"

namespace farlink::live {

// Lcores, hugepages and memory for that plan. A scenario that names its memory gets that much, and PlanError when the
// plan does not fit into it.
dpdk::EalOptions eal_options(const scenario::Scenario& scenario, const LivePlan& plan);

// Sites, ports and links as the scenario says at its start, with the plan's mbufs.
dpdk::ForwarderConfig forwarder_config(const scenario::Scenario& scenario, const LivePlan& plan);

class ForwarderDataplane : public Dataplane {
 public:
  explicit ForwarderDataplane(dpdk::Forwarder& forwarder) : forwarder_{forwarder} {}

  void publish(const std::vector<Change>& changes) override;
  dpdk::Snapshot snapshot() const override { return forwarder_.snapshot(); }
  std::vector<std::shared_ptr<link::CaptureRing>> start_capture(const CaptureRequest& request) override;
  void stop_capture(std::uint32_t link) override;

 private:
  dpdk::Forwarder& forwarder_;
  std::vector<std::uint32_t> captured_links_;
};

}  // namespace farlink::live
