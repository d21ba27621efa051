// SPDX-License-Identifier: Apache-2.0
// What a fabric counted over one run: per link direction, per lab flow, and over messages that crossed a link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farlink::fabric {

struct Dropped {
  std::uint64_t queue = 0, headroom = 0, random = 0, burst = 0, bit_error = 0, listed = 0, cut = 0;
  std::uint64_t total() const noexcept { return queue + headroom + random + burst + bit_error + listed + cut; }
};

// One bin of a series over time: [start, start + width); the width is the distance to the next start.
struct Sample {
  double start_seconds = 0;
  double utilisation = 0;  // of the direction's rate
  std::uint64_t queue_peak_bytes = 0;
};

struct LinkStatistics {
  std::string name;
  std::string direction;  // "west->east"
  std::uint64_t frames_in = 0, frames_duplicated = 0, frames_generated = 0, frames_out = 0, frames_absorbed = 0,
                frames_held = 0;
  Dropped dropped;
  std::uint64_t ecn_marked = 0;  // or answered with a CNP in place of a mark
  std::uint64_t near_cnps = 0;   // that the near edge sent itself; of frames_generated and of frames_out
  std::uint64_t wire_bytes = 0;
  double utilisation = 0;
  std::uint64_t queue_peak_bytes = 0;
  std::uint64_t buffer_bytes = 0;
  double rate_bps = 0;
  double one_way_delay_seconds = 0;
  double paused_seconds = 0;  // time the access ports of this direction were held
  std::uint64_t far_queue_peak_bytes = 0, far_buffer_bytes = 0;
  double far_paused_seconds = 0;     // between XOFF and XON of the far edge, priorities summed
  std::uint64_t far_pauses = 0;      // XOFFs of the far edge, refreshes not counted
  std::uint64_t pause_frames = 0;    // all it sent over the fibre of the other direction: XOFF, refreshes, XON, grants
  std::uint64_t pauses_expired = 0;  // holds that ended because nothing renewed them
  std::uint64_t watchdog_dropped = 0;  // of dropped.queue
  // Traffic of others: frames that came, part of frames_generated, and those of them that were dropped.
  std::uint64_t frames_background = 0, background_dropped = 0;
  std::vector<Sample> samples;
  // in + duplicated + generated = out + dropped + absorbed + held
  bool is_conserved() const noexcept {
    return frames_in + frames_duplicated + frames_generated ==
           frames_out + dropped.total() + frames_absorbed + frames_held;
  }
};

// Something that happened to a link during the run.
struct LinkEvent {
  double at_seconds = 0;
  std::string link, direction;             // "west->east", or both
  std::string what;                        // "cut 50ms"
  std::optional<double> lag_seconds = {};  // live: how much later it was in force
};

// Time from posting a message to its last byte at the far side (flows: to its last acknowledgement).
struct Completion {
  double p50_seconds = 0, p99_seconds = 0, max_seconds = 0;
  std::uint64_t messages = 0;
};

struct FlowStatistics {
  std::string name;        // "west->east pair 0"
  double goodput_bps = 0;  // acknowledged payload / (last acknowledgement - first send)
  std::uint64_t sent = 0, retransmitted = 0, lost = 0, timeouts = 0;
  Completion completion;
  std::optional<double> goodput_error_bps = {};  // standard error over seeds, of which goodput_bps is the mean then
};

// How well a run in real time kept its time. Lags are actual minus due.
struct LiveStatistics {
  double lag_median_ns = 0, lag_p99_ns = 0, lag_max_ns = 0;  // of frames leaving an RNIC or the link
  double control_lag_p99_ns = 0;      // from an event to the RNIC having the request that follows from it
  double excess_delay_median_ns = 0;  // one-way time of a data frame beyond an empty path's: queues, and our own error
  double stolen_seconds = 0;          // pauses of the forwarding cores beyond max-lag, together
  double control_stolen_seconds = 0;  // the same of the thread that runs the workload
  double longest_gap_seconds = 0;     // of a forwarding core, between two looks at the clock
};

struct Statistics {
  std::string fabric = {};  // "flows"; empty: one that moves frames
  std::vector<LinkStatistics> links;
  std::vector<FlowStatistics> flows;
  std::vector<LinkEvent> events;  // in order of time, up to the end of the run
  Completion messages;
  std::uint64_t retransmitted = 0, timeouts = 0;
  std::uint64_t parity = 0, rebuilt = 0;  // erasure coding: packets sent for it, and data packets that it gave back
  std::uint64_t reconnects = 0;           // queue pairs opened in the place of one that had failed
  // Congestion control: notifications, and how often it lowered the rate of a queue pair.
  std::uint64_t cnps_sent = 0, cnps_received = 0, rate_cuts = 0;
  std::uint64_t data_frames = 0;  // delivered in order to the far RNIC, counted once, no ACKs
  double virtual_seconds = 0, wall_seconds = 0;
  std::uint32_t threads = 1;
  std::optional<LiveStatistics> live;  // none in virtual time
  bool is_valid = true;
  std::string why_invalid;
  std::optional<double> aborted_at_seconds;  // a queue pair failed, and the job does not reconnect; not valid then
};

}  // namespace farlink::fabric
