// SPDX-License-Identifier: Apache-2.0
// Context parallelism: who has which part of a sequence, what is exchanged for it, and what stays as it is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/generate.hpp"
#include "control/trace/training_plan.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using units::Bytes;
using units::Duration;

namespace {

// 32 ranks: tensor 2, context 4, data 2, two stages of two layers; 250 of 1,000 tokens each; ten heads of ten columns,
// two of keys and values.
scenario::Training with_context() {
  scenario::Training training = job(2, 2, 2, 4);
  training.parallelism.context = 4;
  training.model.heads = 10;
  training.model.kv_heads = 2;
  return training;
}

const std::vector<scenario::Site>& sites() {
  static const std::vector<scenario::Site> both{site("west", 16), site("east", 16)};
  return both;
}

// Nodes of a rank that are such collectives, each counted as often as it repeats.
std::uint64_t calls(const Program& rank, Collective collective, Phase phase, Bytes bytes) {
  std::uint64_t count = 0;
  for (const Node& node : rank.nodes)
    if (node.kind == NodeKind::collective && node.collective == collective && node.phase == phase &&
        node.bytes == bytes)
      count += node.repeat;
  return count;
}

}  // namespace

TEST_CASE("keys and values are gathered in each layer's forward, and their gradients scattered in its backward") {
  const TrainingPlan plan = plan_of(with_context(), sites());
  // Keys and values, 250 tokens, one head of ten columns for each of two tensor ranks, two bytes.
  CHECK(plan.context_bytes == Bytes{2 * 250 * 10 * 2});
  CHECK(plan.tensor_bytes == Bytes{250 * 100 * 2});
  // 2 x 1e9 x 1,000 operations over 2 x 2 x 4 ranks of 1 TFLOP/s.
  CHECK(plan.part(0, 0).forward == Duration::milliseconds(125));
  CHECK(plan.part(0, 0).backward == Duration::milliseconds(250));
  const Graph graph = generate(with_context(), sites());
  check(graph);
  REQUIRE(graph.ranks.size() == 32);
  for (const std::uint32_t rank : {0U, 13U, 31U}) {
    // Four micro-batches of two layers.
    CHECK(calls(graph.ranks[rank], Collective::all_gather, Phase::tensor, Bytes{10'000}) == 8);
    CHECK(calls(graph.ranks[rank], Collective::reduce_scatter, Phase::tensor, Bytes{40'000}) == 8);
    // Gradients are reduced over data and context: one all-reduce of the shard of tensor and pipeline.
    CHECK(calls(graph.ranks[rank], Collective::all_reduce, Phase::gradient, Bytes{1'000'000'000 / 4 * 2}) == 1);
  }
  scenario::Training again = with_context();
  again.model.recomputes = true;
  CHECK(calls(generate(again, sites()).ranks[0], Collective::all_gather, Phase::tensor, Bytes{10'000}) == 16);
}

TEST_CASE("a context group is neighbours of one replica, at one site") {
  const Graph graph = generate(with_context(), sites());
  std::size_t contexts = 0, replicas = 0;
  for (const Group& group : graph.groups) {
    if (group.name.starts_with("context")) {
      ++contexts;
      REQUIRE(group.ranks.size() == 4);
      for (std::size_t i = 1; i < 4; ++i) {
        CHECK(group.ranks[i] == group.ranks[i - 1] + 2);
        CHECK(graph.site_of_rank[group.ranks[i]] == graph.site_of_rank[group.ranks[0]]);
      }
      CHECK(group.ranks[0] % 8 < 2);
    }
    if (group.name.starts_with("data")) {
      ++replicas;
      CHECK(group.ranks.size() == 8);
    }
  }
  CHECK(contexts == 8);
  CHECK(replicas == 4);
}

TEST_CASE("ZeRO keeps a part for each of data x context") {
  scenario::Training training = with_context();
  training.parallelism.zero = 1;
  training.model.parameter_bytes = 2;
  const TrainingPlan plan = plan_of(training, sites());
  std::uint64_t bytes = 0;
  for (const Bucket& gather : plan.stages[0].gathers) bytes += gather.bytes.count();
  CHECK(bytes == 1'000'000'000ULL / 4 * 2 / 8);
}

TEST_CASE("experts go with context: tokens stay with those that have the same part") {
  scenario::Training training = with_context();
  training.model.experts = 4;
  training.model.active_experts = 2;
  training.model.expert_feed_forward = 10;
  training.parallelism.expert = 2;
  const Graph graph = generate(training, sites());
  check(graph);
  std::size_t experts = 0;
  for (const Group& group : graph.groups) {
    if (!group.name.starts_with("expert, ") && !group.name.starts_with("expert tensor")) continue;
    ++experts;
    REQUIRE(group.ranks.size() == 2);
    CHECK(group.ranks[1] == group.ranks[0] + 8);
  }
  CHECK(experts == 16);
}

TEST_CASE("one rank for each sequence is as it was, and parts must be equal") {
  const Graph plain = generate(job(2, 2, 2, 4), std::vector{site("west", 4), site("east", 4)});
  for (const Group& group : plain.groups) CHECK_FALSE(group.name.starts_with("context"));
  CHECK(plain.source.find("context") == std::string::npos);
  scenario::Training odd = with_context();
  odd.model.sequence = 1'002;
  CHECK_THROWS_AS(generate(odd, sites()), TraceError);
  odd.parallelism.context = 0;
  CHECK_THROWS_AS(generate(odd, sites()), TraceError);
}
