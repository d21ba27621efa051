// SPDX-License-Identifier: Apache-2.0
// What each kind of Chakra node becomes.
#include <catch2/catch.hpp>

#include "control/trace/error.hpp"
#include "tests/trace/chakra_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

std::vector<std::uint32_t> dependencies(const Graph& graph, std::uint32_t rank, std::uint32_t node) {
  const auto span = graph.ranks[rank].dependencies_of(graph.ranks[rank].nodes[node]);
  return {span.begin(), span.end()};
}

}  // namespace

TEST_CASE("compute, messages and dependencies of two ranks") {
  const Graph graph = import_files({
      file_of({compute(7, 100), send(9, 1, 4096, {7}).with("comm_tag", 3), compute(12, 50, {7}).after_control(9)}),
      file_of({receive(0, 0, 4096).with("comm_tag", 3), compute(1, 25, {0})}),
  });
  REQUIRE(graph.ranks.size() == 2);
  CHECK(graph.site_of_rank == std::vector<std::uint32_t>{0, 0});
  CHECK(graph.lane_of_rank == std::vector<std::uint32_t>{0, 1});
  const auto& nodes = graph.ranks[0].nodes;
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].record == 7);
  CHECK(nodes[0].duration == Duration::microseconds(100));
  CHECK_FALSE(nodes[0].on_host);
  CHECK(nodes[1].kind == NodeKind::send);
  CHECK(nodes[1].peer == 1);
  CHECK(nodes[1].tag == 3);
  CHECK(nodes[1].bytes == Bytes{4096});
  CHECK(dependencies(graph, 0, 1) == std::vector<std::uint32_t>{0});
  CHECK(dependencies(graph, 0, 2) == std::vector<std::uint32_t>{0});  // the control dependency is ignored
  CHECK(graph.ranks[1].nodes[0].kind == NodeKind::receive);
  CHECK(graph.ranks[1].nodes[0].peer == 0);
  CHECK(dependencies(graph, 1, 1) == std::vector<std::uint32_t>{0});
  CHECK(graph.notes.empty());
}

TEST_CASE("every kind of collective keeps its kind and its bytes") {
  const std::pair<chakra::CollectiveCommType, Collective> kinds[] = {
      {chakra::ALL_REDUCE, Collective::all_reduce},
      {chakra::REDUCE, Collective::reduce},
      {chakra::ALL_GATHER, Collective::all_gather},
      {chakra::GATHER, Collective::gather},
      {chakra::SCATTER, Collective::scatter},
      {chakra::BROADCAST, Collective::broadcast},
      {chakra::ALL_TO_ALL, Collective::all_to_all},
      {chakra::REDUCE_SCATTER, Collective::reduce_scatter},
      {chakra::REDUCE_SCATTER_BLOCK, Collective::reduce_scatter},
  };
  for (const auto& [type, expected] : kinds) {
    const std::string file = file_of({collective(1, type, 1 << 20)});
    const Graph graph = import_files({file, file});
    CHECK(graph.ranks[1].nodes[0].kind == NodeKind::collective);
    CHECK(graph.ranks[1].nodes[0].collective == expected);
    CHECK(graph.ranks[1].nodes[0].bytes == Bytes::mebi(1));
    REQUIRE(graph.groups.size() == 1);
    CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 1});
  }
  const std::string barrier = file_of({ChakraNode{1, chakra::COMM_COLL_NODE}.with("comm_type", chakra::BARRIER)});
  CHECK(import_files({barrier, barrier}).ranks[0].nodes[0].collective == Collective::barrier);
}

TEST_CASE("attributes may have any integer type, and a zero may be absent") {
  using Attribute = chakra::AttributeProto;
  using Set = void (*)(Attribute&);
  const Set setters[] = {
      [](Attribute& a) { a.set_int32_val(64); },    [](Attribute& a) { a.set_int64_val(64); },
      [](Attribute& a) { a.set_uint32_val(64); },   [](Attribute& a) { a.set_uint64_val(64); },
      [](Attribute& a) { a.set_sint32_val(64); },   [](Attribute& a) { a.set_sint64_val(64); },
      [](Attribute& a) { a.set_fixed32_val(64); },  [](Attribute& a) { a.set_fixed64_val(64); },
      [](Attribute& a) { a.set_sfixed32_val(64); }, [](Attribute& a) { a.set_sfixed64_val(64); },
  };
  for (const Set set : setters) {
    ChakraNode node{0, chakra::COMM_COLL_NODE};
    set(node.attribute("comm_size"));  // without comm_type: ALL_REDUCE is 0
    const std::string file = file_of({node});
    const Graph graph = import_files({file, file});
    CHECK(graph.ranks[0].nodes[0].bytes == Bytes{64});
    CHECK(graph.ranks[0].nodes[0].collective == Collective::all_reduce);
  }
  // An attribute with nothing but its name is zero: the peer here is rank 0.
  ChakraNode named{0, chakra::COMM_RECV_NODE};
  named.attribute("comm_src");
  const Graph graph = import_files({file_of({send(0, 1, 8)}), file_of({named})});
  CHECK(graph.ranks[1].nodes[0].peer == 0);
  CHECK(graph.ranks[1].nodes[0].bytes == Bytes{8});  // the size of its send
}

