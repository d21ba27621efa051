// SPDX-License-Identifier: Apache-2.0
// Collectives in a replay, 1 GB/s everywhere: 1 us latency inside a site, 100 us delay between sites.
#include <catch2/catch.hpp>

#include "tests/replay/jobs.hpp"

namespace farlink::replay {

using trace::Collective;

namespace {

constexpr auto delay = Duration::microseconds(100);

// `work[r]` of compute on rank r, then one collective of all ranks.
Job one_collective(std::vector<std::uint32_t> sites, Collective kind, std::uint64_t bytes,
                   std::vector<std::int64_t> work, std::uint32_t repeat = 1) {
  Job job{sites};
  std::vector<std::uint32_t> ranks;
  for (std::uint32_t rank = 0; rank < sites.size(); ++rank) ranks.push_back(rank);
  const auto group = job.group(ranks);
  for (const std::uint32_t rank : ranks) {
    job.collective(rank, group, kind, bytes, {job.compute(rank, Duration::microseconds(work[rank]))}, repeat);
  }
  return job;
}

}  // namespace

TEST_CASE("a collective inside a site starts when all members have come") {
  const Job job = one_collective({0, 0, 0, 0}, Collective::all_reduce, 8000, {10, 40, 20, 30}, 3);
  const Outcome outcome = replay(two_sites(delay), job.graph());
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(40 + 3 * 6 * (1 + 2)));
  // waiting for rank 1 is schedule; the collective itself is communication
  CHECK(exact(outcome.result.exposed_communication_seconds) == Duration::microseconds(54));
  CHECK(outcome.messages_sent == 0);
}

TEST_CASE("hierarchical all-reduce: reduce-scatter, exchange, all-gather") {
  const Job job = one_collective({0, 0, 1, 1}, Collective::all_reduce, 8000, {10, 10, 10, 10});
  const Outcome outcome = replay(two_sites(delay), job.graph());
  // 10 of work; (1 + 4) inside; both shards of 4 us share the line: 8 + 100; (1 + 4) inside
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(10 + 5 + 108 + 5));
  CHECK(outcome.bytes_eastward == 8000);
  CHECK(outcome.bytes_westward == 8000);
  // the first member's shard is there after 104 us; its wait for the other member is not its own communication
  CHECK(exact(outcome.result.exposed_communication_seconds) == Duration::microseconds(5 + (104 + 108) / 2 + 5));
}

TEST_CASE("repetitions of a cross-site collective follow each other") {
  const Job job = one_collective({0, 0, 1, 1}, Collective::all_reduce, 8000, {0, 0, 0, 0}, 4);
  auto scenario = two_sites(delay);
  scenario.run.steps = 2;
  const Outcome outcome = replay(scenario, job.graph());
  for (const double step : outcome.result.steps) CHECK(exact(step) == 4 * Duration::microseconds(118));
  CHECK(outcome.bytes_eastward == 8 * 8000);
}

TEST_CASE("a flat ring over two ranks takes two steps, each waiting for the one before") {
  auto scenario = two_sites(delay);
  std::get<scenario::Recorded>(scenario.workload).collective = scenario::CollectiveAlgorithm::ring;
  const Job job = one_collective({0, 1}, Collective::all_reduce, 8000, {0, 0});
  CHECK(exact(replay(scenario, job.graph()).result.step_seconds) == 2 * Duration::microseconds(4 + 100));
}

TEST_CASE("a flat ring pays the line's delay in every one of 2(n-1) steps") {
  auto scenario = two_sites(delay);
  std::get<scenario::Recorded>(scenario.workload).collective = scenario::CollectiveAlgorithm::ring;
  const Job job = one_collective({0, 0, 1, 1}, Collective::all_reduce, 8000, {0, 0, 0, 0});
  const Outcome outcome = replay(scenario, job.graph());
  // chunks of 2 us: a chunk makes 2(n-1) = 6 hops, alternately inside (3 us) and across (102 us), three of each; the
  // chunks that start on a crossing and those that start inside both take as long
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(3 * 102 + 3 * 3));
  CHECK(outcome.bytes_eastward == 6 * 2000);
  CHECK(outcome.bytes_westward == 6 * 2000);
}

TEST_CASE("messages for a collective that the receiver has not reached are kept for it") {
  Job job{{0, 1}};
  const auto group = job.group({0, 1});
  job.collective(0, group, Collective::broadcast, 1000);
  job.collective(0, group, Collective::broadcast, 1000);
  const auto busy = job.compute(1, Duration::milliseconds(1));
  job.collective(1, group, Collective::broadcast, 1000, {busy});
  job.collective(1, group, Collective::broadcast, 1000, {busy});
  auto scenario = two_sites(delay);
  scenario.run.steps = 3;
  const Outcome outcome = replay(scenario, job.graph());
  // The root runs ahead (201 us a broadcast); rank 1 finds everything there and takes 1 ms a step.
  for (const double step : outcome.result.steps) CHECK(exact(step) == Duration::milliseconds(1));
  CHECK(outcome.result.exposed_communication_seconds == Approx((2 * 201e-6) / 2));
}

TEST_CASE("collectives of one group run in program order, whatever becomes ready first") {
  Job job{{0, 0}};
  const auto group = job.group({0, 1});
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    const auto slow = job.compute(rank, Duration::microseconds(50));
    job.collective(rank, group, Collective::all_gather, 2000, {slow});
    job.collective(rank, group, Collective::all_gather, 1000);
  }
  CHECK(exact(replay(two_sites(delay), job.graph()).result.step_seconds) == Duration::microseconds(50 + 3 + 2));
}

TEST_CASE("every kind of collective ends on every rank, however the members are spread") {
  const std::vector<std::uint32_t> spreads[] = {{0, 1}, {0, 0, 1}, {1, 0, 1, 0, 0}, {0, 1, 1, 1, 1, 1, 1}};
  for (const auto algorithm : {scenario::CollectiveAlgorithm::ring, scenario::CollectiveAlgorithm::hierarchical_ring}) {
    for (const auto& spread : spreads) {
      for (int kind = 0; kind <= static_cast<int>(Collective::barrier); ++kind) {
        auto scenario = two_sites(delay);
        std::get<scenario::Recorded>(scenario.workload).collective = algorithm;
        scenario.run.steps = 3;
        const Job job = one_collective(spread, static_cast<Collective>(kind), 10'007,
                                       std::vector<std::int64_t>(spread.size(), 5), 2);
        const Outcome outcome = replay(scenario, job.graph());
        REQUIRE(outcome.result.fabric.is_valid);
        REQUIRE(outcome.result.steps.size() == 3);
        // Every rank waits for the other site, or tells it: at least the delay, twice.
        CHECK(exact(outcome.result.steps[0]) >= Duration::microseconds(5 + 200));
      }
    }
  }
}

}  // namespace farlink::replay
