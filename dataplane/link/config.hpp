// SPDX-License-Identifier: Apache-2.0
// The link direction's configuration: passive values, compared and adopted as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/units/probability.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

using units::BitRate;
using units::Bytes;
using units::Duration;
using units::Instant;
using units::Probability;

// RED on the queue of one wave and priority: no mark below kmin, pmax at kmax, every frame above.
struct EcnMarking {
  Bytes kmin, kmax;
  Probability pmax;
  // Set: data that would be marked goes on unmarked, and the near edge itself sends its sender a CNP, at most one in
  // this time for each queue pair.
  std::optional<Duration> notify_every = {};
  bool operator==(const EcnMarking&) const = default;
};

enum class Scheduler : std::uint8_t { deficit_round_robin, strict };

enum class Balancing : std::uint8_t { flow_hash, flowlet, per_packet };

// A wave without light: what starts serialization on it is lost (cut).
struct LostWave {
  std::uint32_t wave = 0;
  bool is_avoided = false;  // its flows take other waves
  bool operator==(const LostWave&) const = default;
};

// Who obeys the pause frames that the far edge sends back over the fibre.
enum class PauseTarget : std::uint8_t {
  serializer,  // the near edge: its waves hold the priority, its queue fills
  senders,     // the RNICs behind the access ports; what the near edge has queued still goes
};

struct NearEdgeConfig {
  BitRate rate;  // of each wave
  std::uint32_t waves = 1;
  Bytes buffer;                   // shared by waves and priorities; beyond it frames are dropped (queue)
  bool has_backpressure = false;  // hold the access ports between XOFF and XON
  Bytes xoff, xon;  // queued bytes of one priority over all waves: hold above xoff, resume at or below xon
  std::optional<EcnMarking> ecn;
  Scheduler scheduler = Scheduler::deficit_round_robin;
  // Of links with several waves.
  Balancing balancing = Balancing::flow_hash;
  Duration flowlet_gap;              // a flow that pauses for so long may change its wave
  Duration skew;                     // how much later the last wave is than the first; those between in equal steps
  std::vector<LostWave> lost_waves;  // each wave once
  PauseTarget pause_target = PauseTarget::serializer;
  Duration watchdog;  // a priority that the far edge holds for longer loses its queue; zero: never
  Bytes overhead;     // encapsulation: every frame is so much longer on the line, and nowhere else
  bool operator==(const NearEdgeConfig&) const = default;
};

// Two states; per accepted frame good->bad with p, bad->good with r; loss 1-k in good, 1-h in bad (tc-netem gemodel).
struct GilbertElliott {
  Probability good_to_bad, bad_to_good, loss_good, loss_bad = Probability::always();
  bool operator==(const GilbertElliott&) const = default;
};

// Loses the nth frame (1-based) that matches every field that is set.
struct ListedFrame {
  std::optional<std::uint32_t> destination_qp, psn;
  std::optional<std::uint8_t> opcode;
  std::uint32_t nth = 1;
  bool operator==(const ListedFrame&) const = default;
};

struct ImpairmentConfig {
  Probability loss;
  std::optional<GilbertElliott> burst;
  Probability bit_error;         // per bit of the frame on the line without preamble and gap
  Probability codeword_failure;  // of 5,140 data bits, behind error correction; zero unless bit_error is
  std::vector<ListedFrame> listed;
  Probability corrupt, duplicate, ce_mark;
  bool is_cut = false;  // frames that start serialization now are lost
  bool operator==(const ImpairmentConfig&) const = default;
};

struct FibreConfig {
  Duration delay;   // propagation and equipment
  Duration jitter;  // uniform in [0, jitter]; order is kept
  bool operator==(const FibreConfig&) const = default;
};

// PFC of the far edge over the fibre, per priority: XOFF above the threshold, XON at or below `xon`. What comes above
// the threshold is kept in the headroom, a part of the buffer; what finds that full is dropped (headroom).
struct FarThresholdConfig {
  Bytes xoff, xon;
  Bytes headroom;
  double alpha = 0;  // above 0: the threshold is alpha x free shared buffer, xoff and xon mean nothing
  Duration refresh;  // an XOFF in force is sent again after this; zero: never
  bool operator==(const FarThresholdConfig&) const = default;
};

// Rate matching: each slot the far edge grants what the near edge may send, over all priorities.
struct RateMatchingConfig {
  BitRate rate;         // of the line, all waves
  Duration round_trip;  // from a grant to the last byte sent for the grant before it, everything included
  Duration slot;
  bool operator==(const RateMatchingConfig&) const = default;
};

// PFC relay: the receivers behind the far edge stop it above `xoff` and let it go on at `xon` or below, per priority,
// and it repeats that over the fibre.
struct PauseRelayConfig {
  BitRate rate;        // of the line, all waves, and of the far edge towards its receivers
  Bytes xoff, xon;     // of the receivers' buffer, the first part of the far edge's queue
  Bytes headroom;      // the rest, for what is on its way; what finds it full is dropped (headroom)
  Duration xon_later;  // what one pause may let through too much, as time on the line
  Duration refresh;    // an XOFF in force is sent again after this; zero: never
  bool operator==(const PauseRelayConfig&) const = default;
};

// How the far edge holds back what comes: not at all (and then what finds the buffer full is dropped: queue), ...
using FarControlConfig = std::variant<std::monostate, FarThresholdConfig, RateMatchingConfig, PauseRelayConfig>;

struct FarEdgeConfig {
  std::uint32_t ports = 1;
  BitRate port_rate;
  Bytes buffer;  // shared by ports and priorities
  FarControlConfig control = {};
  bool operator==(const FarEdgeConfig&) const = default;
};

struct DirectionConfig {
  NearEdgeConfig near_edge;
  ImpairmentConfig impairments;
  FibreConfig fibre;
  FarEdgeConfig far_edge;
  std::uint64_t seed = 1;
  std::uint32_t link = 0;       // ordinal of the link in the scenario
  std::uint32_t direction = 0;  // 0: west to east
  bool operator==(const DirectionConfig&) const = default;
};

}  // namespace farlink::link
