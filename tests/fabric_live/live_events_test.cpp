// SPDX-License-Identifier: Apache-2.0
// Events of a live run: when each is published and what its lag is, exactly, at times of the test; then the lab with a
// cut, a loss and another delay, live beside virtual time.
#include "control/fabric_live/live_events.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/fabric_live/live_lab.hpp"

namespace farlink::fabric_live::test {
namespace {

using units::Duration;
using units::Instant;

constexpr Instant at_us(std::int64_t n) { return Instant::at(Duration::microseconds(n)); }

// Takes everything 3 us after it was told.
struct FakeLink {
  explicit FakeLink(const std::string& events)
      : live{fabric_packets::schedule_of(lab({"events=" + events}), {1, 1}),
             [this](const std::vector<link::DirectionConfig>& configs) {
               told.push_back(configs);
               return now + Duration::microseconds(3);
             }} {}
  FakeLink(const FakeLink&) = delete;
  FakeLink& operator=(const FakeLink&) = delete;
  void look(std::int64_t us) {
    now = at_us(us);
    live.apply_due(now);
  }

  Instant now;
  std::vector<std::vector<link::DirectionConfig>> told;
  LiveEvents live;
};

std::vector<double> lags_us(const LiveEvents& live) {
  std::vector<double> lags;
  for (const fabric::LinkEvent& event : live.happened()) lags.push_back(std::round(*event.lag_seconds * 1e7) / 10);
  return lags;
}

}  // namespace

TEST_CASE("an event is published when its time has come, and is as late as the link had it") {
  FakeLink link{
      "[{at: 10us, link: west-east, direction: west->east, cut: 20us}, "
      "{at: 30us, link: west-east, set: {loss: 1%}}]"};
  link.look(1'000);
  CHECK(link.told.empty());
  CHECK(link.live.happened().empty());
  link.live.arm(at_us(2'000));
  CHECK(link.live.is_armed());
  link.look(2'009);
  CHECK(link.told.empty());
  link.look(2'011);
  REQUIRE(link.told.size() == 1);
  REQUIRE(link.told[0].size() == 1);
  CHECK(link.told[0][0].direction == 0);
  CHECK(link.told[0][0].impairments.is_cut);
  link.look(2'029);
  CHECK(link.told.size() == 1);
  link.look(2'030);  // the cut ends in one direction, and both lose frames from then on: told together
  REQUIRE(link.told.size() == 2);
  REQUIRE(link.told[1].size() == 2);
  for (const link::DirectionConfig& config : link.told[1]) {
    CHECK_FALSE(config.impairments.is_cut);
    CHECK(config.impairments.loss == units::Probability::of(0.01));
  }
  REQUIRE(link.live.happened().size() == 3);
  const std::vector<fabric::LinkEvent>& events = link.live.happened();
  CHECK(events[0].what == "cut 20us");
  CHECK(events[0].direction == "west->east");
  CHECK(events[0].at_seconds == Approx(0.002010).epsilon(1e-12));
  CHECK(events[1].at_seconds == Approx(0.002030).epsilon(1e-12));
  CHECK(lags_us(link.live) == std::vector<double>{4, 3, 3});
  CHECK(link.live.largest_lag() == Duration::microseconds(4));
  link.look(3'600'000);
  CHECK(link.told.size() == 2);
}

TEST_CASE("who looks late finds everything that was due, each moment by itself and in order") {
  FakeLink link{
      "[{at: 10us, link: west-east, cut: 5us}, "
      "{at: 20us, link: west-east, ramp: {set: {delay: 1ms}, over: 30us, step: 10us}}]"};
  link.live.arm(Instant::start());
  link.look(100);
  REQUIRE(link.told.size() == 5);  // dark, light, and three steps
  CHECK(link.told[0][0].impairments.is_cut);
  CHECK_FALSE(link.told[1][0].impairments.is_cut);
  const link::DirectionConfig before = link.told[1][0];
  for (std::size_t step = 2; step < 5; ++step)
    CHECK(link.told[step][0].fibre.delay > link.told[step - 1][0].fibre.delay);
  CHECK(link.told[4][0].fibre.delay == Duration::milliseconds(1) + Duration::microseconds(10));
  CHECK(before.fibre.delay < Duration::microseconds(500));
  std::vector<std::string> words;
  for (const fabric::LinkEvent& event : link.live.happened()) words.push_back(event.what);
  CHECK(words == std::vector<std::string>{"cut 5us", "cut ends", "ramp delay=1ms over 30us", "ramp ends"});
  CHECK(lags_us(link.live) == std::vector<double>{93, 88, 80, 53});  // the beginning of a ramp changes nothing yet
}

TEST_CASE("events live are those of virtual time") {
  const LargerShare share;
  // 1 Gb/s, 0.5 ms each way, a window of 64 frames: a frame each 33 us. The cut outlasts the window, and one timeout of
  // 67 ms outlasts the cut. From 0.3 s on one frame in 200 is lost, from 0.4 s on 2 ms each way leave 16 frames a
  // millisecond of the 30.
  const scenario::Scenario scenario =
      lab({"workload.flows.stop-frames=12000", "links.west-east.loss=0", "dpdk.max-lag=1ms", "transport.nak=every-gap",
           "events=[{at: 100ms, link: west-east, cut: 50ms}, "
           "{at: 300ms, link: west-east, direction: west->east, set: {loss: 0.5%}}, "
           "{at: 400ms, link: west-east, set: {delay: 2ms}}]"});
  const fabric::Statistics expected = run_virtual(scenario);
  REQUIRE(expected.events.size() == 4);
  REQUIRE(expected.timeouts == 1);
  REQUIRE(expected.links.at(0).dropped.cut > 0);
  REQUIRE(expected.links[0].dropped.random > 0);
  constexpr double frames_per_second = 1e9 / 8 / 4178;
  constexpr double timeout_s = 4.096e-6 * (1 << 14);
  bool was_clean = false;
  for (int attempt = 0; attempt < 4 && !was_clean; ++attempt) {
    const fabric::Statistics live = run_live(scenario);
    double latest = 0;
    REQUIRE(live.events.size() == expected.events.size());
    for (std::size_t i = 0; i < live.events.size(); ++i) {
      CHECK(live.events[i].what == expected.events[i].what);
      CHECK(live.events[i].direction == expected.events[i].direction);
      CHECK(live.events[i].at_seconds == Approx(expected.events[i].at_seconds).epsilon(1e-12));
      REQUIRE(live.events[i].lag_seconds.has_value());
      CHECK(*live.events[i].lag_seconds >= 0);
      latest = std::max(latest, *live.events[i].lag_seconds);
    }
    // What the machine took from lcore and control thread, and how late events were for it.
    const double noise = live.live->stolen_seconds + live.live->control_stolen_seconds + latest;
    was_clean = noise < 0.002;
    INFO("attempt " << attempt << ": " << 1e3 * noise << " ms of noise, events at most " << 1e6 * latest << " us late, "
                    << live.why_invalid);
    require_no_defect(live);
    const auto near = [&](std::uint64_t got, std::uint64_t wanted, double margin) {
      CHECK(static_cast<double>(got) == Approx(static_cast<double>(wanted)).margin(margin));
    };
    // A frame more or less at either end of the cut, and what fell behind in the machine's pauses; never more than the
    // window, which is sent once while it lasts.
    const double frames_of_noise = noise * frames_per_second;
    near(live.links[0].dropped.cut, expected.links[0].dropped.cut, 3 + frames_of_noise);
    near(live.links[1].dropped.cut, expected.links[1].dropped.cut, 3 + frames_of_noise);
    CHECK(live.links[0].dropped.cut > 0);
    if (live.timeouts == 1) CHECK(live.links[0].dropped.cut <= 64);
    // Draws are those of the same ordinals, but where the loss began: four standard deviations of that many.
    near(live.links[0].dropped.random, expected.links[0].dropped.random,
         2 + 4 * std::sqrt(0.005 * (100 + frames_of_noise)));
    CHECK(live.links[0].dropped.total() == live.links[0].dropped.cut + live.links[0].dropped.random);
    CHECK(live.timeouts >= expected.timeouts);
    CHECK(static_cast<double>(live.timeouts - expected.timeouts) <= noise / timeout_s);
    // A pause may cost the time until the window is full again, too.
    const double tolerance = 0.03 + 3 * noise / expected.virtual_seconds;
    CHECK(live.virtual_seconds == Approx(expected.virtual_seconds).margin(tolerance * expected.virtual_seconds));
    CHECK(live.flows.at(0).goodput_bps ==
          Approx(expected.flows.at(0).goodput_bps).margin(tolerance * expected.flows[0].goodput_bps));
  }
  if (!was_clean) WARN("no run was left alone");
}

TEST_CASE("events live may count from the first frame") {
  const scenario::Scenario scenario =
      lab({"workload.flows.stop-frames=300", "armed=first-frame", "dpdk.max-lag=1ms",
           "events=[{at: 2ms, link: west-east, set: {loss: 0}}, {at: 1h, link: west-east, cut: 1s}]"});
  const fabric::Statistics live = run_live(scenario), expected = run_virtual(scenario);
  REQUIRE(live.events.size() == 1);
  REQUIRE(expected.events.size() == 1);
  // In virtual time the first frame enters the link when its RNIC has serialized it; live, when the port has it.
  CHECK(live.events[0].at_seconds >= expected.events[0].at_seconds - 1e-9);
  CHECK(live.events[0].at_seconds <= expected.events[0].at_seconds + 0.002 + live.live->stolen_seconds +
                                         live.live->control_stolen_seconds + 1e-9 * live.live->lag_max_ns);
}

TEST_CASE("an event that comes later than max-lag makes the run invalid") {
  const scenario::Scenario scenario = lab({"workload.flows.stop-frames=300", "dpdk.max-lag=1ns",
                                           "events=[{at: 2ms, link: west-east, set: {delay: 600us}}]"});
  const fabric::Statistics live = run_live(scenario);
  CHECK_FALSE(live.is_valid);
  CHECK(live.why_invalid.find("an event came later than max-lag, by ") != std::string::npos);
}

TEST_CASE("a live run that outlasts its faults is invalid") {
  const fabric::Statistics live = run_live(lab({"workload.flows.stop-frames=1000", "dpdk.max-lag=1ms",
                                                "links.west-east.faults={mtbf: 1ms, cut: 10us, until: 5ms}"}));
  CHECK_FALSE(live.is_valid);
  CHECK(live.why_invalid.find("set links.NAME.faults.until to more than") != std::string::npos);
  CHECK(live.events.size() >= 2);
}

}  // namespace farlink::fabric_live::test
