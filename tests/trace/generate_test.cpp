// SPDX-License-Identifier: Apache-2.0
#include "control/trace/generate.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

std::vector<Node> nodes_of(const Program& rank, NodeKind kind, Phase phase) {
  std::vector<Node> result;
  std::copy_if(rank.nodes.begin(), rank.nodes.end(), std::back_inserter(result),
               [&](const Node& node) { return node.kind == kind && node.phase == phase; });
  return result;
}

std::vector<std::uint32_t> dependencies_of(const Program& rank, const Node& node) {
  const auto span = rank.dependencies_of(node);
  return {span.begin(), span.end()};
}

scenario::Training gpt3() {
  scenario::Training training;
  training.model.name = "gpt3-175b";
  training.model.layers = 96;
  training.model.hidden = 12288;
  training.model.parameters = 175'000'000'000;
  training.model.global_batch = 1536;
  training.parallelism.tensor = 8;
  training.parallelism.pipeline = 8;
  training.parallelism.data = 16;
  return training;
}

}  // namespace

TEST_CASE("ranks lie tensor fastest, then data, then pipeline; lanes are stages") {
  const Graph graph = generate(job(2, 4, 3, 4), std::vector{site("west", 12), site("east", 12)});
  REQUIRE(graph.ranks.size() == 24);
  check(graph);
  CHECK(graph.lane_of_rank[0] == 0);
  CHECK(graph.lane_of_rank[5] == 0);
  CHECK(graph.lane_of_rank[6] == 1);
  CHECK(graph.site_of_rank[11] == 0);
  CHECK(graph.site_of_rank[12] == 1);
  REQUIRE(graph.groups.size() == 3 * 4 + 2 * 4 + 2 * 3);
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 1});
  CHECK(graph.groups[12].name == "data, tensor 0, stage 0");
  CHECK(graph.groups[12].ranks == std::vector<std::uint32_t>{0, 2, 4});
  CHECK(graph.groups[19].ranks == std::vector<std::uint32_t>{19, 21, 23});
  CHECK(graph.groups[20].name == "pipeline, tensor 0, data 0");
  CHECK(graph.groups[25].ranks == std::vector<std::uint32_t>{5, 11, 17, 23});
}

TEST_CASE("data parallel across sites: the first half of the replicas of every stage is at the first site") {
  scenario::Training training = job(2, 2, 4, 2);
  training.parallelism.across_sites = scenario::AcrossSites::data;
  const Graph graph = generate(training, std::vector{site("west", 8), site("east", 8)});
  CHECK(graph.site_of_rank == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1});
}

