// SPDX-License-Identifier: Apache-2.0
// How slow this machine is right now for a loop that waits awake and then handles a frame: what neighbours take of its
// caches and memory is nowhere counted as stolen, and moves such a loop by microseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace farlink::test {

// Median time, in nanoseconds, of 64 updates of memory at random places of 4 MiB, made once in a millisecond that is
// waited for awake. 1,100 were seen on a virtual machine that was left alone, 4,000 to 5,000 beside busy neighbours.
inline double cold_work_ns(int rounds = 100) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t size = 1 << 22;
  std::vector<unsigned char> memory(size, 1);
  std::vector<double> times;
  std::uint64_t place = 1;
  for (Clock::time_point next = Clock::now(); static_cast<int>(times.size()) < rounds;
       next += std::chrono::milliseconds(1)) {
    while (Clock::now() < next) {
    }
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < 64; ++i) {
      place = place * 6364136223846793005U + 1442695040888963407U;
      ++memory[(place >> 20U) % size];
    }
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  [[maybe_unused]] static volatile unsigned char kept;  // or the compiler leaves the work out
  kept = memory[place % size];
  return times[static_cast<std::size_t>(rounds) / 2];
}

}  // namespace farlink::test
