// SPDX-License-Identifier: Apache-2.0
// Histories of long jobs: by hand to the picosecond, and many of them against closed forms (docs/model.md).
#include "control/goodput/history.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "control/goodput/goodput.hpp"
#include "control/goodput/interruptions.hpp"

namespace farlink::goodput {
namespace {

Duration s(std::int64_t seconds) { return Duration::seconds(seconds); }

// Steps of 10 s, a checkpoint of 5 s after six, restarts of 30 s. Cuts of `cut`: 3 s of delay in the first half of a
// step, an abort after 8 s in the second.
Job job(Duration duration, Duration cut = Duration::microseconds(1)) {
  return {.duration = duration,
          .step = s(10),
          .checkpoint = {.every = s(55), .write = s(5), .restart = s(30)},
          .cuts = {{cut, {{false, s(3)}, {true, s(8)}}}}};
}

History live(const Job& job, const std::vector<Interruption>& interruptions) {
  std::size_t next = 0;
  const History history = history_of(job, [&]() -> std::optional<Interruption> {
    if (next == interruptions.size()) return std::nullopt;
    return interruptions[next++];
  });
  const TimeSpent& spent = history.spent;
  CHECK(spent.useful + spent.checkpoints + spent.rework + spent.restarts + spent.stalls + spent.unfinished ==
        job.duration);
  CHECK(job.step * static_cast<std::int64_t>(history.steps) == spent.useful);
  return history;
}

// The mean goodput of drawn histories and its standard error.
struct Mean {
  double value = 0, error = 0;
};

Mean mean_of(const Job& job, const scenario::Scenario& scenario, std::uint64_t count) {
  std::vector<double> shares;
  Mean mean;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    DrawnInterruptions drawn{scenario, seed, job.duration};
    shares.push_back(history_of(job, [&] { return drawn.next(); }).spent.useful / job.duration);
    mean.value += shares.back() / static_cast<double>(count);
  }
  for (const double share : shares) mean.error += (share - mean.value) * (share - mean.value);
  mean.error = std::sqrt(mean.error / static_cast<double>(count - 1) / static_cast<double>(count));
  return mean;
}

scenario::Scenario with_failures(Duration mtbf) {
  scenario::Scenario scenario;
  scenario.run.long_run = scenario::LongRun{.duration = s(1), .checkpoint = {}, .mtbf = mtbf};
  return scenario;
}

scenario::Scenario with_cuts(Duration mtbf) {
  scenario::Scenario scenario;
  scenario.links.emplace_back().faults = scenario::Faults{mtbf, Duration::microseconds(1), {}};
  return scenario;
}

// Each within three standard errors, which are small: both ways.
void check_mean(const Mean& mean, double expected) {
  INFO(mean.value << " +- " << mean.error << ", expected " << expected);
  CHECK(mean.error < 3e-4);
  CHECK(std::abs(mean.value - expected) < 3 * mean.error + 2e-5);  // what is left: the beginning without a failure
}

constexpr double every = 1'800, write = 60, restart = 300;
const Job month{.duration = s(80 * 86'400),
                .step = s(8),
                .checkpoint = {.every = s(1'800), .write = s(60), .restart = s(300)},
                .cuts = {}};

}  // namespace

TEST_CASE("a failure costs what was done since the checkpoint, and the restart") {
  const History h = live(job(s(300)), {{s(100)}});
  CHECK(h.spent.useful == s(220));
  CHECK(h.spent.checkpoints == s(15));
  CHECK(h.spent.rework == s(35));
  CHECK(h.spent.restarts == s(30));
  CHECK(h.steps == 22);
  CHECK(h.checkpoints == 3);
  CHECK(h.failures == 1);
}

TEST_CASE("an unfinished checkpoint saves nothing, and a restart that fails begins anew") {
  const History h = live(job(s(200)), {{s(62)}, {s(80)}});
  CHECK(h.spent.useful == s(80));
  CHECK(h.spent.checkpoints == s(5));
  CHECK(h.spent.rework == s(62));
  CHECK(h.spent.restarts == s(48));
  CHECK(h.spent.unfinished == s(5));
  // One that is complete at the moment of the failure has saved everything.
  CHECK(live(job(s(100)), {{s(65)}}).spent.rework == Duration::zero());
}

TEST_CASE("a short cut makes its step longer, two at a time once, and a dark link holds training back") {
  const History h = live(job(s(100), s(2)), {{s(12), 0}, {s(13), 0}, {s(68), 0}});
  CHECK(h.spent.stalls == s(4 + 1));
  CHECK(h.spent.useful == s(90));
  CHECK(h.spent.checkpoints == s(5));
  CHECK(h.cuts == 3);
  CHECK(h.aborts == 0);
}

TEST_CASE("a cut that the transport does not get over aborts the job, which waits for the light") {
  const History h = live(job(s(150), s(60)), {{s(17), 0}, {s(20), 0}});
  CHECK(h.aborts == 1);
  CHECK(h.cuts == 2);
  CHECK(h.spent.rework == s(17));
  CHECK(h.spent.restarts == s(20 + 60 - 17));  // the second cut ends at 80 s
  CHECK(h.spent.useful == s(60));
  CHECK(h.spent.checkpoints == s(5));
  CHECK(h.spent.unfinished == s(5));
  // Doomed at the end: what was not saved is lost.
  CHECK(live(job(s(20), s(60)), {{s(17), 0}}).spent.rework == s(17));
}

TEST_CASE("nothing happens: whole steps, and the rest of the last one") {
  const History h = live(job(s(87)), {});
  CHECK(h.steps == 8);
  CHECK(h.spent.unfinished == s(2));
  CHECK(live(job(s(9)), {}).spent.unfinished == s(9));
}

TEST_CASE("failures alone: Daly's complete model, T / (M e^(R / M) (e^((T + W) / M) - 1))") {
  for (const std::int64_t hours : {2, 6, 24}) {
    const double m = static_cast<double>(hours) * 3'600;
    const double expected = every / (m * std::exp(restart / m) * (std::exp((every + write) / m) - 1));
    check_mean(mean_of(month, with_failures(s(hours * 3'600)), 400), expected);
  }
}

TEST_CASE("Young's interval, sqrt(2 W M), is better than a third and than three times of it") {
  const auto goodput = [](double interval) {
    Job job = month;
    job.checkpoint.every = Duration::from_seconds(interval);
    return mean_of(job, with_failures(s(6 * 3'600)), 50);
  };
  const double young = std::sqrt(2 * write * 6 * 3'600);
  const Mean best = goodput(young);
  for (const double other : {young / 3, young * 3}) CHECK(best.value > goodput(other).value + 3 * best.error);
}

TEST_CASE("cuts that delay: T / (T e^(d / M) + W), the busy period of delays that overlap") {
  Job job = month;
  job.cuts = {{Duration::microseconds(1), {{false, s(20)}}}};
  for (const std::int64_t seconds : {100, 1'000}) {
    const double m = static_cast<double>(seconds);
    check_mean(mean_of(job, with_cuts(s(seconds)), 20), every / (every * std::exp(20 / m) + write));
  }
}

TEST_CASE("cuts that abort after a: T / ((M + a + R) (e^(T / M) - 1) + W)") {
  Job job = month;
  job.cuts = {{Duration::microseconds(1), {{true, s(9)}}}};
  const double m = 6 * 3'600;
  check_mean(mean_of(job, with_cuts(s(6 * 3'600)), 200),
             every / ((m + 9 + restart) * (std::exp(every / m) - 1) + write));
}

TEST_CASE("goodput: one site has the failures and not the cuts, and everything adds up") {
  scenario::Scenario scenario = with_cuts(s(3'600));
  scenario.run.long_run = scenario::LongRun{.duration = s(86'400), .checkpoint = month.checkpoint, .mtbf = s(21'600)};
  const std::vector<Cuts> cuts{{Duration::microseconds(1), {{false, s(20)}}}};
  const report::Goodput g = goodput_of(scenario, {.single_site = 8, .across_sites = 10}, cuts);
  CHECK(g.histories == 1'000);
  CHECK(g.duration_seconds == 86'400);
  CHECK(g.failures == Approx(4).margin(0.2));
  CHECK(g.cuts == Approx(24).margin(0.5));
  CHECK(g.aborts == 0);
  CHECK(g.single_site > g.across_sites);
  CHECK(g.p5 < g.across_sites);
  CHECK(g.across_sites < g.p95);
  REQUIRE(g.efficiency);
  CHECK(*g.efficiency == Approx(g.across_sites / g.single_site * 8 / 10).margin(0.001));
  double sum = 0;
  for (const auto& share : g.spent) sum += share.share;
  CHECK(sum == Approx(1).margin(1e-12));
  CHECK(g.spent.front().of == "useful");
}

}  // namespace farlink::goodput