TEST_CASE("one micro-batch of a middle stage: what it computes, receives and sends") {
  const Graph graph = generate(job(2, 4, 1, 4), std::vector{site("west", 8)});
  const Program& rank = graph.ranks[3];  // tensor 1 of stage 1
  // 2e12 FLOPs forward over 4 stages x 2 GPUs of 1 TFLOP/s.
  const auto forward = nodes_of(rank, NodeKind::compute, Phase::forward);
  const auto backward = nodes_of(rank, NodeKind::compute, Phase::backward);
  REQUIRE(forward.size() == 4);
  REQUIRE(backward.size() == 4);
  CHECK(forward[0].duration == Duration::milliseconds(250));
  CHECK(backward[0].duration == Duration::milliseconds(500));

  const auto tensor = nodes_of(rank, NodeKind::collective, Phase::tensor);
  REQUIRE(tensor.size() == 8);
  CHECK(tensor[0].repeat == 4);              // two layers in the stage
  CHECK(tensor[0].bytes == Bytes{200'000});  // 1 x 1000 x 100 x 2 bytes
  CHECK(tensor[0].collective == Collective::all_reduce);

  const auto activations = nodes_of(rank, NodeKind::send, Phase::activation);
  const auto gradients = nodes_of(rank, NodeKind::send, Phase::gradient_activation);
  REQUIRE(activations.size() == 4);
  CHECK(graph.ranks.peer_of(3, activations[2]) == 5);
  CHECK(activations[2].tag == 2);
  CHECK(activations[2].bytes == Bytes{100'000});
  REQUIRE(gradients.size() == 4);
  CHECK(graph.ranks.peer_of(3, gradients[0]) == 1);
  CHECK(nodes_of(rank, NodeKind::receive, Phase::activation).size() == 4);
  CHECK(nodes_of(rank, NodeKind::receive, Phase::gradient_activation).size() == 4);
}

TEST_CASE("the chain: receives wait for nothing, sends hold nothing up") {
  const Graph graph = generate(job(2, 2, 1, 2), std::vector{site("west", 4)});
  const Program& last = graph.ranks[2];  // last stage: F0 B0 F1 B1
  REQUIRE(last.nodes.size() == 2 * 6 + 1);
  const NodeKind kinds[] = {NodeKind::receive, NodeKind::compute,    NodeKind::collective,
                            NodeKind::compute, NodeKind::collective, NodeKind::send};
  for (std::size_t i = 0; i < 12; ++i) CHECK(last.nodes[i].kind == kinds[i % 6]);
  CHECK(dependencies_of(last, last.nodes[0]).empty());
  CHECK(dependencies_of(last, last.nodes[1]) == std::vector<std::uint32_t>{0});
  CHECK(dependencies_of(last, last.nodes[2]) == std::vector<std::uint32_t>{1});
  CHECK(dependencies_of(last, last.nodes[5]) == std::vector<std::uint32_t>{4});
  CHECK(dependencies_of(last, last.nodes[6]).empty());
  CHECK(dependencies_of(last, last.nodes[7]) == std::vector<std::uint32_t>{4, 6});
  CHECK(last.nodes[12].phase == Phase::optimizer);
  CHECK(last.nodes[12].duration == Duration::zero());
  CHECK(dependencies_of(last, last.nodes[12]) == std::vector<std::uint32_t>{10});
}

TEST_CASE("without tensor parallelism there is no tensor collective and the boundary carries everything") {
  const Graph graph = generate(job(1, 2, 1, 2), std::vector{site("west", 2)});
  CHECK(graph.groups.empty());
  CHECK(nodes_of(graph.ranks[0], NodeKind::collective, Phase::tensor).empty());
  CHECK(nodes_of(graph.ranks[0], NodeKind::send, Phase::activation)[0].bytes == Bytes{200'000});
}

TEST_CASE("gradients without overlap: whole, once the stages of the replica have drained") {
  scenario::Training training = job(1, 2, 2, 2);
  training.parallelism.bucket = Bytes{300'000'000};  // shard: 1e9 x 2 / 2 = 1e9 bytes
  const Graph graph = generate(training, std::vector{site("west", 4)});
  const Program& rank = graph.ranks[0];
  const auto gradients = nodes_of(rank, NodeKind::collective, Phase::gradient);
  REQUIRE(gradients.size() == 1);
  CHECK(gradients[0].bytes == Bytes{1'000'000'000});
  // Chain of stage 0: F0 F1 and, each after a receive, B0 B1: B1 is node 7 of F0 s F1 s r B0 r B1, the barrier follows
  // it.
  CHECK(rank.nodes[8].collective == Collective::barrier);
  CHECK(graph.groups[graph.ranks.group_of(0, rank.nodes[8])].ranks == std::vector<std::uint32_t>{0, 2});
  CHECK(dependencies_of(rank, rank.nodes[8]) == std::vector<std::uint32_t>{7});
  CHECK(dependencies_of(rank, gradients[0]) == std::vector<std::uint32_t>{8});
  CHECK(dependencies_of(rank, rank.nodes.back()) == std::vector<std::uint32_t>{9, 8});
  check(graph);
}

TEST_CASE("one stage, or no replicas: nothing to drain for") {
  const auto barriers = [](const Graph& graph) {
    std::size_t count = 0;
    for (const Node& node : graph.ranks[0].nodes)
      count += node.kind == NodeKind::collective && node.collective == Collective::barrier ? 1 : 0;
    return count;
  };
  CHECK(barriers(generate(job(1, 1, 2, 2), std::vector{site("west", 2)})) == 0);
  CHECK(barriers(generate(job(1, 2, 1, 2), std::vector{site("west", 2)})) == 0);
}

TEST_CASE("gradients with overlap: the last backward is cut, each bucket follows its own piece") {
  scenario::Training training = job(1, 2, 2, 2);
  training.parallelism.bucket = Bytes{300'000'000};
  training.parallelism.overlap = scenario::Overlap::backward;
  const Graph graph = generate(training, std::vector{site("west", 4)});
  const Program& rank = graph.ranks[0];
  const auto backward = nodes_of(rank, NodeKind::compute, Phase::backward);
  REQUIRE(backward.size() == 1 + 4);
  CHECK(backward[0].duration == Duration::seconds(2));
  for (std::size_t i = 1; i < 5; ++i) CHECK(backward[i].duration == Duration::milliseconds(500));
  // F0 s F1 s r B0 r, then piece and bucket in turn from node 7.
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(rank.nodes[7 + 2 * i].phase == Phase::backward);
    CHECK(rank.nodes[8 + 2 * i].phase == Phase::gradient);
    CHECK(dependencies_of(rank, rank.nodes[8 + 2 * i]) == std::vector<std::uint32_t>{7 + 2 * i});
  }
  CHECK(dependencies_of(rank, rank.nodes.back()) == std::vector<std::uint32_t>{8, 10, 12, 14, 13});
  check(graph);
  // Cutting the backward changes no time: (m + p - 1)(t_f + t_b) = 3 x 3 s.
  CHECK(Evaluator(graph, Duration::zero()).step_time() == Duration::seconds(9));
}

TEST_CASE("a backward that does not divide evenly keeps its total") {
  scenario::Training training = job(1, 1, 2, 1);
  training.parallelism.bucket = Bytes{300'000'000};  // shard 2e9: 7 buckets
  training.parallelism.overlap = scenario::Overlap::backward;
  const Graph graph = generate(training, std::vector{site("west", 2)});
  const auto backward = nodes_of(graph.ranks[1], NodeKind::compute, Phase::backward);
  REQUIRE(backward.size() == 7);
  Duration total;
  for (const Node& node : backward) total += node.duration;
  CHECK(total == Duration::seconds(4));
}

TEST_CASE("175 billion parameters on 1024 ranks") {
  const Graph graph = generate(gpt3(), std::vector{site("west", 512), site("east", 512)});
  check(graph);
  const Summary summary = summarize(graph);
  CHECK(summary.ranks == 1024);
  // 6 x 175e9 x 1536 x 2048 FLOPs; 312 TFLOP/s each.
  CHECK(graph.model_flops == Approx(3.3030144e18));
  CHECK(graph.peak_flops == Approx(1024 * 312e12));
  // Physics 6.6: T_comp = 6 P B s / (N x 312e12 x 45 %) = 22.97 s, here per rank without the bubble.
  CHECK(summary.longest_compute.seconds() == Approx(22.974).epsilon(1e-4));
  CHECK(summary.compute_share == Approx(1));
  // Both directions: 2 x 1536 sequences x 2048 x 12288 x 2 bytes = 77.3 GB each.
  CHECK(summary.crossing_bytes == Bytes{2ULL * 1536 * 2048 * 12288 * 2});
  // 7 boundaries, each way, 96 micro-batches, 128 ranks.
  CHECK(summary.sent_messages == 7ULL * 2 * 96 * 128);
  // Shard 175e9 x 2 / 64 = 5'468'750'000 bytes: 20 buckets of 256 MiB and a smaller one.
  const auto buckets = nodes_of(graph.ranks[1023], NodeKind::collective, Phase::gradient);
  REQUIRE(buckets.size() == 21);
  CHECK(buckets[0].bytes == Bytes::mebi(256));
  CHECK(std::accumulate(buckets.begin(), buckets.end(), Bytes{},
                        [](Bytes sum, const Node& n) { return sum + n.bytes; }) == Bytes{5'468'750'000});
  // The ranks of a stage share its program.
  std::size_t held = 0;
  const std::vector<std::uint32_t> programs = graph.ranks.program_numbers();
  CHECK(programs[0] == programs[127]);
  CHECK(programs[1023] == 7);
  for (std::uint32_t rank = 0; rank < 1024; rank += 128)
    held += graph.ranks[rank].nodes.capacity() * sizeof(Node) +
            graph.ranks[rank].dependencies.capacity() * sizeof(std::uint32_t);
  CHECK(held < 600'000);
}

TEST_CASE("summary of a generated job") {
  const Graph graph = generate(job(2, 2, 2, 2), std::vector{site("west", 4), site("east", 4)});
  const Summary summary = summarize(graph);
  CHECK(summary.nodes_of(NodeKind::compute) == 8 * (2 * 2 + 1));
  CHECK(summary.nodes_of(NodeKind::send) == 8 * 2);
  CHECK(summary.nodes_of(NodeKind::receive) == 8 * 2);
  CHECK(summary.nodes_of(NodeKind::collective) == 8 * (4 + 2));  // 4 tensor, a barrier, the gradient of 500e6 bytes
  REQUIRE(summary.collectives.size() == 3);                      // groups that differ in their place alone are one row
  CHECK(summary.collectives[0].group == "tensor, data *, stage");
  CHECK(summary.collectives[0].groups == 4);
  CHECK(summary.collectives[0].count == 16);  // 2 micro-batches, forward and backward, repeat 4
  CHECK(summary.collectives[0].bytes == Bytes{16 * 200'000});
  CHECK(summary.collectives[1].group == "data, tensor *, stage");
  CHECK(summary.collectives[1].group_size == 2);
  CHECK(summary.collectives[1].bytes == Bytes{500'000'000});
  CHECK(summary.sent_bytes == Bytes{16 * 100'000});
  CHECK(summary.crossing_bytes == Bytes{16 * 100'000});
  CHECK(name_of(Collective::reduce_scatter) == "reduce-scatter");
}

TEST_CASE("shapes that make no sense are refused") {
  const std::vector<scenario::Site> sites{site("west", 8), site("east", 8)};
  scenario::Training training = job(8, 2, 1, 2);
  training.model.layers = 1;
  CHECK_THROWS_WITH(generate(training, sites), Contains("1 layers are fewer than 2 pipeline stages"));
  training = job(8, 2, 1, 2);
  training.model.micro_batch = 4;
  CHECK_THROWS_WITH(generate(training, sites), Contains("global-batch 2 is not a multiple of micro-batch x data = 4"));
  CHECK_THROWS_WITH(generate(job(16, 1, 1, 2), sites), Contains("tensor group of 16 does not stay inside the nodes"));
  CHECK_THROWS_WITH(generate(job(8, 3, 1, 3), sites), Contains("3 pipeline stages of 8 GPUs do not split"));
  CHECK_THROWS_AS(generate(job(8, 0, 1, 3), sites), TraceError);
  training = job(8, 2, 1, 2);
  training.model.global_batch = 70'000;
  CHECK_THROWS_WITH(generate(training, sites), Contains("65535 micro-batches"));
}
