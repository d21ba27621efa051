// SPDX-License-Identifier: Apache-2.0
// What a scenario says for live use: how DPDK is started, and what happens to the links at which time.
// scenario.hpp includes this; the devices themselves stand with their site.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::scenario {

using units::Bytes;
using units::Duration;

enum class Hugepages : std::uint8_t {
  automatic,  // hugepages when the machine has them, and a word about it when not
  on,
  off,
};
enum class Idle : std::uint8_t { spin, yield };

struct Dpdk {
  std::vector<std::uint32_t> lcores = {};  // CPU numbers; empty: the last CPU of the machine
  std::optional<Bytes> memory = {};        // unset: what rate x delay asks for
  Hugepages hugepages = Hugepages::automatic;
  Idle idle = Idle::spin;
  std::vector<std::string> args = {};              // passed on to the EAL as they are
  Bytes mtu{9'216};                                // largest frame, without FCS
  Bytes mean_frame{1'024};                         // mean frame, without FCS, that buffers are counted for
  Duration max_lag = Duration::microseconds(100);  // a later release makes the run invalid
  std::string file_prefix = {};                    // of DPDK's runtime files; default: the scenario's name
  bool operator==(const Dpdk&) const = default;
};

enum class DirectionChoice : std::uint8_t { both, forward, reverse };

// At `at`, on the clock of the links: new values, or a cut that ends by itself.
struct Event {
  Duration at;  // whole microseconds
  std::string link;
  DirectionChoice direction = DirectionChoice::both;
  std::vector<std::string> set = {};  // "loss=1%", as change.hpp takes them
  std::optional<Duration> cut = {};   // how long; set is empty then
  bool operator==(const Event&) const = default;
};

}  // namespace farlink::scenario
