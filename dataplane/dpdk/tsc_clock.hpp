// SPDX-License-Identifier: Apache-2.0
// The live clock: the CPU's time stamp counter as picoseconds since the clock was made, and how far it has drifted from
// CLOCK_MONOTONIC. Sampling is one instruction and one multiplication. The frequency is measured here: DPDK's own
// figure is rounded to 10 MHz where the CPU does not tell it, which would make a delay of 5 ms wrong by microseconds.
#pragma once

#include <cmath>
#include <cstdint>
#include <rte_atomic.h>
#include <rte_cycles.h>

#include "dataplane/units/time.hpp"

namespace farlink::dpdk {

// Both clocks at one moment, as exactly as they can be read together.
struct ClockPair {
  std::uint64_t tsc = 0;
  std::int64_t monotonic_ns = 0;
};
ClockPair read_clocks() noexcept;

// Ticks per second against CLOCK_MONOTONIC, to about 1 ppm. Measured once in a process, over a quarter of a second.
double tsc_frequency();

class TscClock {
 public:
  TscClock()
      : picoseconds_per_tick_{static_cast<std::uint64_t>(std::llround(1e12 / tsc_frequency() * fixed_point))},
        zero_{read_clocks()} {}

  units::Instant sample() const noexcept { return at(rte_rdtsc()); }
  // No earlier than what was read before the call. A CPU may read its counter while the loads in front of it wait for
  // their cache line: frames seen by such a load were stamped with a time before they came.
  units::Instant sample_after_loads() const noexcept {
    rte_rmb();
    return sample();
  }

  units::Instant at(std::uint64_t tsc) const noexcept {
    const auto product = static_cast<unsigned __int128>(tsc - zero_.tsc) * picoseconds_per_tick_;
    return units::Instant::at(units::Duration::picoseconds(static_cast<std::int64_t>(product >> shift)));
  }

  // Parts per million by which this clock has run fast since it was made.
  double drift_ppm() const noexcept {
    const ClockPair now = read_clocks();
    const double elapsed = static_cast<double>(now.monotonic_ns - zero_.monotonic_ns) * 1e-9;
    return elapsed <= 0 ? 0 : (at(now.tsc).seconds() / elapsed - 1) * 1e6;
  }

 private:
  static constexpr int shift = 32;
  static constexpr double fixed_point = 4294967296.0;

  std::uint64_t picoseconds_per_tick_;
  ClockPair zero_;
};

}  // namespace farlink::dpdk
