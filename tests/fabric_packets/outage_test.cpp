// SPDX-License-Identifier: Apache-2.0
// Outages in the middle of a training step: the job goes on or says why not, every frame is accounted for, and the
// lost points stand under loss.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "control/fabric_packets/faults.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/goodput/interruptions.hpp"
#include "control/scenario/parse.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

report::Result measure(const std::vector<std::string>& sets, bool attribution = false) {
  const std::string text =
      "farlink: 1\nname: outage\nsites: {west: {gpus: 4, nic: 100gbit}, east: {gpus: 4, nic: 100gbit}}\nlinks:\n"
      "  west-east: {between: [west, east], distance: 100km, convergence: 2}\n"
      "transport: {ack-timeout: 14}\n"
      "workload:\n  model: {layers: 4, hidden: 1024, heads: 16, vocabulary: 32000, sequence: 512, global-batch: 32}\n"
      "  parallelism: {tensor: 2, pipeline: 1, data: 4, across-sites: data, overlap: none}\n"
      "run: {steps: 2, warmup: 1}\n";
  return test::measured(text, sets, attribution);
}

// In the middle of what the second step has on the link.
std::string cut(const std::string& length) {
  static const std::string at = [] {
    const report::Result plain = measure({});
    const auto& steps = plain.across_sites.steps;
    return std::to_string(std::lround((steps.at(0) + 0.8 * steps.at(1)) * 1e6)) + "us";
  }();
  return "events=[{at: " + at + ", link: west-east, cut: " + length + "}]";
}

void check_counts(const report::Result& result) {
  const fabric::Statistics& fabric = result.across_sites.fabric;
  REQUIRE(fabric.links.size() == 2);
  std::uint64_t lost = 0;
  for (const fabric::LinkStatistics& link : fabric.links) {
    CHECK(link.is_conserved());
    CHECK(link.dropped.total() == link.dropped.cut);
    lost += link.dropped.cut;
  }
  CHECK(lost > 0);
  CHECK(fabric.retransmitted > 0);
}

}  // namespace

TEST_CASE("a cut in the middle of a training step costs what its recovery takes, and nothing is stuck") {
  const report::Result plain = measure({});
  REQUIRE(plain.is_valid);
  double before = plain.across_sites.step_seconds;
  for (const std::string length : {"50ms", "100ms", "1s"}) {
    const report::Result result = measure({cut(length), "transport.retry=endless"});
    INFO(length << ": " << result.why_invalid);
    REQUIRE(result.is_valid);
    check_counts(result);
    CHECK(result.single_site.step_seconds == plain.single_site.step_seconds);
    CHECK(result.across_sites.step_seconds > before + 0.01);
    before = result.across_sites.step_seconds;
    CHECK(result.across_sites.fabric.events.size() == 2);
    CHECK(result.across_sites.fabric.messages.messages == plain.across_sites.fabric.messages.messages);
  }
  // A second without light and no timer later than 67 ms behind it.
  CHECK(before - plain.across_sites.step_seconds == Approx(1.0).margin(0.1));
}

TEST_CASE("a cut longer than all retries ends the job, and the sentence says who, when and why") {
  const report::Result result = measure({cut("1s")});
  CHECK_FALSE(result.is_valid);
  CHECK_FALSE(result.efficiency.has_value());
  INFO(result.why_invalid);
  CHECK(result.why_invalid.find("queue pair ") != std::string::npos);
  CHECK(result.why_invalid.find(" from rank ") != std::string::npos);
  CHECK(result.why_invalid.find(" failed at ") != std::string::npos);
  CHECK(result.why_invalid.find("nothing acknowledged after 8 timeouts of 67.108864ms; see transport.retry, "
                                "transport.ack-timeout and transport.on-error") != std::string::npos);
}

TEST_CASE("or the job opens new queue pairs, sends again, and delivers everything once") {
  const report::Result plain = measure({});
  const report::Result result = measure({cut("1s"), "transport.on-error=reconnect", "transport.reconnect-after=1s"});
  INFO(result.why_invalid);
  REQUIRE(result.is_valid);
  check_counts(result);
  const fabric::Statistics& fabric = result.across_sites.fabric;
  CHECK(fabric.reconnects > 0);
  CHECK(fabric.messages.messages == plain.across_sites.fabric.messages.messages);
  // Eight timeouts of 67 ms, and a second until the new queue pair.
  CHECK(result.across_sites.step_seconds - plain.across_sites.step_seconds == Approx(8 * 0.0671 + 1).margin(0.1));
}

