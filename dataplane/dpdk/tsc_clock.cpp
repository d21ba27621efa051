// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/tsc_clock.hpp"

#include <chrono>
#include <ctime>
#include <limits>
#include <thread>

namespace farlink::dpdk {

// Of several readings the one between whose two counter values the least time lies: nobody interrupted it.
ClockPair read_clocks() noexcept {
  constexpr int attempts = 32;
  ClockPair best;
  std::uint64_t narrowest = std::numeric_limits<std::uint64_t>::max();
  for (int i = 0; i < attempts; ++i) {
    timespec time{};
    const std::uint64_t before = rte_rdtsc_precise();
    clock_gettime(CLOCK_MONOTONIC, &time);
    const std::uint64_t after = rte_rdtsc_precise();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = {before + (after - before) / 2, std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec};
  }
  return best;
}

double tsc_frequency() {
  static const double frequency = [] {
    const ClockPair begin = read_clocks();
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    const ClockPair end = read_clocks();
    return static_cast<double>(end.tsc - begin.tsc) * 1e9 / static_cast<double>(end.monotonic_ns - begin.monotonic_ns);
  }();
  return frequency;
}

}  // namespace farlink::dpdk
