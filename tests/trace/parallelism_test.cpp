// SPDX-License-Identifier: Apache-2.0
// Schedules and sharding beyond plain 1F1B and data parallelism, against closed forms: interleaved 1F1B has a bubble of
// (p - 1)(t_f + t_b) / v (Narayanan et al., SC 2021); k extra warm-up forwards upstream of a boundary hide a delay L up
// to (k / 2)(t_f + t_b), all but 2 L (physics 6.3); ZeRO moves (d - 1) / d of gradients and parameters once, ZeRO-3 the
// parameters twice in each micro-batch; full recomputation takes 4/3 of the time.
#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/generate.hpp"
#include "control/trace/schedule.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

std::vector<scenario::Site> two_sites(std::uint32_t west, std::uint32_t east) {
  return {site("west", west), site("east", east)};
}

// Collectives of a kind on a rank: how many, and their bytes together.
std::pair<std::uint64_t, std::uint64_t> collectives(const Program& rank, Collective kind) {
  std::pair<std::uint64_t, std::uint64_t> total{0, 0};
  for (const Node& node : rank.nodes) {
    if (node.kind != NodeKind::collective || node.collective != kind || node.phase == Phase::tensor) continue;
    total.first += node.repeat;
    total.second += node.bytes.count() * node.repeat;
  }
  return total;
}

