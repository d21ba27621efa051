// SPDX-License-Identifier: Apache-2.0
// Oracle O16: strict 1F1B with one line between sites after stage s takes T = (m+p-1)(t_f+t_b) + K_c L with
// L = delay + serialization of one activation, exactly, for L up to t_f + t_b. K_c = m - 2 floor((p-2-s)/2) when m is
// even; for odd m the longest path through the dependency graph has m + 1 - 2 floor((p-1-s)/2) crossings.
#include <catch2/catch.hpp>

#include "control/trace/generate.hpp"
#include "tests/replay/uniform_pipeline.hpp"

namespace farlink::replay {
namespace {

std::int64_t crossings(std::uint32_t p, std::uint64_t m, std::uint32_t s) {
  const auto micro = static_cast<std::int64_t>(m);
  return m % 2 == 0 ? micro - 2 * ((p - 2 - s) / 2) : micro + 1 - 2 * ((p - 1 - s) / 2);
}

}  // namespace

TEST_CASE("O16: a pipeline across two sites takes what the closed form says") {
  for (const std::uint32_t p : {4U, 8U, 16U}) {
    for (const std::uint64_t m : {p, p + 3, 4 * p}) {
      for (const Duration delay : {Duration::zero(), Duration::microseconds(700), Duration::microseconds(2'900)}) {
        const auto scenario = pipeline_over_two_sites(p, m, delay);
        const trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
        const Outcome outcome = replay(scenario, graph);
        const std::uint32_t s = p / 2 - 1;
        const Duration latency = delay + Duration::nanoseconds(activation);
        const Duration expected =
            static_cast<std::int64_t>(m + p - 1) * Duration::milliseconds(3) + crossings(p, m, s) * latency;
        CAPTURE(p, m, delay.seconds());
        CHECK(exact(outcome.result.step_seconds).seconds() == expected.seconds());
        CHECK(outcome.bytes_eastward == m * activation);
        CHECK(outcome.bytes_westward == m * activation);
      }
    }
  }
}

TEST_CASE("a second step starts where the first one ended") {
  auto scenario = pipeline_over_two_sites(4, 8, Duration::microseconds(700));
  scenario.run.steps = 3;
  scenario.run.warmup = 1;
  const trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
  const Outcome outcome = replay(scenario, graph);
  // Stages end a step at different times and begin the next at once, so that a steady step is no longer than the first.
  CHECK(outcome.result.steps[1] <= outcome.result.steps[0]);
  CHECK(exact(outcome.result.steps[1]) == exact(outcome.result.steps[2]));
  REQUIRE(outcome.result.timeline.size() == 4);
  CHECK(outcome.result.timeline[1].name == "stage 1 (west)");
  CHECK(outcome.result.timeline[2].name == "stage 2 (east)");
  for (const auto& lane : outcome.result.timeline) {
    double computing = 0;
    for (const auto& interval : lane.intervals) {
      CHECK(interval.start_seconds >= 0);
      CHECK(interval.end_seconds >= interval.start_seconds);
      if (!interval.is_communication) computing += interval.end_seconds - interval.start_seconds;
    }
    CHECK(computing == Approx(8 * 3e-3));
  }
}

}  // namespace farlink::replay
