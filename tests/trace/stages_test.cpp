// SPDX-License-Identifier: Apache-2.0
// Pipelines whose stages do not all have as many layers: who has fewer, and what follows from it.
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/generate.hpp"
#include "control/trace/training_plan.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using units::Bytes;
using units::Duration;

namespace {

std::vector<std::uint32_t> shares(std::uint64_t layers, std::uint32_t parts) {
  std::vector<std::uint32_t> of_parts;
  for (std::uint32_t number = 0; number < parts; ++number) of_parts.push_back(layers_of_part(layers, parts, number));
  return of_parts;
}

Duration computing(const Program& rank, Phase phase) {
  Duration total;
  for (const Node& node : rank.nodes)
    if (node.kind == NodeKind::compute && node.phase == phase) total += node.duration;
  return total;
}

std::uint64_t gradient_bytes(const Program& rank) {
  std::uint64_t bytes = 0;
  for (const Node& node : rank.nodes)
    if (node.kind == NodeKind::collective && node.phase == Phase::gradient) bytes += node.bytes.count() * node.repeat;
  return bytes;
}

}  // namespace

TEST_CASE("layers go to stages as evenly as they divide, the ends with fewer") {
  // Llama 3 405B: the first and the last of 16 stages have a layer less (arXiv:2407.21783, 3.3.2).
  std::vector<std::uint32_t> llama(16, 8);
  llama.front() = llama.back() = 7;
  CHECK(shares(126, 16) == llama);
  CHECK(shares(61, 16) == std::vector<std::uint32_t>{3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3});
  CHECK(shares(12, 4) == std::vector<std::uint32_t>{3, 3, 3, 3});
  CHECK(shares(9, 4) == std::vector<std::uint32_t>{2, 3, 2, 2});
  CHECK(shares(5, 5) == std::vector<std::uint32_t>{1, 1, 1, 1, 1});
  for (std::uint64_t layers = 1; layers < 200; ++layers)
    for (std::uint32_t parts = 1; parts <= layers; ++parts) {
      const std::vector<std::uint32_t> of_parts = shares(layers, parts);
      CHECK(std::accumulate(of_parts.begin(), of_parts.end(), std::uint64_t{0}) == layers);
    }
}

TEST_CASE("a stage computes, and exchanges, as much as it has layers") {
  for (const bool overlaps : {false, true}) {
    scenario::Training training = job(1, 4, 2, 8);
    training.model.layers = 9;
    training.model.parameters = 9'000'000'000;
    training.parallelism.overlap = overlaps ? scenario::Overlap::backward : scenario::Overlap::none;
    const std::vector<scenario::Site> sites{site("west", 4), site("east", 4)};
    const Graph graph = generate(training, sites);
    check(graph);
    CHECK(graph.source.find("2 or 3 layers a stage") != std::string::npos);
    Duration forward;
    std::uint64_t gradients = 0;
    for (std::uint32_t stage = 0; stage < 4; ++stage) {
      const Program& rank = graph.ranks[2 * stage];
      const std::uint32_t layers = stage == 1 ? 3 : 2;
      const Duration per_layer = computing(graph.ranks[0], Phase::forward) / 2;
      CHECK(computing(rank, Phase::forward) == per_layer * layers);
      CHECK(computing(rank, Phase::backward) == per_layer * layers * 2);
      CHECK(gradient_bytes(rank) == layers * 1'000'000'000ULL * training.model.gradient_bytes);
      forward += computing(rank, Phase::forward);
      gradients += gradient_bytes(rank);
    }
    CHECK(gradients == training.model.parameters * training.model.gradient_bytes);
    // Eight micro-batches of 2 x parameters x tokens operations.
    const double flops = 2.0 * 9e9 * static_cast<double>(training.model.sequence * training.model.micro_batch) * 8;
    CHECK(forward.seconds() == Approx(flops / (training.gpu.flops * training.gpu.utilisation)).epsilon(1e-9));
  }
}

// Stages of 2, 3, 2, 2 layers, with a layer's forward as unit of time: the second stage has its first input after 2, is
// ahead by three forwards of 3, then waits until the first micro-batch is back from the stages behind (2 + 2 forwards,
// 4 + 4 backwards) at 17, is busy with 8 backwards of 6 and the 5 forwards that are left, and the first stage ends with
// a backward of 4.
TEST_CASE("the step of an uneven pipeline by hand") {
  scenario::Training training = job(1, 4, 1, 8);
  training.model.layers = 9;
  const std::vector<scenario::Site> sites{site("west", 2), site("east", 2)};
  const Graph graph = generate(training, sites);
  const Duration unit = computing(graph.ranks[0], Phase::forward) / (8 * 2);
  CHECK(Evaluator(graph, Duration::zero()).step_time() == unit * (17 + 8 * 6 + 5 * 3 + 4));
}
