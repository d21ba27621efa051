// SPDX-License-Identifier: Apache-2.0
#include "control/trace/chakra_writer.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/generate.hpp"
#include "control/trace/place.hpp"
#include "tests/trace/chakra_files.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

std::vector<std::string> written(const Graph& graph) {
  const ChakraWriter writer{graph};
  std::vector<std::string> files;
  for (std::uint32_t rank = 0; rank < graph.ranks.size(); ++rank) files.push_back(writer.file_of(rank));
  return files;
}

// A collective that is repeated, as so many nodes one after the other.
Program unrolled(const Program& rank) {
  Program result;
  std::vector<std::uint32_t> last;
  for (Node node : rank.nodes) {
    std::vector<std::uint32_t> after;
    for (const std::uint32_t dependency : rank.dependencies_of(node)) after.push_back(last[dependency]);
    const std::uint32_t repeat = node.repeat;
    node.repeat = 1;
    for (std::uint32_t i = 0; i < repeat; ++i) after = {result.add(node, after)};
    last.push_back(after.front());
  }
  return result;
}

auto said_by(const Graph& graph, std::size_t r, const Node& node) {
  const bool is_collective = node.kind == NodeKind::collective;
  const bool is_message = node.kind == NodeKind::send || node.kind == NodeKind::receive;
  const Group group = is_collective ? graph.groups[graph.ranks.group_of(r, node)] : Group{};
  return std::tuple{node.kind,
                    node.duration.picoseconds(),
                    node.bytes.count(),
                    is_message ? graph.ranks.peer_of(r, node) : 0,
                    node.tag,
                    group.name,
                    group.ranks,
                    node.microbatch,
                    is_collective ? node.collective : Collective::barrier,
                    node.phase,
                    node.on_host,
                    node.repeat};
}

void check_same(const Graph& expected, const Graph& read) {
  REQUIRE(read.ranks.size() == expected.ranks.size());
  CHECK(read.lane_of_rank == expected.lane_of_rank);
  CHECK(read.model_flops == expected.model_flops);
  CHECK(read.peak_flops == expected.peak_flops);
  for (std::size_t r = 0; r < expected.ranks.size(); ++r) {
    const Program rank = unrolled(expected.ranks[r]);
    REQUIRE(read.ranks[r].nodes.size() == rank.nodes.size());
    CHECK(read.ranks[r].dependencies == rank.dependencies);
    for (std::size_t i = 0; i < rank.nodes.size(); ++i) {
      INFO("rank " << r << ", node " << i);
      REQUIRE(said_by(read, r, read.ranks[r].nodes[i]) == said_by(expected, r, rank.nodes[i]));
      CHECK(read.ranks[r].nodes[i].dependency_count == rank.nodes[i].dependency_count);
    }
  }
}

}  // namespace

TEST_CASE("a generated step, written and read, is the same graph") {
  std::vector<scenario::Training> jobs(6, job(2, 4, 2, 8));
  jobs[1].parallelism.overlap = scenario::Overlap::backward;
  jobs[2].parallelism.zero = 1;
  jobs[3].model.layers = 16;
  jobs[3].parallelism.interleave = 2;
  jobs[4].model.recomputes = true;
  jobs[4].parallelism.extra_warmup = 1;
  jobs[5] = job(1, 1, 16, 1);
  jobs[5].parallelism.zero = 3;
  jobs[5].parallelism.across_sites = scenario::AcrossSites::data;
  for (scenario::Training& training : jobs) training.gpu.utilisation = 0.37;  // durations are no whole microseconds
  for (const scenario::Training& training : jobs) {
    const std::vector sites{site("west", 8), site("east", 8)};
    const Graph graph = generate(training, sites);
    const std::vector<std::string> files = written(graph);
    Graph read = import_files(files);
    INFO(graph.source);
    check_same(graph, read);
    CHECK(read.notes.empty());
    CHECK(written(read).size() == files.size());
    check_same(read, import_files(written(read)));
    place(read, sites);
    CHECK(read.site_of_rank == graph.site_of_rank);
  }
}

