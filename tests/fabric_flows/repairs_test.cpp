// SPDX-License-Identifier: Apache-2.0
// What losses cost a long stream of one queue pair, against the closed forms; times are packets on the line.
#include "control/fabric_flows/repairs.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace {

using namespace farlink;
using fabric_flows::RecoverySettings;
using fabric_flows::Repair;
using fabric_flows::repair;
using fabric_flows::Sending;

// Share of the time in which the stream gets on: messages of 1,000 packets, one behind the other.
double progress(const RecoverySettings& settings, double round_trip, double loss, int messages) {
  std::vector<double> blocked(1);
  const units::Draws draws{1, 1};
  std::uint64_t ordinal = 0;
  double start = 0, carried = 0;
  for (int i = 0; i < messages; ++i) {
    const Sending sending{.start = start,
                          .end = start + 1'000 + carried,
                          .round_trip = round_trip,
                          .packets = 1'000,
                          .loss = loss,
                          .is_followed = true};
    const Repair found = repair(settings, sending, blocked, draws, ordinal);
    start = sending.end + found.resent_now;
    carried = found.resent_later;
  }
  return 1'000.0 * messages / start;
}

}  // namespace

TEST_CASE("without loss nothing is to repair") {
  std::vector<double> blocked(8);
  std::uint64_t ordinal = 0;
  const Repair found = repair(RecoverySettings{}, {.end = 100, .round_trip = 1'000, .packets = 100}, blocked,
                              units::Draws{1, 1}, ordinal);
  CHECK(found.lost == 0);
  CHECK(found.resent_now == 0);
  CHECK(found.ready == 0);
}

TEST_CASE("go-back-N, a NAK for every gap: (1 - p) / (1 + p (W + 1))") {
  const auto [w, p] = GENERATE(table<double, double>({{300, 1e-4}, {300, 1e-3}, {3'000, 1e-5}, {3'000, 1e-4}}));
  const double expected = (1 - p) / (1 + p * (w + 1));
  INFO("W " << w << ", p " << p);
  CHECK(progress({.naks_again = true, .timeout = 2e5, .window = 1e9}, w, p, 20'000) == Approx(expected).epsilon(0.03));
}

TEST_CASE("go-back-N, one NAK for each gap: 1 / (1 + p (W + 2) + p^2 (RTO + 1) / (1 - p))") {
  const double w = 300, p = 1e-3, timeout = 2e5;
  const double expected = 1 / (1 + p * (w + 2) + p * p * (timeout + 1) / (1 - p));
  CHECK(progress({.timeout = timeout, .window = 1e9}, w, p, 400'000) == Approx(expected).epsilon(0.04));
}

TEST_CASE("selective repeat stands still only where its window is used up") {
  const double w = 1'000, p = 1e-4;
  CHECK(progress({.is_selective = true, .timeout = 2e5, .window = 3 * w}, w, p, 5'000) > 0.999);
  // One round trip of window: (2 - 1) round trips lost in each in which there is a loss.
  const double in_a_round_trip = 1 - std::pow(1 - p, w);
  CHECK(progress({.is_selective = true, .timeout = 2e5, .window = w}, w, p, 5'000) ==
        Approx(1 / (1 + in_a_round_trip)).epsilon(0.05));
}

// The very last packet is lost, and nothing follows.
TEST_CASE("a loss that nothing tells of is left to the timer, or to the next message") {
  const RecoverySettings settings{.timeout = 2e5, .window = 1e9};
  std::vector<double> blocked(1);
  std::uint64_t ordinal = 0;
  int untold = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double start = i * 1e7;
    const Repair found =
        repair(settings, {.start = start, .end = start + 100, .round_trip = 1, .packets = 100, .loss = 1e-3}, blocked,
               units::Draws{1, 2}, ordinal);
    untold += static_cast<int>(found.untold.size());
  }
  CHECK(untold == Approx(20).margin(14));  // 20,000 x 1e-3, three standard deviations
}
