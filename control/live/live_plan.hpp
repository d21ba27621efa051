// SPDX-License-Identifier: Apache-2.0
// What a scenario needs of a machine to run live: buffers (mbufs) for everything that can be inside the links at once,
// the memory they take, and the cores. Pure arithmetic. DPDK's own sizes appear as
// constants, so that a plan can be made where DPDK is not installed.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "control/scenario/scenario.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::live {

// Does not fit; says what would.
class PlanError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one direction of a link can hold at most, over the whole timeline.
struct DirectionDemand {
  std::string link, from, to;
  units::BitRate rate;          // of all waves
  units::Duration propagation;  // the fibre's
  units::Duration other_delay;  // equipment and jitter
  units::Bytes near_buffer, far_buffer;
  bool has_distance = false;  // written as a distance, not as a delay
  units::Distance distance;
};

struct Demand {
  std::vector<DirectionDemand> directions;
  std::uint32_t ports = 0;
  std::uint32_t descriptors = 1'024;  // of each port, each for receiving and sending
  std::uint32_t lcores = 1;
  units::Bytes mean_frame{1'024};  // without FCS
  units::Bytes largest_frame{9'216};
  units::Bytes beside_frame{0};                // room in an mbuf that a device wants beside the frame
  std::uint64_t frames_per_core = 12'000'000;  // per second, both ways summed; what is reached with 300 km in flight
};

// Of each direction the state that holds most: as the scenario begins, or after one of its events. Sites without ports
// count as having one. Throws scenario::ScenarioError for an event that cannot be.
Demand demand_of(const scenario::Scenario& scenario);

struct DirectionPlan {
  DirectionDemand demand;
  units::Bytes in_fibre;         // bytes of line in flight: rate x delay
  std::uint64_t frames = 0;      // of mean size: in flight and in both buffers
  double frames_per_second = 0;  // of mean size, at the full rate
  std::uint32_t core = 0;        // which of the cores wanted serves it
  bool is_too_fast = false;      // more than one core can serve; a direction is never split
};

struct LivePlan {
  std::vector<DirectionPlan> directions;
  std::uint64_t mbufs_in_links = 0, mbufs_in_ports = 0, mbufs_in_caches = 0;
  std::uint64_t mbufs = 0;         // their sum
  units::Bytes mbuf;               // memory of one: room for the largest frame, headers included
  units::Bytes memory;             // what DPDK is to be given
  std::uint64_t hugepages = 0;     // of 2 MiB, for that
  units::Bytes link_state;         // ordinary memory beside it
  units::Bytes memory_per_second;  // read and written at the full rate of all directions
  std::uint32_t cores = 0;         // for forwarding
  std::vector<std::string> notes;  // whole sentences
};

LivePlan plan_live(const Demand& demand);

// Returns when `memory` is enough. Otherwise throws PlanError: what is needed, what is there, and for each of distance,
// rate, buffers, largest and mean frame the value that would fit if it alone were changed.
void require_fits(const Demand& demand, units::Bytes memory);

}  // namespace farlink::live
