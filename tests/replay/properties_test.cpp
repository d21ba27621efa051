// SPDX-License-Identifier: Apache-2.0
// Properties over random small jobs: every run ends, twice alike, every message arrives, and no rank is faster than its
// own chain of computes or the sum of its GPU's work.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/replay/jobs.hpp"

namespace farlink::replay {
namespace {

// Draws that are the same with every standard library.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_{seed} {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

 private:
  std::mt19937_64 engine_;
};

Job::After some_earlier(Draw& draw, const trace::Graph& graph, std::uint32_t rank) {
  Job::After after;
  const auto nodes = static_cast<std::uint32_t>(graph.ranks[rank].nodes.size());
  for (std::uint64_t i = draw.below(3); i > 0 && nodes > 0; --i) {
    after.push_back(static_cast<std::uint32_t>(draw.below(nodes)));
  }
  return after;
}

// Written in one global order, so that it can always be run in that order.
Job random_job(std::uint64_t seed) {
  Draw draw{seed};
  const auto ranks = static_cast<std::uint32_t>(2 + draw.below(7));
  std::vector<std::uint32_t> sites{0, 1};
  while (sites.size() < ranks) sites.push_back(static_cast<std::uint32_t>(draw.below(2)));
  Job job{sites};
  for (std::uint64_t g = 0; g < 3; ++g) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      if (draw.below(3) > 0 || (members.empty() && rank + 1 == ranks)) members.push_back(rank);
    }
    std::rotate(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(draw.below(members.size())),
                members.end());
    job.group(members);
  }
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::uint32_t>(draw.below(ranks));
    switch (draw.below(4)) {
      case 0:
      case 1:
        job.compute(rank, Duration::nanoseconds(static_cast<std::int64_t>(draw.below(50'000))),
                    some_earlier(draw, job.graph(), rank), draw.below(8) == 0);
        break;
      case 2: {
        const auto peer = static_cast<std::uint32_t>((rank + 1 + draw.below(ranks - 1)) % ranks);
        const std::uint64_t bytes = 1 + draw.below(20'000);
        const auto tag = static_cast<std::uint32_t>(draw.below(2));
        job.send(rank, peer, bytes, some_earlier(draw, job.graph(), rank), tag);
        job.receive(peer, rank, bytes, some_earlier(draw, job.graph(), peer), tag);
        break;
      }
      default: {
        const auto group = static_cast<std::uint32_t>(draw.below(3));
        const auto kind = static_cast<trace::Collective>(draw.below(9));
        const std::uint64_t bytes = draw.below(30'000);
        const auto repeat = static_cast<std::uint32_t>(1 + draw.below(3));
        for (const std::uint32_t member : job.graph().groups[group].ranks) {
          job.collective(member, group, kind, bytes, some_earlier(draw, job.graph(), member), repeat);
        }
      }
    }
  }
  return job;
}

// Longest chain of computes, and all GPU work, of a rank.
Duration least_time(const trace::Program& rank) {
  std::vector<Duration> chain(rank.nodes.size());
  Duration longest, gpu;
  for (std::size_t i = 0; i < rank.nodes.size(); ++i) {
    for (const std::uint32_t dependency : rank.dependencies_of(rank.nodes[i])) {
      chain[i] = std::max(chain[i], chain[dependency]);
    }
    if (rank.nodes[i].kind == trace::NodeKind::compute) {
      chain[i] += rank.nodes[i].duration;
      if (!rank.nodes[i].on_host) gpu += rank.nodes[i].duration;
    }
    longest = std::max(longest, chain[i]);
  }
  return std::max(longest, gpu);
}

}  // namespace

TEST_CASE("random jobs end, repeatably, with every message delivered and no rank faster than its work") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const Job job = random_job(seed);
    auto scenario = two_sites(Duration::microseconds(40));
    scenario.run.steps = 3;
    scenario.run.warmup = 1;
    if (seed % 2 == 0) {
      std::get<scenario::Recorded>(scenario.workload).collective = scenario::CollectiveAlgorithm::ring;
    }
    const Outcome outcome = replay(scenario, job.graph());
    REQUIRE(outcome.result.fabric.is_valid);
    REQUIRE(outcome.result.steps.size() == 3);
    CHECK(outcome.messages_delivered == outcome.messages_sent);
    const Duration first = exact(outcome.result.steps[0]);
    for (std::size_t rank = 0; rank < job.graph().ranks.size(); ++rank)
      REQUIRE(first >= least_time(job.graph().ranks[rank]));
    CHECK(outcome.result.exposed_communication_seconds >= 0);
    const Outcome again = replay(scenario, job.graph());
    CHECK(again.result.steps == outcome.result.steps);
    CHECK(again.result.exposed_communication_seconds == outcome.result.exposed_communication_seconds);
    CHECK(again.bytes_eastward == outcome.bytes_eastward);
  }
}

TEST_CASE("every step sends the same bytes") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Job job = random_job(seed);
    auto scenario = two_sites(Duration::microseconds(40));
    const Outcome one = replay(scenario, job.graph());
    scenario.run.steps = 4;
    const Outcome four = replay(scenario, job.graph());
    CHECK(four.messages_sent == 4 * one.messages_sent);
    CHECK(four.bytes_eastward == 4 * one.bytes_eastward);
    CHECK(four.bytes_westward == 4 * one.bytes_westward);
  }
}

}  // namespace farlink::replay