TEST_CASE("every kind of node and collective survives being written and read") {
  Graph graph;
  graph.ranks.resize(3);
  graph.site_of_rank = {0, 0, 0};
  graph.lane_of_rank = {0, 1, 2};
  graph.groups = {{"everybody", {0, 1, 2}}, {"it's a \"pair\" \\ back", {2, 0}}};
  for (std::uint32_t r = 0; r < 3; ++r) {
    Program& rank = graph.ranks.own(r);
    Node host;
    host.on_host = true;
    host.duration = Duration::picoseconds(1'499'999);
    std::uint32_t last = rank.add(host, {});
    for (int kind = 0; kind <= static_cast<int>(Collective::barrier); ++kind) {
      Node node;
      node.kind = NodeKind::collective;
      node.collective = static_cast<Collective>(kind);
      node.bytes = Bytes{node.collective == Collective::barrier ? 0U : 3'000'000'000U};
      last = rank.add(node, std::vector{last});
      if (r == 1) continue;
      node.group = 1;
      node.repeat = 3;
      last = rank.add(node, std::vector{last});
    }
    Node message;
    message.bytes = Bytes{12};
    message.kind = NodeKind::send;
    message.peer = (r + 1) % 3;
    message.tag = r == 0 ? 4'000'000'000U : r;
    message.microbatch = 65'535;
    rank.add(message, std::vector{0U, last});
    message.kind = NodeKind::receive;
    message.peer = (r + 2) % 3;
    message.tag = r == 1 ? 4'000'000'000U : message.peer;
    rank.add(message, {});
  }
  check_same(graph, import_files(written(graph)));
}

TEST_CASE("a written trace says microseconds, sizes and groups in Chakra's own attributes") {
  Graph graph;
  graph.ranks.resize(2);
  graph.site_of_rank = graph.lane_of_rank = {0, 0};
  graph.groups = {{"both", {1, 0}}};
  for (std::uint32_t r = 0; r < 2; ++r) {
    Program& rank = graph.ranks.own(r);
    Node node;
    node.duration = Duration::picoseconds(2'500'000);
    const std::vector after{rank.add(node, {})};
    node.kind = NodeKind::collective;
    node.collective = Collective::all_gather;
    node.bytes = Bytes::mebi(1);
    rank.add(node, after);
  }
  const std::string file = written(graph)[1];
  std::vector<chakra::Node> nodes;
  std::size_t at = 0;
  for (int record = 0; at < file.size(); ++record) {
    std::size_t length = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(file[at++]);
      length |= std::size_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    if (record > 0) REQUIRE(nodes.emplace_back().ParseFromString(file.substr(at, length)));
    at += length;
  }
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].type() == chakra::METADATA_NODE);
  CHECK(nodes[0].inputs().values() ==
        "['[{\"pg_name\":\"1\",\"pg_desc\":\"both\",\"ranks\":[1,0],\"group_size\":2}]']");
  CHECK(nodes[1].type() == chakra::COMP_NODE);
  CHECK(nodes[1].duration_micros() == 3);
  CHECK(nodes[2].type() == chakra::COMM_COLL_NODE);
  REQUIRE(nodes[2].data_deps_size() == 1);
  CHECK(nodes[2].data_deps(0) == nodes[1].id());
  const auto attribute = [&](const char* name) {
    for (const auto& candidate : nodes[2].attr()) {
      if (candidate.name() == name) return candidate;
    }
    return chakra::AttributeProto{};
  };
  CHECK(attribute("comm_type").int64_val() == chakra::ALL_GATHER);
  CHECK(attribute("comm_size").int64_val() == 1 << 20);  // the shard, as Chakra's readers take it
  CHECK(attribute("pg_name").string_val() == "1");
  CHECK(attribute("is_cpu_op").value_case() == chakra::AttributeProto::kBoolVal);
  CHECK_FALSE(attribute("is_cpu_op").bool_val());
}

TEST_CASE("a job with storage servers is not written") {
  Graph graph;
  graph.servers = 1;
  CHECK_THROWS_WITH(ChakraWriter{graph}, Contains("take workload.storage out"));
}
