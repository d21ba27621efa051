// SPDX-License-Identifier: Apache-2.0
// Training data at a site of its own: who reads and writes what, and what a step waits for.
#include "control/trace/storage.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/generate.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

scenario::Training stored(scenario::Training training, bool prefetch, std::uint64_t read, std::uint64_t write) {
  training.storage = scenario::Storage{
      .site = "east", .read_per_step = Bytes{read}, .prefetch = prefetch, .write_per_step = Bytes{write}};
  return training;
}

// The bytes of a rank's nodes of one kind whose peer is in [first, last).
std::uint64_t bytes_with(const Graph& graph, std::uint32_t r, NodeKind kind, std::uint32_t first, std::uint32_t last) {
  std::uint64_t bytes = 0;
  for (const Node& node : graph.ranks[r].nodes) {
    if (node.kind != kind) continue;
    const std::uint32_t peer = graph.ranks.peer_of(r, node);
    if (peer >= first && peer < last) bytes += node.bytes.count();
  }
  return bytes;
}

}  // namespace

TEST_CASE("servers stand behind the ranks of the job, at the site that keeps the data") {
  // 2 x 2 x 3 = 12 ranks in the west, 4 servers in the east; 6 ranks of the first stage read, 5 micro-batches each.
  const Graph graph =
      generate(stored(job(2, 2, 3, 5), true, 3'000, 1'200), std::vector{site("east", 4), site("west", 12)});
  check(graph);
  REQUIRE(graph.ranks.size() == 16);
  CHECK(graph.servers == 4);
  for (std::uint32_t rank = 0; rank < 16; ++rank) CHECK(graph.site_of_rank[rank] == (rank < 12 ? 1 : 0));
  CHECK(graph.lane_of_rank[11] == 1);
  CHECK(graph.lane_of_rank[12] == 2);
  CHECK(graph.peak_flops == 12e12);
  CHECK_THAT(graph.source, Contains(", data at east"));
  std::uint64_t read = 0, written = 0;
  for (std::uint32_t rank = 0; rank < 12; ++rank) {
    CHECK(bytes_with(graph, rank, NodeKind::receive, 12, 16) == (rank < 6 ? 500 : 0));
    CHECK(bytes_with(graph, rank, NodeKind::send, 12, 16) == 100 + (rank < 6 ? 5 * 64 : 0));
  }
  for (std::uint32_t server = 12; server < 16; ++server) {
    read += bytes_with(graph, server, NodeKind::send, 0, 12);
    written += bytes_with(graph, server, NodeKind::receive, 0, 12);
  }
  CHECK(read == 3'000);
  CHECK(written == 1'200 + 6 * 5 * 64);
}

TEST_CASE("samples that are read ahead hide behind the step; others cost a round trip for each micro-batch") {
  const std::vector sites{site("west", 1), site("east", 1)};
  const auto step = [&](bool prefetch, std::int64_t seconds) {
    const Graph graph = generate(stored(job(1, 1, 1, 4), prefetch, 4'000, 1'000), sites);
    check(graph);
    return Evaluator{graph, Duration::seconds(seconds)}.step_time();
  };
  // Four micro-batches of 6 s.
  CHECK(step(true, 5) == Duration::seconds(24));
  CHECK(step(true, 15) == Duration::seconds(30));
  CHECK(step(false, 5) == Duration::seconds(24 + 4 * 10));
}

TEST_CASE("shares are rounded up, more servers than readers stand idle, and a site that is not there is refused") {
  const scenario::Storage storage{"east", Bytes{100}, true, Bytes{7}};
  const std::vector sites{site("west", 2), site("east", 9)};
  const StoragePlan plan = storage_plan(storage, sites, 2, 2, 3);
  CHECK(plan.site == 1);
  CHECK(plan.servers == 9);
  CHECK(plan.read == Bytes{17});
  CHECK(plan.write == Bytes{4});
  CHECK(plan.server_of(1) == 3);
  const Graph graph = generate(stored(job(1, 1, 2, 3), false, 100, 7), sites);
  check(graph);
  CHECK(graph.ranks[10].nodes.empty());
  CHECK_THROWS_WITH(generate(stored(job(1, 1, 2, 3), true, 1, 0), std::vector{site("west", 2)}),
                    Contains("there is no site 'east'"));
}
