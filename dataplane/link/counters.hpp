// SPDX-License-Identifier: Apache-2.0
// Counters of a link direction: one writer each, readers sum. Near counters belong to the near site's thread, far ones
// to the far site's.
#pragma once

#include <cstdint>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

struct DropCounters {
  std::uint64_t queue = 0, headroom = 0, random = 0, burst = 0, bit_error = 0, listed = 0, cut = 0;

  void count(Cause cause) noexcept {
    switch (cause) {
      case Cause::none:
        break;
      case Cause::queue:
        ++queue;
        break;
      case Cause::headroom:
        ++headroom;
        break;
      case Cause::random:
        ++random;
        break;
      case Cause::burst:
        ++burst;
        break;
      case Cause::bit_error:
        ++bit_error;
        break;
      case Cause::listed:
        ++listed;
        break;
      case Cause::cut:
        ++cut;
        break;
    }
  }
  std::uint64_t total() const noexcept { return queue + headroom + random + burst + bit_error + listed + cut; }
};

struct NearCounters {
  std::uint64_t frames_in = 0;
  std::uint64_t ecn_marked = 0;        // or answered with a CNP in place of a mark
  std::uint64_t line_bytes = 0;        // serialized, lost frames included
  std::uint64_t queue_peak_bytes = 0;  // shared buffer, bytes on the line
  std::uint64_t xoff_sent = 0;
  std::uint64_t time_went_back = 0;    // calls with an earlier time than before; clamped
  units::Duration paused;              // time between XOFF and XON, all priorities
  std::uint64_t frames_generated = 0;  // pause frames and grants of the other direction's far edge; CNPs
  std::uint64_t cnps_out = 0;          // of them, CNPs that left towards the senders
  std::uint64_t pauses_expired = 0;    // holds of the far edge that ended because nothing came to renew them
  std::uint64_t watchdog_dropped = 0;  // of dropped.queue: for a pause that lasted too long
  std::uint64_t background_in = 0;     // frames of cross traffic that came, which neither in nor generated counts
  DropCounters dropped;
  DropCounters background_dropped;  // of dropped: frames of cross traffic
};

struct FarCounters {
  std::uint64_t frames_out = 0;  // copies counted
  std::uint64_t frames_duplicated = 0;
  std::uint64_t queue_peak_bytes = 0;
  std::uint64_t time_went_back = 0;   // pauses and changes with an earlier time than before; clamped
  std::uint64_t frames_absorbed = 0;  // pause frames and grants that arrived
  std::uint64_t background_out = 0;   // frames of cross traffic that arrived, which neither out nor absorbed counts
  std::uint64_t xoff_sent = 0;        // refreshes not counted
  std::uint64_t signals_sent = 0;     // XOFF, refreshes, XON, grants
  units::Duration paused;             // between XOFF and XON, all priorities; rate matching: slots below the full rate
  DropCounters dropped;
};

}  // namespace farlink::link
