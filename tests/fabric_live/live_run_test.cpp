// SPDX-License-Identifier: Apache-2.0
// The same lab scenario in virtual time and live: goodput within 2 %, one-way delay within 2 us of what is configured,
// where the machine was not stolen from. What was stolen is measured in the same runs, and loosens the bounds by as
// much; a run of which nothing was stolen has none to hide behind.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "control/replay/run_replay.hpp"
#include "tests/fabric_live/live_lab.hpp"
#include "tests/replay/jobs.hpp"
#include "tests/support/cold_work.hpp"

namespace farlink::fabric_live::test {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

TEST_CASE("goodput live is goodput in virtual time") {
  const LargerShare share;
  constexpr int attempts = 40;
  const scenario::Scenario scenario = lab({"workload.flows.stop-frames=3000", "links.west-east.loss=0.1%"});
  const double expected = run_virtual(scenario).flows.at(0).goodput_bps;
  int clean = 0;
  double least_stolen = 1;
  for (int i = 0; i < attempts && clean < 3; ++i) {
    const fabric::Statistics live = run_live(scenario);
    require_no_defect(live);
    const double stolen = stolen_share(live);
    const double ratio = live.flows.at(0).goodput_bps / expected;
    INFO("attempt " << i << ": stolen " << 100 * stolen << " %, goodput " << ratio << " of virtual");
    CHECK(live.flows[0].sent >= 3'000);
    CHECK(live.flows[0].retransmitted > 0);
    CHECK(ratio <= 1.02);
    // Nothing crosses in a pause, and the window may have to be filled again behind it.
    CHECK(ratio >= 1 - 0.02 - 2.5 * stolen);
    if (stolen < 0.004) {  // little enough for the bound to hold by itself
      CHECK(ratio >= 0.98);
      ++clean;
    }
    least_stolen = std::min(least_stolen, stolen);
  }
  if (clean == 0) WARN("no run was left alone; of the best one " << 100 * least_stolen << " % were stolen");
}

TEST_CASE("one-way delay live is what is configured, to two microseconds") {
  const LargerShare share;
  // One frame of 64 B at a time over 489.3 us of fibre and 10 us of equipment: it waits nowhere.
  const scenario::Scenario scenario =
      lab({"workload.flows.message=64B", "workload.flows.depth=1", "workload.flows.messages=300",
           "links.west-east.loss=0", "dpdk.max-lag=5us"});  // what a median of 2 us can be told from
  const fabric::Statistics expected = run_virtual(scenario);
  // Disturbances shorter than max-lag are not counted as stolen, so the best of the runs speaks; and what is left of
  // the machine's speed is measured beside each of them. One that does cold work in 1.3 us has to keep to 2 us.
  constexpr double bound_ns = 2'000, cold_works = 1.5;
  double least_stolen = 1, best_ns = 1e9, cold_ns = 0;
  bool is_met = false;
  for (int i = 0; i < 20 && (least_stolen >= 0.05 || best_ns > bound_ns); ++i) {
    const double before = farlink::test::cold_work_ns();
    const fabric::Statistics live = run_live(scenario);
    const double now = std::min(before, farlink::test::cold_work_ns());
    require_no_defect(live);
    CHECK(live.flows.at(0).completion.messages == 300);
    // Never early, there and back; virtual time has no loop that looks at a port.
    CHECK(live.flows[0].completion.p50_seconds >= expected.flows.at(0).completion.p50_seconds - 1e-7);
    const double stolen = stolen_share(live), beyond = live.live->excess_delay_median_ns;
    least_stolen = std::min(least_stolen, stolen);
    if (stolen >= 0.05) continue;
    if (beyond < best_ns) best_ns = beyond, cold_ns = now;
    is_met = is_met || beyond <= std::max(bound_ns, cold_works * now);
  }
  INFO("stolen " << 100 * least_stolen << " % of the best run, median beyond the path " << best_ns
                 << " ns, where cold work took " << cold_ns << " ns");
  if (least_stolen >= 0.05) {
    WARN("no run was left alone: of the best one " << 100 * least_stolen << " % were stolen");
  } else {
    CHECK(is_met);
    if (best_ns > bound_ns) WARN("a slow minute: " << best_ns << " ns beyond the path, cold work " << cold_ns << " ns");
  }
}

TEST_CASE("a replay takes as long live as in virtual time") {
  const LargerShare share;
  scenario::Scenario scenario = lab({"links.west-east.loss=0"});
  scenario.workload = scenario::Recorded{"test"};
  scenario.run.steps = 40;
  replay::Job job{{0, 1}};  // 2 ms of work, a message of 64 kB there and back, 2 ms of work
  job.send(0, 1, 64'000, {job.compute(0, units::Duration::milliseconds(2))}, 1);
  job.compute(0, units::Duration::milliseconds(2), {job.receive(0, 1, 64'000, {}, 2)});
  job.send(1, 0, 64'000, {job.receive(1, 0, 64'000, {}, 1)}, 2);
  const replay::Plan plan{job.graph(), scenario.sites, scenario::CollectiveAlgorithm::ring, scenario.run.steps};
  const auto in_virtual = fabric_packets::make_packet_fabric(scenario, &plan.graph());
  const report::RunResult unstolen = replay::run_replay(plan, scenario, *in_virtual, "virtual");
  const double expected = unstolen.step_seconds;
  // Each way 499.7 us, 65,312 B of line at 1 Gb/s, and the last frame of about 33 us at two more serializers.
  CHECK(expected == Approx(0.004 + 2 * (0.4997 + 0.5225 + 2 * 0.0334) * 1e-3).margin(5e-6));
  const auto live = live_fabrics().make(scenario, &plan.graph());
  report::RunResult result = replay::run_replay(plan, scenario, *live, "live");
  require_no_defect(result.fabric);
  REQUIRE(result.steps.size() == 40);
  CHECK(result.fabric.messages.messages == 80);
  std::sort(result.steps.begin(), result.steps.end());
  const double median = result.steps[20];
  const double stolen =
      stolen_share(result.fabric) + result.fabric.live->control_stolen_seconds / result.fabric.virtual_seconds;
  INFO("stolen " << 100 * stolen << " %, median step " << median << " s, in virtual time " << expected << " s");
  // A step behind a pause may be short, all of them together never.
  CHECK(sum(result.steps) >= sum(unstolen.steps) - 1e-6);
  CHECK(median >= expected - 1e-6);
  CHECK(median <= expected * (1.01 + 2 * stolen));
}

TEST_CASE("what the emulator missed makes the run invalid, and it says so") {
  scenario::Scenario scenario = lab({"workload.flows.stop-frames=300", "dpdk.max-lag=1ns"});
  const fabric::Statistics live = run_live(scenario);
  INFO(live.why_invalid);
  CHECK_FALSE(live.is_valid);
  CHECK(says(live, "west->east: "));
  CHECK(says(live, "frames left later than max-lag"));
  CHECK(says(live, "west: "));
  CHECK(live.live->stolen_seconds > 0);
  CHECK(live.live->lag_max_ns >= live.live->lag_p99_ns);
  CHECK(live.live->lag_p99_ns >= live.live->lag_median_ns);
  CHECK(live.live->lag_median_ns > 0);
}

TEST_CASE("what a live run cannot do is refused") {
  scenario::Scenario scenario = lab({"events=[{at: 1s, link: west-east, set: {loss: 1%}}]"});
  scenario.events[0].set = {"lossless.xon=1GiB"};
  CHECK_THROWS_WITH(
      live_fabrics().make(scenario, nullptr),
      "event 'set lossless.xon=1GiB' on west-east: set lossless.xon: is above xoff; xon <= xoff <= buffer");
  scenario.events.clear();
  scenario.sites.push_back(scenario.sites.front());
  CHECK_THROWS_WITH(live_fabrics().make(scenario, nullptr), Catch::Contains("1 links and 3 sites"));
  scenario.sites.pop_back();
  scenario.workload = scenario::NoWorkload{};
  CHECK_THROWS_WITH(live_fabrics().make(scenario, nullptr), Catch::Contains("needs a workload"));
}

}  // namespace farlink::fabric_live::test
