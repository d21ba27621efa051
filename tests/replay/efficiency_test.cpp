// SPDX-License-Identifier: Apache-2.0
// Efficiency and attribution on a job whose step time is known.
#include "control/replay/efficiency.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "control/replay/attribution.hpp"
#include "control/scenario/variants.hpp"
#include "tests/replay/ping_pong.hpp"

namespace farlink::replay {
namespace {

struct Counted {
  FabricFactory factory;
  std::shared_ptr<int> runs = std::make_shared<int>(0);
  Counted() {
    factory = [count = runs](const scenario::Scenario& scenario, const trace::Graph* graph) {
      ++*count;
      return std::make_unique<testing::DelayLineFabric>(scenario, graph);
    };
  }
};

// Step in microseconds: 2000 of work and twice (serialization + delay).
double step_with(double serialization, double delay) { return 2000 + 2 * (serialization + delay); }

double sum_of(const std::vector<report::Attribution>& attribution) {
  double sum = 0;
  for (const auto& cause : attribution) sum += cause.points;
  return sum;
}

}  // namespace

TEST_CASE("the ladder gives each cause its points, and they add up") {
  const Job job = ping_pong();
  const Counted counted;
  const auto result = measure(troubled(), job.graph(), counted.factory, {.version = "1"});
  const double base = step_with(8, 0);
  REQUIRE(result.is_valid);
  CHECK(result.single_site.step_seconds == Approx(base * 1e-6));
  CHECK(result.across_sites.step_seconds == Approx(step_with(128, 100) * 1e-6));
  REQUIRE(result.efficiency);
  CHECK(*result.efficiency == Approx(base / step_with(128, 100)));
  REQUIRE(result.attribution.size() == 5);
  const auto& [loss, control, convergence, distance, schedule] =
      std::tie(result.attribution[0], result.attribution[1], result.attribution[2], result.attribution[3],
               result.attribution[4]);
  CHECK(loss.cause == "loss");
  CHECK(loss.points == Approx(100 * (base / step_with(64, 100) - base / step_with(128, 100))));
  CHECK(control.cause == "congestion-control");
  CHECK(control.points == 0);
  CHECK_FALSE(control.was_run);
  CHECK(convergence.cause == "convergence");
  CHECK(convergence.points == Approx(100 * (base / step_with(8, 100) - base / step_with(64, 100))));
  CHECK(distance.cause == "distance");
  CHECK(distance.points == Approx(100 * (1 - base / step_with(8, 100))));
  CHECK(distance.was_run);
  CHECK(schedule.cause == "schedule");
  CHECK(schedule.points == 0);
  CHECK(std::abs(sum_of(result.attribution) - 100 * (1 - *result.efficiency)) < 1e-9);
  // baseline, stretched, without loss, without convergence; without distance is the baseline again
  CHECK(*counted.runs == 4);
  CHECK(*result.mfu_single_site == Approx(1e9 / (1e12 * base * 1e-6)));
  CHECK(result.assumptions == std::vector<std::string>{"a note"});
  CHECK_FALSE(result.efficiency_error);
}

TEST_CASE("nothing wrong with the link is 1.000 with nothing to remove") {
  const Job job = ping_pong();
  const Counted counted;
  const auto result = measure(scenario::single_site(troubled()), job.graph(), counted.factory, {});
  CHECK(*result.efficiency == 1);
  for (const auto& cause : result.attribution) {
    CHECK(cause.points == 0);
    CHECK_FALSE(cause.was_run);
  }
  CHECK(result.across_sites.name == "across-sites");
}

TEST_CASE("without attribution there are two runs") {
  const Job job = ping_pong();
  const Counted counted;
  const auto result = measure(troubled(), job.graph(), counted.factory, {.attribution = false, .version = {}});
  CHECK(*counted.runs == 2);
  CHECK(result.attribution.empty());
  CHECK(result.efficiency);
}

TEST_CASE("attribution is arithmetic: what no rung explains is schedule") {
  const auto rungs = ladder(troubled());
  const double after[] = {0.7, 0, 0.85, 0.95};
  const auto attribution = attribute(0.6, rungs, after);
  const double expected[] = {10, 0, 15, 10, 5};
  for (std::size_t i = 0; i < 5; ++i) CHECK(attribution[i].points == Approx(expected[i]));
  CHECK(attribution[4].was_run);
}

TEST_CASE("marks count as congestion control when a scheme answers them, and a scheme counts by itself") {
  auto scenario = troubled();
  CHECK_FALSE(ladder(scenario)[1].changes);
  scenario.links[0].forward.ecn =
      scenario::Ecn{units::Bytes::mebi(1), units::Bytes::mebi(2), units::Probability::of(0.1)};
  CHECK_FALSE(ladder(scenario)[1].changes);
  scenario.transport.congestion_control = scenario::dcqcn_preset("connectx");
  const auto rungs = ladder(scenario);
  CHECK(rungs[1].cause == "congestion-control");
  CHECK(rungs[1].changes);
  CHECK(rungs[0].scenario.transport.congestion_control == scenario.transport.congestion_control);
  CHECK(rungs[1].scenario.transport.congestion_control == scenario::CongestionControl{});
  CHECK_FALSE(rungs[1].scenario.links[0].forward.ecn);
  scenario.links[0].forward.ecn.reset();
  scenario.transport.congestion_control = scenario::RateLimit{units::BitRate::gigabits(1)};
  CHECK(ladder(scenario)[1].changes);
}

TEST_CASE("several seeds: mean and standard error of the efficiency") {
  const Job job = ping_pong();
  auto scenario = troubled();
  scenario.run.seed = 1;
  scenario.run.seeds = 3;
  const FabricFactory factory = [](const scenario::Scenario& of_run, const trace::Graph* graph) {
    scenario::Scenario changed = of_run;  // a seed costs 10 us each way
    if (!changed.links[0].forward.loss.is_zero()) {
      for (auto* direction : {&changed.links[0].forward, &changed.links[0].reverse}) {
        direction->delay += static_cast<std::int64_t>(changed.run.seed) * Duration::microseconds(10);
      }
    }
    return std::make_unique<testing::DelayLineFabric>(changed, graph);
  };
  const auto result = measure(scenario, job.graph(), factory, {});
  double mean = 0, squares = 0;
  for (const double delay : {110, 120, 130}) mean += step_with(8, 0) / step_with(128, delay) / 3;
  for (const double delay : {110, 120, 130}) squares += std::pow(step_with(8, 0) / step_with(128, delay) - mean, 2);
  CHECK(*result.efficiency == Approx(mean));
  CHECK(*result.efficiency_error == Approx(std::sqrt(squares / 2 / 3)));
  CHECK(result.across_sites.step_seconds == Approx(step_with(128, 120) * 1e-6));
  // Each figure has its spread: of steps 20 us apart; what no seed changes has none.
  REQUIRE(result.errors);
  CHECK(result.errors->step_across_sites == Approx(20e-6 / std::sqrt(3)));
  CHECK(result.errors->step_single_site == 0);
  CHECK(*result.attribution[0].points_error == Approx(100 * *result.efficiency_error));
  CHECK_FALSE(result.attribution[1].points_error);  // nothing to remove
  CHECK(*result.attribution[2].points_error == 0);
  REQUIRE(result.by_seed.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(result.by_seed[i].seed == i + 1);
    CHECK(result.by_seed[i].efficiency == Approx(step_with(8, 0) / step_with(128, 110 + 10 * static_cast<double>(i))));
  }
  CHECK(std::abs(sum_of(result.attribution) - 100 * (1 - *result.efficiency)) < 1e-9);
}

TEST_CASE("frames that do not add up make the result invalid, with the reason and without a number") {
  const Job job = ping_pong();
  const FabricFactory factory = [](const scenario::Scenario& scenario, const trace::Graph* graph) {
    auto fabric = std::make_unique<testing::DelayLineFabric>(scenario, graph);
    if (!scenario.links[0].forward.loss.is_zero()) fabric->break_conservation();
    return fabric;
  };
  const auto result = measure(troubled(), job.graph(), factory, {});
  CHECK_FALSE(result.is_valid);
  CHECK_FALSE(result.efficiency);
  CHECK(result.attribution.empty());
  CHECK(result.why_invalid == "run 'across-sites': link west-east, west->east: frames in do not equal frames out");
}

TEST_CASE("progress names the run, counts runs, and can stop the measurement") {
  const Job job = ping_pong();
  const Counted counted;
  std::vector<std::string> names;
  auto scenario = troubled();
  scenario.run.steps = 20;
  const auto watch = [&](const MeasureProgress& progress) {
    if (names.empty() || names.back() != progress.run) names.push_back(progress.run);
    CHECK(progress.run_count == 4);
    CHECK(progress.run_number == names.size());
    CHECK(progress.done >= 0);
    CHECK(progress.done < 1);
    return names.size() < 3;
  };
  CHECK_THROWS_AS(measure(scenario, job.graph(), counted.factory, {}, watch), fabric::Interrupted);
  CHECK(names == std::vector<std::string>{"single-site", "across-sites", "without loss"});
}

TEST_CASE("expectations are compared with what was measured") {
  using Comparison = scenario::Expectation::Comparison;
  auto scenario = troubled();
  scenario.expect = {{"efficiency", Comparison::at_least, 0.95, ">= 95%"},
                     {"efficiency", Comparison::below, 0.95, "< 95%"},
                     {"exposed-communication", Comparison::at_most, 1, "<= 1s"},
                     {"mfu", Comparison::above, 0.99, "> 99%"}};
  const Job job = ping_pong();
  const Counted counted;
  const auto result = measure(scenario, job.graph(), counted.factory, {.attribution = false, .version = {}});
  REQUIRE(result.expectations.size() == 4);
  CHECK_FALSE(result.expectations[0].is_met);
  CHECK(result.expectations[0].measured == Approx(step_with(8, 0) / step_with(128, 100)));
  CHECK(result.expectations[1].is_met);
  CHECK(result.expectations[2].is_met);
  CHECK_FALSE(result.expectations[3].is_met);
  scenario.expect = {{"speed", Comparison::at_least, 1, ">= 1"}};
  CHECK_THROWS_AS(evaluate(scenario, result), std::invalid_argument);
}

TEST_CASE("lab flows: the fabric runs, nothing is compared") {
  auto scenario = troubled();
  scenario.workload = scenario::Flows{};
  const Counted counted;
  const auto result = measure_flows(scenario, counted.factory, {.version = "1"});
  CHECK(result.is_valid);
  CHECK_FALSE(result.efficiency);
  CHECK(*counted.runs == 1);
  CHECK(result.workload == "flows: 1 pair of NICs, 8 queue pairs each, messages of 1073741824 bytes");
}

TEST_CASE("lab flows with several seeds: a run for each, goodput with its error") {
  auto scenario = troubled();
  scenario.workload = scenario::Flows{};
  scenario.run.seed = 4;
  scenario.run.seeds = 3;
  class Seeded final : public fabric::Fabric {
   public:
    explicit Seeded(std::uint64_t seed) : seed_{seed} {}
    void run(std::span<fabric::SiteDriver* const>, const fabric::ProgressCallback&) override {}
    fabric::Statistics statistics() const override {
      fabric::Statistics statistics;
      statistics.flows.emplace_back().goodput_bps = static_cast<double>(seed_) * 1e9;
      statistics.timeouts = seed_;
      return statistics;
    }

   private:
    std::uint64_t seed_;
  };
  const FabricFactory factory = [](const scenario::Scenario& of_run, const trace::Graph*) {
    return std::make_unique<Seeded>(of_run.run.seed);
  };
  const auto result = measure_flows(scenario, factory, {});
  CHECK(result.seeds == 3);
  const fabric::Statistics& statistics = result.across_sites.fabric;
  CHECK(statistics.timeouts == 4);
  CHECK(statistics.flows.at(0).goodput_bps == Approx(5e9));
  CHECK(*statistics.flows.at(0).goodput_error_bps == Approx(1e9 / std::sqrt(3)));
  scenario.run.seeds = 1;
  CHECK_FALSE(measure_flows(scenario, factory, {}).across_sites.fabric.flows.at(0).goodput_error_bps);
}

}  // namespace farlink::replay
