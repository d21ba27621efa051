// SPDX-License-Identifier: Apache-2.0
// Mixture-of-experts models: what they exchange, among whom.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "control/scenario/parameters.hpp"
#include "control/scenario/presets.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/generate.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;

namespace {

// 8 layers of hidden size 100, the first of them dense; 8 experts of 3 x 100 x 50 parameters, of which a token takes 2.
scenario::Training mixture(std::uint32_t tensor, std::uint32_t pipeline, std::uint32_t data, std::uint32_t expert) {
  scenario::Training training = job(tensor, pipeline, data, 2);
  training.model.layers = 8;
  training.model.gated_mlp = true;
  training.model.experts = 8;
  training.model.active_experts = 2;
  training.model.expert_feed_forward = 50;
  training.model.dense_layers = 1;
  training.parallelism.expert = expert;
  return training;
}

// Calls and input bytes of a rank, by kind and size of the group.
std::map<std::pair<Collective, std::size_t>, std::pair<std::uint64_t, std::uint64_t>> exchanged(const Graph& graph,
                                                                                                std::uint32_t rank) {
  std::map<std::pair<Collective, std::size_t>, std::pair<std::uint64_t, std::uint64_t>> totals;
  for (const Node& node : graph.ranks[rank].nodes) {
    if (node.kind != NodeKind::collective) continue;
    auto& [calls, bytes] = totals[{node.collective, graph.groups[graph.ranks.group_of(rank, node)].ranks.size()}];
    calls += node.repeat;
    bytes += node.repeat * node.bytes.count();
  }
  return totals;
}

}  // namespace

TEST_CASE("tokens go to their experts and back in every layer that has some, forward and backward") {
  const Graph graph = generate(mixture(2, 2, 4, 2), std::vector{site("west", 16)});
  check(graph);
  // 1 x 1000 tokens x 2 experts x 100 x 2 bytes over 2 tensor ranks; 2 micro-batches, 2 passes, dispatch and combine.
  constexpr std::uint64_t sent = 1000 * 2 * 100 * 2 / 2;
  CHECK(exchanged(graph, 0)[{Collective::all_to_all, 2}] ==
        std::pair<std::uint64_t, std::uint64_t>{2 * 4 * 3, 2 * 4 * 3 * sent});
  CHECK(exchanged(graph, 15)[{Collective::all_to_all, 2}] ==
        std::pair<std::uint64_t, std::uint64_t>{2 * 4 * 4, 2 * 4 * 4 * sent});
  scenario::Training again = mixture(2, 2, 4, 2);
  again.model.recomputes = true;
  CHECK(exchanged(generate(again, std::vector{site("west", 16)}), 15)[{Collective::all_to_all, 2}].first == 2 * 6 * 4);
}

