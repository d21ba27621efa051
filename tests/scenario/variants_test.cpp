// SPDX-License-Identifier: Apache-2.0
// The variants of the efficiency measurement: what each takes away, and what it leaves.
#include "control/scenario/variants.hpp"

#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

// Everything wrong at once, in both directions.
Scenario troubled() {
  return with_sets({"links.west-east.waves={count: 4, rate: 100gbit}", "links.west-east.jitter=1us",
                    "links.west-east.loss=1%", "links.west-east.burst-loss={loss: 1%, mean-burst: 5}",
                    "links.west-east.bit-error-rate=1e-12", "links.west-east.listed-loss=[{qp: 1}]",
                    "links.west-east.corrupt=1%", "links.west-east.duplicate=1%", "links.west-east.ce-mark=1%",
                    "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%}",
                    "links.west-east.lossless={pfc: off, buffer: 8MiB}",
                    "links.west-east.reverse={loss: 2%, delay: 3ms}", "transport.congestion-control=dcqcn"});
}

}  // namespace

TEST_CASE("without loss") {
  const Scenario before = troubled();
  const Scenario s = without_loss(before);
  for (const DirectionSettings& d : {s.links[0].forward, s.links[0].reverse}) {
    CHECK(d.loss.is_zero());
    CHECK(d.bit_error.is_zero());
    CHECK(d.corrupt.is_zero());
    CHECK(d.duplicate.is_zero());
    CHECK_FALSE(d.burst_loss.has_value());
    CHECK(d.listed_loss.empty());
    CHECK(d.ce_mark == Probability::of(0.01));
    CHECK(d.ecn.has_value());
    CHECK(d.jitter == Duration::microseconds(1));
    CHECK(d.rate == BitRate::gigabits(400));
  }
  CHECK(s.links[0].lossless == before.links[0].lossless);
  CHECK(without_loss(s) == s);
}

TEST_CASE("without congestion control: back-pressure, no marks and no rates") {
  const Scenario before = troubled();
  const Scenario s = without_congestion_control(before);
  CHECK(s.links[0].lossless ==
        Lossless{PfcMode::segmented, Bytes::mebi(8), Bytes::mebi(6), Bytes::mebi(4), Bytes::mebi(64)});
  for (const DirectionSettings& d : {s.links[0].forward, s.links[0].reverse}) {
    CHECK_FALSE(d.ecn.has_value());
    CHECK(d.ce_mark.is_zero());
    CHECK(d.burst_loss.has_value());
  }
  CHECK(s.links[0].reverse.loss == before.links[0].reverse.loss);
  CHECK(s.transport == base().transport);
}

TEST_CASE("without convergence: one wave at the access rate, buffers stay") {
  const Scenario before = troubled();
  const Scenario s = without_convergence(before);
  CHECK(s.links[0].waves == 1);
  CHECK(s.links[0].convergence == 1);
  CHECK(s.links[0].forward.rate == BitRate::gigabits(3200));
  CHECK(s.links[0].reverse.rate == BitRate::gigabits(3200));
  CHECK(s.links[0].lossless == before.links[0].lossless);
}

TEST_CASE("without distance: no fibre, no equipment, no jitter") {
  const Scenario s = without_distance(troubled());
  CHECK(s.links[0].distance == Distance{});
  for (const DirectionSettings& d : {s.links[0].forward, s.links[0].reverse}) {
    CHECK(d.delay == Duration::zero());
    CHECK(d.equipment_delay == Duration::zero());
    CHECK(d.jitter == Duration::zero());
    CHECK_FALSE(d.loss.is_zero());
  }
  CHECK_FALSE(without_distance(with_sets({"links.west-east.delay=1ms"})).links[0].distance.has_value());
}

TEST_CASE("single site is the four together, and has nothing left to take away") {
  const Scenario s = single_site(troubled());
  CHECK(s == without_loss(without_congestion_control(without_convergence(without_distance(troubled())))));
  DirectionSettings clean;
  clean.rate = BitRate::gigabits(3200);
  clean.medium = troubled().links[0].forward.medium;
  CHECK(s.links[0].forward == clean);
  CHECK(s.links[0].reverse == s.links[0].forward);
  CHECK(s.sites == troubled().sites);
  CHECK(s.transport == base().transport);
  CHECK(s.workload == troubled().workload);
  for (const auto variant :
       {without_loss, without_congestion_control, without_convergence, without_distance, single_site}) {
    CHECK(variant(s) == s);
  }
}

TEST_CASE("a rung that changes nothing is equal to its scenario") {
  const Scenario s = base();
  CHECK(without_loss(s) == s);
  CHECK(without_congestion_control(s) == s);
  CHECK_FALSE(without_convergence(s) == s);
  CHECK_FALSE(without_distance(s) == s);
}

}  // namespace farlink::scenario