TEST_CASE("attributes that make no sense are refused") {
  CHECK_THROWS_WITH(import_files({file_of({send(0, 1, -5)})}),
                    Contains("record 1 (rank 0, node id 0 'node 0'): attribute comm_size is out of range"));
  CHECK_THROWS_WITH(import_files({file_of({send(0, 1, std::int64_t{1} << 51)})}),
                    Contains("comm_size is out of range"));
  CHECK_THROWS_WITH(import_files({file_of({send(0, 1, 8).with("comm_tag", std::int64_t{1} << 32)})}),
                    Contains("comm_tag is out of range: allowed is 0 to 4294967295"));
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{0, chakra::COMM_COLL_NODE}.with_text("comm_size", "8")})}),
                    Contains("attribute comm_size is not an integer"));
  CHECK_THROWS_WITH(import_files({file_of({collective(0, chakra::ALL_REDUCE, 8).with("comm_type", 3)})}),
                    Contains("rank 0, node id 0"));  // the first of two attributes of one name counts
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{0, chakra::COMM_COLL_NODE}.with("comm_type", 10)})}),
                    Contains("comm_type 10 is unknown"));
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{3, chakra::INVALID_NODE}})}), Contains("the node has no type"));
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{3, static_cast<chakra::NodeType>(8)}})}),
                    Contains("node type 8 is unknown"));
}

TEST_CASE("communication without a size or a peer is refused with node and reason") {
  CHECK_THROWS_WITH(
      import_files(
          {file_of({compute(4, 1), ChakraNode{55, chakra::COMM_COLL_NODE}.name("fc_ALLREDUCE").with("comm_type", 0)})}),
      Contains("record 2 (rank 0, node id 55 'fc_ALLREDUCE'): the node has no comm_size"));
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{1, chakra::COMM_SEND_NODE}.with("comm_size", 8)})}),
                    Contains("the node has no comm_dst"));
  CHECK_THROWS_WITH(import_files({file_of({ChakraNode{1, chakra::COMM_RECV_NODE}.with("comm_size", 8)})}),
                    Contains("the node has no comm_src"));
  CHECK_THROWS_WITH(import_files({file_of({send(1, 1, 8).with("comm_src", 1)})}),
                    Contains("comm_src is 1, but this is the file of rank 0"));
}

TEST_CASE("host operations run beside the GPU; a launch is not the collective") {
  const auto launch = ChakraNode{2, chakra::COMM_COLL_NODE, {1}}.micros(5).with_flag("is_cpu_op", true);
  const std::string file = file_of({compute(1, 30).with_flag("is_cpu_op", true), launch,
                                    collective(3, chakra::ALL_REDUCE, 64, {2}).with_flag("is_cpu_op", false),
                                    compute(4, 40, {3}).with_flag("is_cpu_op", false)});
  const Graph graph = import_files({file, file});
  const auto& nodes = graph.ranks[0].nodes;
  CHECK(nodes[0].on_host);
  CHECK(nodes[1].kind == NodeKind::compute);
  CHECK(nodes[1].on_host);
  CHECK(nodes[1].duration == Duration::microseconds(5));
  CHECK(nodes[2].kind == NodeKind::collective);
  CHECK_FALSE(nodes[3].on_host);
  CHECK(graph.notes ==
        std::vector<std::string>{"2 operations of the host run beside the GPU, one at a time per rank",
                                 "2 launches of communication by the host count as operations of the host"});
  CHECK_THROWS_WITH(import_files({file_of({collective(3, chakra::ALL_REDUCE, 64).with_flag("is_cpu_op", true)})}),
                    Contains("communication on the host (is_cpu_op is true) cannot be replayed"));
  const std::string only = file_of({ChakraNode{2, chakra::COMM_COLL_NODE}.with_flag("is_cpu_op", true)});
  CHECK_THROWS_WITH(import_files({only, only}), Contains("the GPU's part is missing"));
}

TEST_CASE("memory nodes, old durations and missing ones") {
  const Graph graph = import_files({file_of(
      {ChakraNode{0, chakra::MEM_LOAD_NODE}.micros(3), ChakraNode{1, chakra::MEM_STORE_NODE},
       ChakraNode{2, chakra::COMP_NODE}.with("runtime", 8), ChakraNode{3, chakra::COMP_NODE}.with("num_ops", 100),
       ChakraNode{4, chakra::METADATA_NODE}.micros(9)})});
  const auto& nodes = graph.ranks[0].nodes;
  CHECK(nodes[0].duration == Duration::microseconds(3));
  CHECK(nodes[2].duration == Duration::microseconds(8));
  CHECK(nodes[3].duration == Duration::zero());
  CHECK(nodes.size() == 4);  // what only describes groups is no node
  CHECK(graph.notes ==
        std::vector<std::string>{"2 memory loads and stores are compute with the duration that was recorded",
                                 "1 compute nodes have operations but no recorded duration and take no time"});
  CHECK_THROWS_WITH(import_files({file_of({compute(0, 1), compute(1, std::uint64_t{30} * 24 * 3600 * 1'000'000)})}),
                    Contains("the recorded step is longer than 30 days"));
}

TEST_CASE("messages whose two sizes differ keep the sender's and say so") {
  const Graph graph = import_files({file_of({send(0, 1, 100)}), file_of({receive(0, 0, 200)})});
  CHECK(graph.ranks[1].nodes[0].bytes == Bytes{100});
  CHECK(graph.notes == std::vector<std::string>{
                           "1 messages are received with another size than they are sent with; the sender's counts"});
}
