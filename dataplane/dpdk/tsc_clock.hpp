// SPDX-License-Identifier: Apache-2.0
// The live clock: the CPU's time stamp counter as picoseconds since the clock was made, and how far it has drifted from
// CLOCK_MONOTONIC. Sampling is one instruction and one multiplication.
#pragma once

#include <cstdint>
#include <ctime>
#include <rte_cycles.h>

#include "dataplane/units/time.hpp"

namespace farlink::dpdk {

class TscClock {
 public:
  TscClock() noexcept
      : picoseconds_per_tick_{static_cast<std::uint64_t>(1e12 / static_cast<double>(rte_get_tsc_hz()) * fixed_point)},
        zero_tsc_{rte_rdtsc_precise()},
        zero_monotonic_ns_{monotonic_ns()} {}

  units::Instant sample() const noexcept { return at(rte_rdtsc()); }

  units::Instant at(std::uint64_t tsc) const noexcept {
    const auto product = static_cast<unsigned __int128>(tsc - zero_tsc_) * picoseconds_per_tick_;
    return units::Instant::at(units::Duration::picoseconds(static_cast<std::int64_t>(product >> shift)));
  }

  // Parts per million by which this clock has run fast since it was made; within the first second 0, since reading the
  // two clocks one behind the other is not exact enough.
  double drift_ppm() const noexcept {
    const double elapsed = static_cast<double>(monotonic_ns() - zero_monotonic_ns_) * 1e-9;
    return elapsed < 1 ? 0 : (sample().seconds() / elapsed - 1) * 1e6;
  }

 private:
  static constexpr int shift = 32;
  static constexpr double fixed_point = 4294967296.0;

  static std::int64_t monotonic_ns() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }

  std::uint64_t picoseconds_per_tick_;
  std::uint64_t zero_tsc_;
  std::int64_t zero_monotonic_ns_;
};

}  // namespace farlink::dpdk
