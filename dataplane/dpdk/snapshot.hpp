// SPDX-License-Identifier: Apache-2.0
// What a running dataplane tells about itself: plain copies of counters that each have one writer. Control reads these;
// nothing here needs DPDK's headers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/link/config.hpp"
#include "dataplane/link/counters.hpp"
#include "dataplane/link/lag_histogram.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::dpdk {

struct PortCounters {
  std::uint64_t received = 0, received_bytes = 0;  // frames taken from the port, without FCS
  std::uint64_t sent = 0, sent_bytes = 0;
  std::uint64_t missed = 0;      // lost by the port before we could take them
  std::uint64_t no_mbuf = 0;     // lost by the port for want of buffers
  std::uint64_t errors = 0;      // received damaged, as the port says
  std::uint64_t refused = 0;     // exits that the port did not take although its link was up; lost
  std::uint64_t unsent = 0;      // exits that the port took, and could not send, as it says; lost, and sent too
  std::uint64_t behind = 0;      // exits that reached a NIC that schedules them after their time
  std::uint64_t down = 0;        // exits to a port whose link was down; lost
  std::uint64_t runts = 0;       // shorter than an Ethernet header; dropped
  std::uint64_t too_long = 0;    // longer than the far site's ports can send; dropped
  std::uint64_t unroutable = 0;  // for a site that no link leads to; dropped
  std::uint64_t filtered = 0;    // for an address behind the same port, or with nowhere to go; dropped
  std::uint64_t local = 0;       // sent to another port of the same site without crossing a link
  std::uint64_t flooded = 0;     // further copies for unknown and group addresses
  std::uint64_t pause_received = 0, pause_sent = 0;  // PFC and pause frames, absorbed here
};

struct PortSnapshot {
  std::string name;    // west-0
  std::string site;    // west
  std::string device;  // as in the scenario
  std::string driver;  // net_vhost
  bool is_up = false;
  std::uint32_t link_changes = 0;   // up to down or down to up
  std::uint32_t largest_frame = 0;  // bytes without FCS
  bool hands_over_pause = false;    // PFC frames reach software
  bool is_scheduled = false;        // the NIC holds each frame until its time
  PortCounters counters;
};

struct DirectionSnapshot {
  std::uint32_t link = 0, direction = 0;
  std::string from, to;  // sites
  link::NearCounters near;
  link::FarCounters far;
  std::uint64_t generated = 0;  // copies of group-addressed frames, one for each further exit port
  std::uint64_t held = 0;       // frames inside
  std::uint64_t near_queue_bytes = 0, far_queue_bytes = 0;
  link::DirectionConfig config;  // adopted
  link::LagHistogram lag;        // release: actual minus due
  std::uint64_t late = 0;        // released later than the scenario's max-lag
  std::uint64_t no_frame = 0;    // found no room in the link's own pool; lost
  std::uint64_t capture_missed = 0;
};

struct WorkerSnapshot {
  unsigned lcore = 0;
  std::string does;  // "west->east, east->west"
  std::uint64_t iterations = 0, busy_iterations = 0;
  units::Duration cpu_time;     // that the lcore's thread has had, since it began
  units::Duration longest_gap;  // between two looks at the clock
  units::Duration stolen;       // sum of the gaps beyond max-lag
  std::uint64_t gaps = 0;       // how many of them
};

struct Snapshot {
  units::Instant now;          // on the dataplane's clock
  double clock_drift_ppm = 0;  // TSC against CLOCK_MONOTONIC since start
  std::uint64_t mbufs = 0, mbufs_free = 0;
  std::vector<PortSnapshot> ports;
  std::vector<DirectionSnapshot> directions;
  std::vector<WorkerSnapshot> workers;
  std::vector<std::string> why_invalid;  // empty: what was measured can be trusted
  bool is_conserved = true;  // received + copies = sent + dropped by cause + held, over all ports and directions
};

}  // namespace farlink::dpdk