TEST_CASE("gradients of experts are reduced among the replicas that have the same ones") {
  scenario::Training training = mixture(2, 2, 4, 2);
  const std::uint64_t of_experts = scenario::expert_parameters(training.model);
  REQUIRE(of_experts == 7ULL * 8 * 3 * 100 * 50);
  const Graph graph = generate(training, std::vector{site("west", 16)});
  auto totals = exchanged(graph, 5);
  // Over 2 tensor ranks and 2 stages, 2 bytes each; experts over 2 replicas besides.
  CHECK(totals[{Collective::all_reduce, 4}].second == (1'000'000'000 - of_experts) * 2 / 4);
  std::uint64_t gradients = 0;
  for (const Node& node : graph.ranks[5].nodes) {
    if (node.phase == Phase::gradient && graph.groups[graph.ranks.group_of(5, node)].ranks.size() == 2)
      gradients += node.bytes.count();
  }
  CHECK(gradients == of_experts * 2 / 8);
  // With as many replicas as share experts, nobody has the same.
  const Graph all = generate(mixture(2, 2, 4, 4), std::vector{site("west", 16)});
  check(all);
  CHECK(std::none_of(all.groups.begin(), all.groups.end(),
                     [](const Group& group) { return group.name.starts_with("expert data"); }));
  CHECK(exchanged(all, 5)[{Collective::all_reduce, 4}].second == (1'000'000'000 - of_experts) * 2 / 4);
}

TEST_CASE("expert groups are consecutive replicas, and with those of the same experts they part the replicas") {
  for (const auto overlap : {scenario::Overlap::none, scenario::Overlap::backward}) {
    scenario::Training training = mixture(2, 2, 4, 2);
    training.parallelism.overlap = overlap;
    const Graph graph = generate(training, std::vector{site("west", 8), site("east", 8)});
    check(graph);
    std::map<std::string, std::vector<int>> members;  // by family: in how many of its groups each rank is
    for (const Group& group : graph.groups) {
      if (!group.name.starts_with("expert")) continue;
      auto& count = members[group.name.substr(0, group.name.find(','))];
      count.resize(16);
      for (const std::uint32_t rank : group.ranks) ++count[rank];
    }
    CHECK(members == std::map<std::string, std::vector<int>>{{"expert", std::vector<int>(16, 1)},
                                                             {"expert data", std::vector<int>(16, 1)}});
    const auto group_named = [&](const std::string& name) {
      return std::find_if(graph.groups.begin(), graph.groups.end(), [&](const Group& g) { return g.name == name; })
          ->ranks;
    };
    CHECK(group_named("expert, tensor 1, data 2, stage 1") == std::vector<std::uint32_t>{13, 15});
    CHECK(group_named("expert data, tensor 1, data 1, stage 0") == std::vector<std::uint32_t>{3, 7});
  }
}

TEST_CASE("ZeRO gathers the experts' parameters among the replicas that have the same ones") {
  scenario::Training training = mixture(1, 1, 4, 2);
  training.parallelism.zero = 1;
  const std::uint64_t of_experts = scenario::expert_parameters(training.model);
  const Graph graph = generate(training, std::vector{site("west", 4)});
  check(graph);
  auto totals = exchanged(graph, 0);
  CHECK(totals[{Collective::reduce_scatter, 4}].second == (1'000'000'000 - of_experts) * 2);
  CHECK(totals[{Collective::reduce_scatter, 2}].second == of_experts * 2 / 2);
  CHECK(totals[{Collective::all_gather, 2}].second == of_experts * 2 / 2 / 2);
}

TEST_CASE("a token computes with the experts that it goes through") {
  scenario::Training training = mixture(1, 1, 2, 2);
  training.model.parameters = 6'000'000;
  const double active = 6e6 - 7 * 6 * 15'000;
  CHECK(scenario::active_parameters(training.model) == active);
  const Graph graph = generate(training, std::vector{site("west", 2)});
  CHECK(graph.model_flops == Approx(6 * active * 4 * 1000));
  CHECK(graph.ranks[0].nodes[0].duration.seconds() == Approx(2 * active * 1000 / 1e12));
  // Published: 46.7e9 of which 12.9e9 active; 671e9 of which 37e9.
  CHECK(scenario::active_parameters(scenario::preset_model("mixtral-8x7b")) == Approx(12.9e9).epsilon(0.005));
  CHECK(scenario::active_parameters(scenario::preset_model("deepseek-v3")) == Approx(37e9).epsilon(0.02));
  CHECK(static_cast<double>(scenario::count_parameters(scenario::preset_model("mixtral-8x7b"))) ==
        Approx(46.7e9).epsilon(0.005));
}

TEST_CASE("experts that do not divide are refused") {
  const std::vector sites{site("west", 16)};
  CHECK_THROWS_WITH(generate(mixture(1, 1, 4, 3), sites), Contains("expert 3 does not divide data 4"));
  CHECK_THROWS_WITH(generate(mixture(1, 1, 16, 16), sites), Contains("does not divide the 8 experts"));
  scenario::Training dense = job(1, 1, 4, 2);
  dense.parallelism.expert = 2;
  CHECK_THROWS_WITH(generate(dense, sites), Contains("is of models with experts"));
  scenario::Training zero = mixture(1, 1, 4, 2);
  zero.parallelism.zero = 3;
  CHECK_THROWS_WITH(generate(zero, sites), Contains("set zero 1, or expert 1"));
}