TEST_CASE("what a cut costs stands under loss, and what a longer way costs under distance") {
  const report::Result result = measure({cut("50ms"), "transport.retry=endless"}, true);
  REQUIRE(result.is_valid);
  double sum = 0;
  for (const report::Attribution& a : result.attribution) sum += a.points;
  CHECK(sum == Approx(100 * (1 - *result.efficiency)));
  CHECK(result.attribution.at(0).cause == "loss");
  const double taken = 100 * (*measure({}).efficiency - *result.efficiency);
  CHECK(result.attribution[0].points == Approx(taken).margin(0.01));

  const report::Result longer =
      measure({"events=[{at: 1us, link: west-east, set: {distance: 1000km}}]", "links.west-east.distance=1km"}, true);
  REQUIRE(longer.is_valid);
  CHECK(longer.attribution[0].points == 0);
  CHECK(longer.attribution.at(3).cause == "distance");
  CHECK(longer.attribution[3].points > 5);
}

namespace {

double timer(int exponent) { return 4.096e-6 * static_cast<double>(1U << exponent); }

// Every window is full, or everything has been sent, long before the light is back: then nothing follows the gap, and
// the first timer that ends behind the cut is what mends it.
double first_timer_after(double cut, int exponent) { return std::ceil(cut / timer(exponent)) * timer(exponent); }

std::vector<std::string> transport(int exponent, const std::string& retransmission) {
  return {"transport.ack-timeout=" + std::to_string(exponent), "transport.retransmission=" + retransmission};
}

std::vector<std::string> with(std::vector<std::string> sets, const std::vector<std::string>& more) {
  sets.insert(sets.end(), more.begin(), more.end());
  return sets;
}

}  // namespace

TEST_CASE("oracle O22 for a job: every transport stalls until its first timer that finds light, and no longer") {
  const auto [exponent, retransmission] = GENERATE(table<int, std::string>(
      {{14, "go-back-n"}, {14, "selective-repeat"}, {20, "go-back-n"}, {20, "selective-repeat"}}));
  const auto sets = transport(exponent, retransmission);
  const report::Result plain = measure(sets);
  for (const auto& [length, seconds] : {std::pair{"50ms", 0.05}, {"100ms", 0.1}, {"1s", 1.0}}) {
    const report::Result result = measure(with(sets, {cut(length), "transport.retry=endless"}));
    INFO(retransmission << ", n = " << exponent << ", " << length << ": " << result.why_invalid);
    REQUIRE(result.is_valid);
    check_counts(result);
    const double stall = result.across_sites.step_seconds - plain.across_sites.step_seconds;
    CHECK(stall == Approx(first_timer_after(seconds, exponent)).epsilon(0.05));
    CHECK(result.across_sites.fabric.messages.messages == plain.across_sites.fabric.messages.messages);
  }
}

TEST_CASE("oracle O22: the fate of the job is as configured, for every transport") {
  const std::string retransmission = GENERATE("go-back-n", "selective-repeat");
  const auto sets = transport(14, retransmission);
  const report::Result plain = measure(sets);
  INFO(retransmission);
  // Eight timers outlast 100 ms, and not a second.
  CHECK(measure(with(sets, {cut("100ms")})).is_valid);
  const report::Result aborted = measure(with(sets, {cut("1s")}));
  CHECK_FALSE(aborted.is_valid);
  CHECK(aborted.why_invalid.find("nothing acknowledged after 8 timeouts of 67.108864ms") != std::string::npos);
  for (const fabric::LinkStatistics& link : aborted.across_sites.fabric.links) CHECK(link.is_conserved());
  const double failed_after =
      aborted.across_sites.fabric.virtual_seconds - aborted.across_sites.fabric.events.at(0).at_seconds;
  CHECK(failed_after == Approx(8 * timer(14)).epsilon(0.05));
  const report::Result again = measure(with(sets, {cut("1s"), "transport.on-error=reconnect"}));
  INFO(again.why_invalid);
  REQUIRE(again.is_valid);
  check_counts(again);
  CHECK(again.across_sites.fabric.reconnects > 0);
  CHECK(again.across_sites.step_seconds - plain.across_sites.step_seconds == Approx(8 * timer(14) + 1).epsilon(0.05));
  // Eight timers of 4.3 s outlast everything.
  CHECK(measure(with(transport(20, retransmission), {cut("1s")})).is_valid);
}

