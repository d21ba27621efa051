// SPDX-License-Identifier: Apache-2.0
// The live clock against CLOCK_MONOTONIC. How exactly the two can be read together on this machine, now, is measured in
// the same run: the uncertainty of a pair of readings is half of what passes on the one clock while the other is read.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <ctime>
#include <thread>

#include "dataplane/dpdk/tsc_clock.hpp"

namespace farlink::dpdk {
namespace {

using units::Duration;
using units::Instant;

struct Reading {
  double clock = 0, monotonic = 0;  // seconds
  double uncertainty = 0;
};

double monotonic_seconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Of many attempts the one that nobody interrupted.
Reading read_both(const TscClock& clock) {
  Reading best;
  best.uncertainty = 1;
  for (int i = 0; i < 1'000; ++i) {
    const double before = clock.sample().seconds();
    const double monotonic = monotonic_seconds();
    const double after = clock.sample().seconds();
    if ((after - before) / 2 < best.uncertainty) best = {(before + after) / 2, monotonic, (after - before) / 2};
  }
  return best;
}

}  // namespace

TEST_CASE("the live clock runs as CLOCK_MONOTONIC does: within 20 ppm over two seconds") {
  const TscClock clock;
  const Reading begin = read_both(clock);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const Reading end = read_both(clock);
  const double elapsed = end.monotonic - begin.monotonic;
  const double noise_ppm = (begin.uncertainty + end.uncertainty) / elapsed * 1e6;
  const double error_ppm = ((end.clock - begin.clock) / elapsed - 1) * 1e6;
  INFO("error " << error_ppm << " ppm, of which reading may be " << noise_ppm << " ppm");
  CHECK(noise_ppm < 20);  // else this machine cannot tell
  CHECK(std::abs(error_ppm) <= 20 + noise_ppm);
  CHECK(std::abs(clock.drift_ppm() - error_ppm) <= 2 * noise_ppm + 1);  // what it says of itself
}

TEST_CASE("the live clock starts at zero, never goes back, and tells less than a microsecond apart") {
  const TscClock clock;
  Instant last = clock.sample();
  CHECK(last >= Instant{});
  CHECK(last < Instant::at(Duration::seconds(1)));
  Duration shortest = Duration::seconds(1);
  bool has_gone_back = false;
  for (int i = 0; i < 100'000; ++i) {
    const Instant now = clock.sample();
    has_gone_back = has_gone_back || now < last;
    if (now > last) shortest = std::min(shortest, now - last);
    last = now;
  }
  CHECK_FALSE(has_gone_back);
  CHECK(shortest < Duration::microseconds(1));
}

TEST_CASE("converting a counter value is loses nothing over a day") {
  const TscClock clock;
  const std::uint64_t now = rte_rdtsc();
  const double frequency = tsc_frequency();
  const auto day = static_cast<std::uint64_t>(frequency * 86'400);
  const double measured = (clock.at(now + day) - clock.at(now)).seconds();
  // The factor has 32 binary places: its rounding is at most 2^-33 of about 2^9 ps per tick, one part in 10^12.
  CHECK(std::abs(measured / (static_cast<double>(day) / frequency) - 1) < 1e-11);
}

}  // namespace farlink::dpdk