std::string refusal(const scenario::Training& training, const std::vector<scenario::Site>& sites) {
  try {
    generate(training, sites);
  } catch (const TraceError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("an interleaved schedule computes each chunk of each micro-batch once, forwards before their backwards") {
  for (const std::uint32_t p : {2U, 4U, 8U})
    for (const std::uint32_t v : {1U, 2U, 3U})
      for (const std::uint32_t m : {p, 3 * p})
        for (std::uint32_t stage = 0; stage < p; ++stage) {
          std::set<std::tuple<std::uint16_t, std::uint16_t>> forwards, backwards;
          for (const Slot& slot : interleaved(stage, p, m, v)) {
            const std::tuple key{slot.microbatch, slot.chunk};
            if (slot.is_forward) {
              CHECK(forwards.insert(key).second);
            } else {
              CHECK(forwards.count(key) == 1);
              CHECK(backwards.insert(key).second);
            }
          }
          CHECK(backwards.size() == std::size_t{m} * v);
        }
}

TEST_CASE("interleaving divides the bubble by the number of chunks") {
  for (const std::uint32_t p : {2U, 4U, 8U})
    for (const std::uint32_t v : {1U, 2U, 4U})
      for (const std::uint32_t m : {p, 4 * p}) {
        INFO("p " << p << " v " << v << " m " << m);
        scenario::Training training = job(1, p, 1, m);
        training.model.layers = std::uint64_t{p} * v;
        training.model.parameters = 3'000'000'000;
        training.parallelism.interleave = v;
        const Graph graph = generate(training, {{site("west", p)}});
        check(graph);
        const Duration both = Duration::seconds(6) / p * 3;  // of a stage
        const Duration step = Evaluator(graph, Duration::zero()).step_time();
        CHECK(std::abs((step - both * m - both * (p - 1) / v).picoseconds()) <= 8 * m * v);  // chunks in whole steps
      }
}

TEST_CASE("extra warm-up forwards upstream of the boundary hide its delay, all but two crossings") {
  constexpr std::uint32_t p = 8, m = 64;
  for (std::uint32_t s = 0; s + 1 < p; ++s)
    for (const std::uint32_t k : {1U, 2U, 4U, 6U}) {
      INFO("boundary behind stage " << s << ", k " << k);
      scenario::Training training = job(1, p, 1, m);
      training.parallelism.extra_warmup = k;
      const Graph graph = generate(training, two_sites(s + 1, p - 1 - s));
      check(graph);
      const Duration both = Duration::seconds(2) / p * 3;
      for (const std::int64_t eighths : {1, 3, 4}) {
        const Duration delay = both * k * eighths / 8;  // up to half of k
        CHECK(Evaluator(graph, delay).step_time() == both * (m + p - 1) + delay * 2);
      }
      CHECK(Evaluator(graph, both * k).step_time() > both * (m + p - 1) + both * k * 2);
    }
}

TEST_CASE("recomputation runs each forward again, and its tensor collectives") {
  scenario::Training training = job(2, 2, 1, 4);
  const auto sites = two_sites(2, 2);
  const Duration plain = Evaluator(generate(training, sites), Duration::zero()).step_time();
  training.model.recomputes = true;
  const Graph graph = generate(training, sites);
  CHECK(Evaluator(graph, Duration::zero()).step_time() * 3 == plain * 4);
  std::uint32_t calls = 0;
  for (const Node& node : graph.ranks[0].nodes)
    if (node.kind == NodeKind::collective) calls += node.repeat;
  CHECK(calls == 4 * 2 * 2 * 3);  // 4 micro-batches, 2 layers, two each in forward, forward again and backward
}

TEST_CASE("ZeRO-1 and 2 reduce gradients to their owners and gather parameters behind the optimizer") {
  for (const auto overlap : {scenario::Overlap::none, scenario::Overlap::backward})
    for (const std::uint32_t zero : {1U, 2U}) {
      scenario::Training training = job(1, 2, 4, 2);
      training.parallelism.overlap = overlap;
      training.parallelism.bucket = Bytes{300'000'000};
      training.parallelism.zero = zero;
      training.model.gradient_bytes = 4;
      const Graph graph = generate(training, two_sites(4, 4));
      check(graph);
      const std::uint64_t buckets = overlap == scenario::Overlap::none ? 1 : 7;  // of 2e9 bytes a rank
      const Program& rank = graph.ranks[5];
      CHECK(collectives(rank, Collective::all_reduce).first == 0);
      CHECK(collectives(rank, Collective::reduce_scatter) == std::pair{buckets, std::uint64_t{2'000'000'000}});
      CHECK(collectives(rank, Collective::all_gather) == std::pair{buckets, std::uint64_t{1'000'000'000 / 4}});
      CHECK(rank.nodes.back().collective == Collective::all_gather);
    }
}

TEST_CASE("ZeRO-3 gathers parameters before every pass, one piece ahead") {
  scenario::Training training = job(1, 1, 4, 3);
  training.parallelism.across_sites = scenario::AcrossSites::data;
  training.parallelism.overlap = scenario::Overlap::backward;
  training.parallelism.bucket = Bytes{500'000'000};  // four of 2e9 bytes
  training.parallelism.zero = 3;
  const Graph graph = generate(training, two_sites(2, 2));
  check(graph);
  const Program& rank = graph.ranks[0];
  CHECK(collectives(rank, Collective::reduce_scatter) ==
        std::pair{std::uint64_t{3 * 4}, 3 * std::uint64_t{2'000'000'000}});
  CHECK(collectives(rank, Collective::all_gather) ==
        std::pair{std::uint64_t{3 * 2 * 4}, 3 * 2 * std::uint64_t{2'000'000'000} / 4});
  CHECK(Evaluator(graph, Duration::zero()).step_time() == Duration::seconds(3 * 6));
  // The third piece's gather waits for the first piece's computing: gather, compute, gather, compute, gather.
  const Node& third = rank.nodes[4];
  REQUIRE(third.collective == Collective::all_gather);
  REQUIRE(third.dependency_count == 1);
  CHECK(rank.dependencies_of(third)[0] == 1);
}

TEST_CASE("what does not go together is refused with what would") {
  scenario::Training training = job(1, 4, 1, 6);
  training.parallelism.interleave = 2;
  CHECK_THAT(refusal(training, two_sites(2, 2)), Contains("multiple of micro-batch x data x pipeline"));
  training = job(1, 4, 1, 8);
  training.parallelism.interleave = 3;
  CHECK_THAT(refusal(training, two_sites(2, 2)), Contains("8 layers are fewer than 3 chunks for each of 4 stages"));
  training.parallelism.interleave = 2;
  training.parallelism.extra_warmup = 1;
  CHECK_THAT(refusal(training, two_sites(2, 2)), Contains("extra-warmup"));
  training = job(1, 1, 4, 1);
  training.parallelism.interleave = 2;
  CHECK_THAT(refusal(training, two_sites(2, 2)), Contains("needs a pipeline"));
  training = job(1, 2, 2, 1);
  training.parallelism.zero = 3;
  CHECK_THAT(refusal(training, two_sites(2, 2)), Contains("zero: 3"));
}