TEST_CASE("the adaptive timer finds the light earlier, and fails no later than the plain one") {
  const std::vector<std::string> sets{"transport.adaptive-timer=10"};
  const report::Result plain = measure(sets);
  const report::Result result = measure(with(sets, {cut("50ms")}));
  REQUIRE(result.is_valid);
  check_counts(result);
  // 4.2, 8.4, 16.8 and 33.6 ms: the fourth ends after 62.9.
  CHECK(result.across_sites.step_seconds - plain.across_sites.step_seconds == Approx(15 * timer(10)).epsilon(0.05));
  const report::Result aborted = measure(with(sets, {cut("1s")}));
  CHECK_FALSE(aborted.is_valid);
  CHECK(aborted.why_invalid.find("nothing acknowledged for 536.870912ms; see transport.retry") != std::string::npos);
  CHECK(aborted.across_sites.fabric.virtual_seconds - aborted.across_sites.fabric.events.at(0).at_seconds ==
        Approx(8 * timer(14)).epsilon(0.05));
}
TEST_CASE("hours of training: what a cut does to a step is what a run with that cut shows") {
  const std::string slow = "workload.gpu.flops=10tflops";  // computes for longer than a cut lasts
  const std::vector<std::string> hours{"run.steps=3", slow, "run.duration=24h",
                                       "run.checkpoint={every: 30min, write: 60s, restart: 5min}", "run.mtbf=12h"};
  const auto with = [](std::vector<std::string> sets, const std::vector<std::string>& more) {
    sets.insert(sets.end(), more.begin(), more.end());
    return sets;
  };
  const report::Result plain = measure({"run.steps=3", slow});
  const auto& steps = plain.across_sites.steps;
  const auto length = [](const report::Result& result) {
    return std::accumulate(result.across_sites.steps.begin(), result.across_sites.steps.end(), 0.0);
  };

  const report::Result result = measure(with(hours, {"links.west-east.faults={mtbf: 2h, cut: 50ms}"}));
  REQUIRE(result.is_valid);
  REQUIRE(result.goodput);
  CHECK(result.across_sites.steps == steps);  // no fault comes in the run of three steps
  CHECK(result.across_sites.fabric.events.empty());
  REQUIRE(result.goodput->effects.size() == 1);
  const auto& effects = result.goodput->effects[0];
  CHECK(effects.cut_seconds == Approx(0.05));
  REQUIRE(effects.moments.size() == 8);
  double share = 0, longest = 0;
  for (const auto& moment : effects.moments) {
    CHECK_FALSE(moment.aborts);
    share += moment.share;
    longest = std::max(longest, moment.seconds);
  }
  const auto delay_of_cut_at = [&](double moment) {
    const auto at = std::lround((steps.at(0) + moment * steps.at(1)) * 1e6);
    return length(measure(
               {"run.steps=3", slow, "events=[{at: " + std::to_string(at) + "us, link: west-east, cut: 50ms}]"})) -
           length(plain);
  };
  for (const std::size_t i : {0U, 5U, 7U})
    CHECK(effects.moments[i].seconds == Approx(delay_of_cut_at(effects.moments[i].moment)).margin(1e-11));
  CHECK(longest > 0.01);
  // The exchange of gradients is at the end of a step: before it, and for what a cut lasts, nothing can be hit.
  CHECK(share < 0.5);
  CHECK(effects.moments[0].moment > 0.05);
  CHECK(delay_of_cut_at(0.01) == Approx(0).margin(1e-11));
  CHECK(result.goodput->failures == Approx(2).margin(0.2));
  CHECK(result.goodput->aborts == 0);

  // Light for longer than eight timeouts of 67 ms is gone: the job aborts, and works the hour again.
  const report::Result aborted = measure(with(hours, {"links.west-east.faults={mtbf: 2h, cut: 1s}"}));
  REQUIRE(aborted.is_valid);
  REQUIRE(aborted.goodput);
  const auto& long_cut = aborted.goodput->effects.at(0).moments.at(7);
  CHECK(long_cut.aborts);
  CHECK(long_cut.seconds == Approx(8 * 0.067108864).margin(0.02));
  CHECK(aborted.goodput->aborts > 2);
  CHECK(aborted.goodput->across_sites < result.goodput->across_sites - 0.02);
  CHECK(aborted.goodput->single_site == result.goodput->single_site);
}

TEST_CASE("cuts of the hours come when those of a run of seconds would, with the same seed") {
  scenario::Scenario scenario;
  scenario.links.emplace_back().name = "west-east";
  const units::Duration end = units::Duration::seconds(100);
  scenario.links[0].faults = scenario::Faults{units::Duration::seconds(1), units::Duration::milliseconds(1), end};
  for (const std::uint64_t seed : {1U, 7U}) {
    scenario.run.seed = seed;
    goodput::DrawnInterruptions drawn{scenario, seed, end};
    const auto events = fabric_packets::events_of(scenario);
    CHECK(events.size() > 50);
    for (const scenario::Event& event : events) {
      const auto next = drawn.next();
      REQUIRE(next);
      CHECK(next->at == event.at);
      CHECK(next->cut == 0U);
    }
    CHECK_FALSE(drawn.next());
  }
}
