// SPDX-License-Identifier: Apache-2.0
// The scenario's sites and links as a virtual-time engine: one RNIC per rank (or per flow pair), numbered within its
// site.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/fabric_packets/schedule.hpp"
#include "dataplane/virtual_time/engine.hpp"

namespace farlink::fabric_packets {

class Network final : public QueuePairNetwork {
 public:
  // nics_per_site[i]: RNICs of scenario.sites[i]. Throws std::invalid_argument for what the dataplane cannot be set to.
  Network(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site);

  virtual_time::Engine& engine() noexcept { return engine_; }
  const virtual_time::Engine& engine() const noexcept { return engine_; }
  const scenario::Scenario& scenario() const noexcept override { return scenario_; }

  std::vector<std::uint32_t> connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                     std::uint32_t far_nic, std::uint32_t count,
                                     std::vector<std::uint32_t>& far) override;
  void post(std::uint32_t site, std::uint32_t nic, std::uint32_t qp, const rnic::Request& request,
            units::Instant now) override {
    engine_.site(site).post(nic, qp, request, now);
  }
  void wake(std::uint32_t site, units::Instant when, std::uint64_t cookie) override {
    engine_.site(site).wake(when, cookie);
  }
  std::uint32_t nic_count(std::uint32_t site) const override { return engine_.site(site).nic_count(); }
  const rnic::Nic& nic(std::uint32_t site, std::uint32_t number) const override {
    return engine_.site(site).nic(number);
  }

  // Links, events, retransmissions, timeouts, data frames, virtual time; invalid when the run outlasted its faults.
  fabric::Statistics statistics() const;

 private:
  fabric::LinkStatistics link_statistics(std::uint32_t link, std::uint32_t direction) const;

  void add_events(fabric::Statistics& statistics) const;
  double utilisation(double line_bits, std::uint32_t link, std::uint32_t direction, units::Instant from,
                     units::Instant to) const;

  scenario::Scenario scenario_;
  Schedule schedule_;
  virtual_time::Engine engine_;
  std::vector<std::array<std::uint32_t, 2>> planned_flows_;  // of each link, by the direction of their data
  std::uint32_t entropy_ = 0;
};

// Calls `progress` about ten times a second of wall time; the value to hand to Engine::run as keep_going.
std::function<bool()> throttled(const Network& network, const std::function<bool(double, std::uint64_t)>& report);

}  // namespace farlink::fabric_packets
