// SPDX-License-Identifier: Apache-2.0
// Jitter and stragglers: the distribution, that draws belong to (seed, rank, step, node) alone, and what a slow stage
// does to a pipeline.
#include "control/replay/compute_times.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <set>

#include "control/replay/efficiency.hpp"
#include "control/scenario/variants.hpp"
#include "control/trace/generate.hpp"
#include "tests/replay/ping_pong.hpp"
#include "tests/replay/uniform_pipeline.hpp"

namespace farlink::replay {
namespace {

scenario::ComputeVariation jitter_of(double jitter) { return {.jitter = jitter, .stragglers = {}}; }
scenario::ComputeVariation slow(std::vector<std::uint32_t> ranks, double slower) {
  return {.jitter = 0, .stragglers = scenario::Stragglers{0, std::move(ranks), slower}};
}
scenario::ComputeVariation slow_ones(std::uint32_t count, double slower) {
  return {.jitter = 0, .stragglers = scenario::Stragglers{count, {}, slower}};
}

std::unique_ptr<fabric::Fabric> delay_lines(const scenario::Scenario& scenario, const trace::Graph* graph) {
  return std::make_unique<testing::DelayLineFabric>(scenario, graph);
}

}  // namespace

TEST_CASE("without jitter and stragglers a computation takes what the graph says") {
  const ComputeTimes times{{}, 7, 4};
  CHECK(times.of(3, 2, 1, Duration::picoseconds(12'345), false) == Duration::picoseconds(12'345));
}

TEST_CASE("jitter keeps the mean and has the spread that was asked for, log-normal") {
  constexpr std::uint32_t draws = 100'000;
  const Duration nominal = Duration::milliseconds(1);
  for (const double jitter : {0.02, 0.3}) {
    const ComputeTimes times{jitter_of(jitter), 1, 1};
    double sum = 0, squares = 0, below = 0, logs = 0;
    for (std::uint32_t i = 0; i < draws; ++i) {
      const double factor = times.of(0, i % 100, i / 100, nominal, false) / nominal;
      CHECK(factor > 0);
      sum += factor;
      squares += (factor - 1) * (factor - 1);
      logs += std::log(factor);
      const double s = std::sqrt(std::log(1 + jitter * jitter));
      below += factor < std::exp(s - s * s / 2) ? 1 : 0;  // one standard deviation of the normal: 84.13 %
    }
    CAPTURE(jitter);
    CHECK(std::abs(sum / draws - 1) < 4 * jitter / std::sqrt(draws));
    CHECK(std::sqrt(squares / draws) == Approx(jitter).epsilon(0.02));
    CHECK(std::abs(below / draws - 0.8413) < 4 * std::sqrt(0.8413 * 0.1587 / draws));
    CHECK(logs / draws == Approx(-std::log(1 + jitter * jitter) / 2).epsilon(0.2));  // the median is below the mean
  }
}

TEST_CASE("a draw belongs to its seed, rank, step and node, and to nothing else") {
  const Duration nominal = Duration::milliseconds(1);
  const ComputeTimes times{jitter_of(0.1), 1, 8};
  const ComputeTimes again{jitter_of(0.1), 1, 4}, other{jitter_of(0.1), 2, 8};
  const Duration one = times.of(3, 2, 5, nominal, false);
  CHECK(one == again.of(3, 2, 5, nominal, false));
  CHECK(one == times.of(3, 2, 5, nominal, true));  // hosts have jitter too
  std::set<std::int64_t> all{one.picoseconds()};
  for (const Duration d : {other.of(3, 2, 5, nominal, false), times.of(2, 2, 5, nominal, false),
                           times.of(3, 1, 5, nominal, false), times.of(3, 2, 4, nominal, false)})
    CHECK(all.insert(d.picoseconds()).second);
}

TEST_CASE("stragglers: as many as asked for, drawn with the seed, or those that are named; GPU work alone") {
  const ComputeTimes named{slow({1, 3}, 0.1), 1, 4};
  CHECK(named.stragglers() == std::vector<std::uint32_t>{1, 3});
  CHECK(named.of(1, 0, 0, Duration::milliseconds(1), false) == Duration::microseconds(1'100));
  CHECK(named.of(1, 9, 5, Duration::milliseconds(1), true) == Duration::milliseconds(1));
  CHECK(named.of(2, 0, 0, Duration::milliseconds(1), false) == Duration::milliseconds(1));
  std::set<std::vector<std::uint32_t>> drawn;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto ranks = ComputeTimes{slow_ones(3, 0.1), seed, 1'000}.stragglers();
    CHECK(std::set<std::uint32_t>(ranks.begin(), ranks.end()).size() == 3);
    drawn.insert(ranks);
  }
  CHECK(drawn.size() == 20);
  CHECK(ComputeTimes{slow_ones(4, 0.1), 5, 4}.stragglers() == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK_THROWS_WITH(ComputeTimes(slow_ones(5, 0.1), 1, 4), Catch::Contains("the job has 4 ranks"));
  CHECK_THROWS_WITH(ComputeTimes(slow({4}, 0.1), 1, 4), Catch::Contains("there is no rank 4"));
}

TEST_CASE("a last stage slower by x sets the pace: T = (m (1 + x) + p - 1)(t_f + t_b) + 2 L, exactly") {
  for (const std::uint32_t p : {4U, 8U}) {
    for (const std::uint64_t m : {8U, 19U}) {
      for (const double x : {0.1, 0.25, 1.0}) {
        const Duration delay = Duration::microseconds(100);  // less than x (t_f + t_b): not what the pace waits for
        auto scenario = pipeline_over_two_sites(p, m, delay);
        scenario.compute_variation = slow({p - 1}, x);
        const trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
        const Duration paced = Duration::microseconds(std::llround(3'000 * (1 + x)));
        const Duration expected = static_cast<std::int64_t>(m) * paced + (p - 1) * Duration::milliseconds(3) +
                                  2 * (delay + Duration::nanoseconds(activation));
        CAPTURE(p, m, x);
        CHECK(exact(replay(scenario, graph).result.step_seconds) == expected);
      }
    }
  }
}

TEST_CASE("a straggler is the same as a graph whose computations of that rank are longer") {
  for (std::uint32_t rank = 0; rank < 4; ++rank) {
    auto scenario = pipeline_over_two_sites(4, 9, Duration::microseconds(700));
    trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
    scenario.compute_variation = slow({rank}, 0.5);
    const double slow_seconds = replay(scenario, graph).result.step_seconds;
    scenario.compute_variation = {};
    CHECK(slow_seconds > replay(scenario, graph).result.step_seconds);
    for (trace::Node& node : graph.ranks.own(rank).nodes)
      if (node.kind == trace::NodeKind::compute) node.duration = node.duration * 3 / 2;
    CHECK(exact(slow_seconds) == exact(replay(scenario, graph).result.step_seconds));
  }
}

TEST_CASE("one computation a step: step times are the draws, in one site and across sites the same ones") {
  Job job{{0, 1}};
  job.compute(0, Duration::milliseconds(10));
  job.compute(1, Duration::milliseconds(1));
  auto scenario = troubled();
  scenario.run = {.steps = 40, .warmup = 10, .seed = 3, .seeds = 1};
  scenario.compute_variation = jitter_of(0.05);
  const report::Result result = measure(scenario, job.graph(), delay_lines, {});
  const ComputeTimes times{scenario.compute_variation, 3, 2};
  REQUIRE(result.across_sites.steady_steps.size() == 30);
  for (std::uint32_t step = 10; step < 40; ++step) {
    const Duration expected = times.of(0, step, 0, Duration::milliseconds(10), false);
    CHECK(exact(result.across_sites.steady_steps[step - 10]) == expected);
  }
  CHECK(result.single_site.steady_steps == result.across_sites.steady_steps);
  CHECK(*result.efficiency == 1);
  CHECK(result.assumptions.back().find("varies by 5 %") != std::string::npos);
}

TEST_CASE("like is compared with like: with nothing wrong with the link every seed gives 1, jitter or not") {
  const Job job = ping_pong();
  auto scenario = scenario::single_site(troubled());
  scenario.run = {.steps = 4, .warmup = 1, .seed = 5, .seeds = 3};
  scenario.compute_variation = jitter_of(0.2);
  scenario.compute_variation.stragglers = scenario::Stragglers{1, {}, 0.3};
  const report::Result result = measure(scenario, job.graph(), delay_lines, {});
  CHECK(*result.efficiency == 1);
  CHECK(*result.efficiency_error == 0);
  REQUIRE(result.by_seed.size() == 3);
  CHECK(result.by_seed[0].step_single_site != result.by_seed[1].step_single_site);
  CHECK(result.by_seed[2].seed == 7);
  REQUIRE(result.errors);
  CHECK(result.errors->step_single_site > 0);
  CHECK(result.errors->step_single_site == result.errors->step_across_sites);
  CHECK(result.across_sites.steady_steps.size() == 9);
}

}  // namespace farlink::replay
