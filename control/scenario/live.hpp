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

// New values that are not there at once, but reached in equal steps.
struct Ramp {
  Duration over, step;  // whole microseconds
  bool operator==(const Ramp&) const = default;
};

// One wave of a link is without light.
struct WaveLoss {
  std::uint32_t wave = 1;  // from 1
  Duration length;
  bool is_avoided = true;  // its flows take the others meanwhile
  bool operator==(const WaveLoss&) const = default;
};

// At `at`, on the clock of the links: new values, reached at once or by a ramp, or a cut that ends by itself.
struct Event {
  Duration at;  // whole microseconds
  std::string link;
  DirectionChoice direction = DirectionChoice::both;
  std::vector<std::string> set = {};    // "loss=1%", as change.hpp takes them
  std::optional<Ramp> ramp = {};        // of what is set
  std::optional<Duration> cut = {};     // how long; set is empty then
  std::vector<std::string> route = {};  // set when the cut ends: the way that protection has switched to
  std::optional<WaveLoss> wave_loss = {};
  bool operator==(const Event&) const = default;
};

// Cuts that come at random: intervals between their beginnings are exponential, drawn from the run's seed.
struct Faults {
  Duration mtbf, cut;  // whole microseconds
  Duration until;      // none begins later; a run that lasts longer is invalid
  bool operator==(const Faults&) const = default;
};

// When the clock of events starts.
enum class Armed : std::uint8_t { start, first_frame };

// What an event does, for people: "set loss=1%", "cut 50ms", "protection: dark for 50ms, then distance=350km".
std::string words_of(const Event& event);

}  // namespace farlink::scenario
