// SPDX-License-Identifier: Apache-2.0
// What messages and flows stand on: the RNICs of the scenario's sites, queue pairs between them, and timers. In virtual
// time (network.hpp) or live; and what both count in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/rnic/nic.hpp"

namespace farlink::fabric_packets {

class QueuePairNetwork {
 public:
  virtual ~QueuePairNetwork() = default;

  virtual const scenario::Scenario& scenario() const noexcept = 0;

  // Opens `count` queue pairs from a RNIC to one at another site, over the link between the two sites (the first, if
  // there are several). Throws std::runtime_error when there is none. Returns the near queue-pair numbers, far ones in
  // `far`.
  virtual std::vector<std::uint32_t> connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                             std::uint32_t far_nic, std::uint32_t count,
                                             std::vector<std::uint32_t>& far) = 0;
  // `now`: the time of what the request follows from.
  virtual void post(std::uint32_t site, std::uint32_t nic, std::uint32_t qp, const rnic::Request& request,
                    units::Instant now) = 0;
  virtual void wake(std::uint32_t site, units::Instant when, std::uint64_t cookie) = 0;

  virtual std::uint32_t nic_count(std::uint32_t site) const = 0;
  virtual const rnic::Nic& nic(std::uint32_t site, std::uint32_t number) const = 0;
};

// "nothing acknowledged after 8 timeouts of 67.108864ms; see ...": why a queue pair fails.
std::string why_failed(const scenario::Transport& transport);

// Ordinal of the site of that name. Throws std::invalid_argument when a link leads to a site that is not there.
std::uint32_t site_number(const scenario::Scenario& scenario, const std::string& name);

// Ordinal of the first link between two sites. Throws std::runtime_error when there is none.
std::uint32_t link_between(const scenario::Scenario& scenario, std::uint32_t one, std::uint32_t other);

// Data frames delivered in order to the far RNIC, each counted once.
std::uint64_t data_frames(const QueuePairNetwork& network);

// Sets retransmissions, timeouts, what congestion control did, and data frames.
void add_transport(fabric::Statistics& statistics, const QueuePairNetwork& network);

// All but the series over time. elapsed_seconds: of the run, for the utilisation.
fabric::LinkStatistics link_statistics(const scenario::Link& link, std::uint32_t direction,
                                       const link::NearCounters& near, const link::FarCounters& far,
                                       std::uint64_t frames_held, double elapsed_seconds);

}  // namespace farlink::fabric_packets
