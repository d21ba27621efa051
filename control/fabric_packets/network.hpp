// SPDX-License-Identifier: Apache-2.0
// The scenario's sites and links as a virtual-time engine: one RNIC per rank (or per flow pair), numbered within its
// site.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/virtual_time/engine.hpp"

namespace farlink::fabric_packets {

class Network {
 public:
  // nics_per_site[i]: RNICs of scenario.sites[i]. Throws std::invalid_argument for what the dataplane cannot be set to.
  Network(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site);

  virtual_time::Engine& engine() noexcept { return engine_; }
  const virtual_time::Engine& engine() const noexcept { return engine_; }
  const scenario::Scenario& scenario() const noexcept { return scenario_; }

  // Opens `count` queue pairs from a RNIC to one at another site, over the link between the two sites (the first, if
  // there are several). Throws std::runtime_error when there is none. Returns the near queue-pair numbers, far ones in
  // `far`.
  std::vector<std::uint32_t> connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                     std::uint32_t far_nic, std::uint32_t count, std::vector<std::uint32_t>& far);

  // Data frames delivered in order to the far RNIC, each counted once.
  std::uint64_t data_frames() const;
  // Links, retransmissions, timeouts, data frames, virtual time.
  fabric::Statistics statistics() const;

 private:
  fabric::LinkStatistics link_statistics(std::uint32_t link, std::uint32_t direction) const;

  scenario::Scenario scenario_;
  virtual_time::Engine engine_;
  std::uint32_t entropy_ = 0;
};

// Calls `progress` about ten times a second of wall time; the value to hand to Engine::run as keep_going.
std::function<bool()> throttled(const Network& network, const std::function<bool(double, std::uint64_t)>& report);

}  // namespace farlink::fabric_packets
