// SPDX-License-Identifier: Apache-2.0
// How much buffer a far edge needs so that a pause that takes a round trip to work neither loses a frame nor lets the
// exit run dry. Pure arithmetic over one direction of a link; docs/model.md has the formulas and their source.
#pragma once

#include <cstdint>

#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::headroom {

using units::BitRate;
using units::Bytes;
using units::Duration;

enum class Scheme : std::uint8_t { segmented, end_to_end, relay, rate_matched };

// One direction as its far edge sees it.
struct Path {
  BitRate rate;  // of the line, all waves together
  std::uint32_t waves = 1;
  BitRate wave_back;          // of one wave of the other direction, which carries the pause frames
  Duration round_trip;        // both fibres, equipment, jitter
  std::uint32_t senders = 1;  // RNICs of the near site
  BitRate nic;                // of each
  BitRate drain;              // of all exit ports together
  Bytes frame;                // the largest, on the line
  Bytes overhead;             // of encapsulation, on the line between the edges alone
  Bytes overhead_back;        // ... of the other direction
  Bytes near_xoff;            // what the near edge may have queued before it holds its senders
  Duration slot;              // of rate matching
  Duration jitter_back;       // of the pause frames' way, a part of round_trip
};

struct Bounds {
  Bytes headroom;  // what can still come when XOFF is sent
  Bytes xon;       // what the exits drain until something comes again after XON; relay: of the receivers
  Bytes xoff;      // the least threshold that leaves XON its room; relay: of the receivers
  Bytes total;     // xoff + headroom; rate matching: the buffer
};

// From the moment the far edge decides until the first bit that obeys is there: the pause frame waits for a frame being
// serialized, is serialized, and flies; what has left before flies too.
Duration reaction(const Path& path);

// What one repeated pause may let through too much, as time on the line: the frame that a wave has begun, and the pause
// frames' different waits.
Duration repetition(const Path& path);

Bounds bounds(Scheme scheme, const Path& path);

}  // namespace farlink::headroom
