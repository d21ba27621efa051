// SPDX-License-Identifier: Apache-2.0
// The lab scenario, live and in virtual time, and how much of the CPU was taken away meanwhile.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "control/fabric_live/live_fabrics.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/scenario/parse.hpp"

namespace farlink::fabric_live::test {

// Linux divides the CPU among sessions before it looks at the priority of their threads. While this lives, ours gets
// the larger part, where that is allowed.
class LargerShare {
 public:
  LargerShare() {
    std::string name, nice;
    std::ifstream{path} >> name >> nice >> before_;
    std::ofstream{path} << -20;
  }
  ~LargerShare() { std::ofstream{path} << before_; }
  LargerShare(const LargerShare&) = delete;
  LargerShare& operator=(const LargerShare&) = delete;

 private:
  static constexpr const char* path = "/proc/self/autogroup";
  int before_ = 0;
};

// scenarios/lab/live-one-queue-pair.yaml. Gaps beyond 50 us count as stolen, unless `sets` says otherwise.
inline scenario::Scenario lab(std::vector<std::string> sets) {
  sets.insert(sets.begin(), {"dpdk.max-lag=50us", "dpdk.hugepages=false"});
  return scenario::load("scenarios/lab/live-one-queue-pair.yaml", sets);
}

// One DPDK for all cases of the process.
inline LiveFabrics& live_fabrics() {
  static LiveFabrics fabrics{lab({})};
  return fabrics;
}

inline fabric::Statistics run(fabric::Fabric& fabric) {
  fabric.run({}, {});
  return fabric.statistics();
}
inline fabric::Statistics run_live(const scenario::Scenario& scenario) {
  const auto fabric = live_fabrics().make(scenario, nullptr);
  return run(*fabric);
}
inline fabric::Statistics run_virtual(const scenario::Scenario& scenario) {
  const auto fabric = fabric_packets::make_packet_fabric(scenario, nullptr);
  return run(*fabric);
}

// Of the run's time, 0-1.
inline double stolen_share(const fabric::Statistics& statistics) {
  return statistics.live.value().stolen_seconds / statistics.virtual_seconds;
}

inline bool says(const fabric::Statistics& statistics, const std::string& what) {
  return statistics.why_invalid.find(what) != std::string::npos;
}

// The reasons that a stolen CPU gives; anything else is a defect.
inline void require_no_defect(const fabric::Statistics& statistics) {
  INFO(statistics.why_invalid);
  CHECK_FALSE(says(statistics, "unaccounted"));
  CHECK_FALSE(says(statistics, "early"));
  CHECK_FALSE(says(statistics, "missed"));
  CHECK_FALSE(says(statistics, "no mbuf"));
  CHECK_FALSE(says(statistics, "not its own"));
  for (const fabric::LinkStatistics& link : statistics.links) CHECK(link.is_conserved());
}

}  // namespace farlink::fabric_live::test
