// SPDX-License-Identifier: Apache-2.0
// What is measured on one lcore between two ports that recycle prepared RoCEv2 frames: loops that only receive and
// send, or also read and write one header line, and the full link.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/dpdk/eal.hpp"
#include "dataplane/dpdk/forwarder.hpp"
#include "dataplane/dpdk/ring_port.hpp"
#include "dataplane/link/lag_histogram.hpp"

namespace farlink::bench {

struct LivePoint {
  std::string loop;               // io, csum, link, poll
  std::uint32_t frame_bytes = 0;  // with FCS
  double kilometres = 0;
  double share = 1;      // of the highest rate that was asked for; 1: as many as go
  double mpps = 0;       // both directions summed
  double cpu_share = 1;  // of the wall time that the thread of the lcore had the CPU
  std::uint64_t circulating = 0;
  std::uint64_t frames_in_flight = 0;
  link::LagHistogram lag;       // link: release lag; poll: lag of a bare loop that looks at the clock
  units::Duration longest_gap;  // between two looks at the clock
  std::uint64_t lost = 0;       // unintended: no buffer, refused, unaccounted
};

struct LiveSetup {
  std::uint32_t frame_bytes = 64;  // with FCS
  double kilometres = 0;
  double loss = 1e-6;
  std::uint64_t circulating = 4'096;  // frames between the two ports
  double seconds = 1;
};

LivePoint measure_io(const LiveSetup& setup, unsigned lcore, bool touches_header);
LivePoint measure_link(const LiveSetup& setup, unsigned lcore, double paced_mpps = 0);
// A loop that does nothing but look at the clock, with due times at that rate.
LivePoint measure_polling(double mpps, double seconds, unsigned lcore);

}  // namespace farlink::bench
