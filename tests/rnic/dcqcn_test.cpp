// SPDX-License-Identifier: Apache-2.0
// DCQCN's reaction point against the paper's rules and oracle O13: how long a cut takes to heal.
#include "dataplane/rnic/congestion/dcqcn.hpp"

#include <catch2/catch.hpp>

namespace farlink {
namespace {

using rnic::Dcqcn;
using rnic::DcqcnConfig;
using units::BitRate;
using units::Bytes;
using units::Duration;
using units::Instant;

constexpr BitRate line = BitRate::gigabits(100);

// ConnectX defaults: physics as of the vendor's configuration guide.
DcqcnConfig connectx() {
  DcqcnConfig config;
  config.g = 5.0 / 1024;
  config.alpha_timer = Duration::microseconds(1);
  config.decrease_interval = Duration::microseconds(4);
  config.increase_timer = Duration::microseconds(300);
  config.fast_recovery_steps = 1;
  config.additive_increase = BitRate::megabits(5);
  config.hyper_increase = BitRate::megabits(50);
  return config;
}

Instant at(Duration since) { return Instant::at(since); }

// Fires timers until the rate has reached `share` of the line; returns when.
Duration healed(Dcqcn& dcqcn, double share) {
  Instant now;
  while (static_cast<double>(dcqcn.rate().bits_per_second()) < share * 1e11) {
    now = dcqcn.next_timer();
    REQUIRE(now != Instant::never());
    dcqcn.on_timer(now);
  }
  return now.since_start();
}

TEST_CASE("O13: one cut to half heals to 99 % in six periods", "[rnic]") {
  const DcqcnConfig config = connectx();
  Dcqcn dcqcn{config, line};
  CHECK(dcqcn.next_timer() == Instant::never());
  dcqcn.on_cnp(Instant{});
  CHECK(dcqcn.rate() == BitRate::gigabits(50));  // alpha is 1
  CHECK(healed(dcqcn, 0.99) == Duration::microseconds(1'800));
}

TEST_CASE("O13: from 25 Gb/s with a target of 50 Gb/s it takes 0.295 s", "[rnic]") {
  const DcqcnConfig config = connectx();
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  dcqcn.on_cnp(at(Duration::microseconds(4)));  // alpha 1 still: one decay of four periods is 2 %
  CHECK(dcqcn.target_bps() == Approx(5e10));
  CHECK(healed(dcqcn, 0.99).seconds() == Approx(0.295).epsilon(0.05));
}

TEST_CASE("O13: with the paper's constants the same takes 0.068 s", "[rnic]") {
  DcqcnConfig config;
  config.g = 1.0 / 256;
  config.fast_recovery_steps = 1;
  config.hyper_increase = config.additive_increase;  // additive alone
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  dcqcn.on_cnp(at(Duration::microseconds(50)));
  CHECK(dcqcn.target_bps() == Approx(5e10));
  CHECK(healed(dcqcn, 0.99).seconds() == Approx(0.068).epsilon(0.05));
}

TEST_CASE("CNPs within the interval of a cut do nothing", "[rnic]") {
  const DcqcnConfig config;
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  dcqcn.on_cnp(at(Duration::microseconds(49)));
  CHECK(dcqcn.cuts() == 1);
  CHECK(dcqcn.rate() == BitRate::gigabits(50));
  dcqcn.on_cnp(at(Duration::microseconds(50)));
  CHECK(dcqcn.cuts() == 2);
}

TEST_CASE("alpha forgets while no CNP comes, also at the line's rate", "[rnic]") {
  const DcqcnConfig config;
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  CHECK(dcqcn.alpha() == Approx(1));
  // 1000 periods of 55 us: (255/256)^1000 is 2 %. The next cut is half of that.
  while (dcqcn.next_timer() < at(Duration::microseconds(55'000))) dcqcn.on_timer(dcqcn.next_timer());
  const double before = static_cast<double>(dcqcn.rate().bits_per_second());
  dcqcn.on_cnp(at(Duration::microseconds(55'000)));
  CHECK(static_cast<double>(dcqcn.rate().bits_per_second()) == Approx(before * (1 - 0.01997 / 2)).epsilon(1e-3));
}

TEST_CASE("no cut is deeper than the largest, and no rate below the least", "[rnic]") {
  DcqcnConfig config = connectx();
  config.largest_cut = 0.2;
  config.least_rate = BitRate::gigabits(10);
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  CHECK(dcqcn.rate() == BitRate::gigabits(80));
  for (int i = 1; i < 100; ++i) dcqcn.on_cnp(at(Duration::microseconds(4 * i)));
  CHECK(dcqcn.rate() == BitRate::gigabits(10));
}

TEST_CASE("a target that is not clamped stays until something was raised", "[rnic]") {
  DcqcnConfig config = connectx();
  config.clamps_target = false;
  Dcqcn dcqcn{config, line};
  for (int i = 0; i < 5; ++i) dcqcn.on_cnp(at(Duration::microseconds(4 * i)));
  CHECK(dcqcn.target_bps() == Approx(1e11));
  dcqcn.on_timer(dcqcn.next_timer());
  const double raised = static_cast<double>(dcqcn.rate().bits_per_second());
  dcqcn.on_cnp(at(Duration::microseconds(400)));
  CHECK(dcqcn.target_bps() == Approx(raised));
}

TEST_CASE("the byte counter raises the rate as the timer does, and both together go further", "[rnic]") {
  DcqcnConfig config;
  config.byte_counter = Bytes{10'000'000};
  Dcqcn dcqcn{config, line};
  dcqcn.on_cnp(Instant{});
  // Five steps of fast recovery by bytes alone: 50 -> 75 -> 87.5 -> ... of 100.
  for (int i = 0; i < 10'000; ++i) dcqcn.on_sent(5'000);
  CHECK(static_cast<double>(dcqcn.rate().bits_per_second()) == Approx(1e11 * (1 - 0.5 / 32)));
  dcqcn.on_cnp(at(Duration::microseconds(100)));
  const double cut = static_cast<double>(dcqcn.rate().bits_per_second());
  for (int i = 0; i < 1'999; ++i) dcqcn.on_sent(5'000);
  CHECK(static_cast<double>(dcqcn.rate().bits_per_second()) == cut);  // one packet is missing
  dcqcn.on_sent(5'000);
  CHECK(static_cast<double>(dcqcn.rate().bits_per_second()) > cut);
}

}  // namespace
}  // namespace farlink
