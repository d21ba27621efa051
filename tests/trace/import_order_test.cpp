// SPDX-License-Identifier: Apache-2.0
// Dependencies, the order within a rank, and groups of ranks.
#include <catch2/catch.hpp>

#include "control/trace/error.hpp"
#include "tests/trace/chakra_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::uint64_t> ids(const Graph& graph, std::uint32_t rank) {
  std::vector<std::uint64_t> result;
  for (const Node& node : graph.ranks[rank].nodes) result.push_back(node.record);
  return result;
}

ChakraNode in_group(std::uint64_t id, const char* group, std::int64_t bytes = 64) {
  return collective(id, chakra::ALL_REDUCE, bytes).with_text("pg_name", group);
}

ChakraNode group_list(const std::string& json) {
  return ChakraNode{1000, chakra::METADATA_NODE}.name("## process_group:init ##").inputs("['" + json + "']");
}

}  // namespace

TEST_CASE("a file whose parents come later is put in order, the rest as in the file") {
  const Graph graph = import_files({file_of({compute(5, 1, {9}), compute(2, 1), compute(9, 1, {2}), compute(1, 1)})});
  CHECK(ids(graph, 0) == std::vector<std::uint64_t>{2, 9, 5, 1});
  const auto last = graph.ranks[0].dependencies_of(graph.ranks[0].nodes[2]);
  REQUIRE(last.size() == 1);
  CHECK(last[0] == 1);
}

TEST_CASE("collectives of a group keep the order of the file") {
  const std::string file = file_of({collective(8, chakra::ALL_REDUCE, 1), collective(3, chakra::ALL_GATHER, 2)});
  const Graph graph = import_files({file, file});
  CHECK(ids(graph, 0) == std::vector<std::uint64_t>{8, 3});
  CHECK_THROWS_WITH(
      import_files({file, file_of({collective(3, chakra::ALL_GATHER, 2), collective(8, chakra::ALL_REDUCE, 1)})}),
      Contains("rank 1, node id 3: collective 0 of group 'all' is all-gather of 2 bytes, but all-reduce of 1 bytes"));
}

TEST_CASE("dependencies that lead nowhere or in a circle are refused") {
  CHECK_THROWS_WITH(import_files({file_of({compute(1, 1), compute(2, 1, {1, 7})})}),
                    Contains("record 2 (node id 2): depends on node id 7, which the file does not hold"));
  CHECK_THROWS_WITH(
      import_files({file_of({compute(1, 1, {3}), compute(2, 1, {1}), compute(3, 1, {2}), compute(4, 1)})}),
      Contains("record 1 (node id 1): its data_deps form a cycle: 1 after 3 after 2 after 1"));
  CHECK_THROWS_WITH(import_files({file_of({compute(1, 1, {1})})}), Contains("its data_deps form a cycle: 1 after 1"));
  CHECK_THROWS_WITH(import_files({file_of({compute(1, 1), compute(1, 1)})}),
                    Contains("record 2 (node id 1): record 1 has the same node id"));
}

TEST_CASE("messages without their other half are refused") {
  CHECK_THROWS_WITH(import_files({file_of({send(6, 1, 8)}), file_of({})}),
                    Contains("rank 0, node id 6: this send has no receive at rank 1"));
  CHECK_THROWS_WITH(import_files({file_of({}), file_of({receive(6, 0, 8)})}),
                    Contains("rank 1, node id 6: this receive has no send at rank 0"));
  CHECK_THROWS_WITH(import_files({file_of({send(6, 4, 8)}), file_of({})}), Contains("peer 4 is no rank of this job"));
  CHECK_THROWS_WITH(
      import_files({file_of({receive(0, 1, 8), send(1, 1, 8, {0})}), file_of({receive(0, 0, 8), send(1, 0, 8, {0})})}),
      Contains("would wait for ever"));
}

TEST_CASE("groups come from the trace's list of process groups") {
  const std::string list =
      R"([{"pg_name":"0","pg_desc":"default_pg","backend_config":"cuda:nccl","ranks":[],"group_size":4},)"
      R"({"pg_name":"1","ranks":[0,1],"group_size":2},{"pg_name":"2","ranks":[3,2],"group_size":2}])";
  const std::string low = file_of({group_list(list), in_group(1, "0"), in_group(2, "1")});
  const std::string high = file_of({group_list(list), in_group(1, "0"), in_group(2, "2")});
  const Graph graph = import_files({low, low, high, high});
  REQUIRE(graph.groups.size() == 3);
  CHECK(graph.groups[0].name == "default_pg");
  CHECK(graph.groups[1].name == "1");
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(graph.groups[1].ranks == std::vector<std::uint32_t>{0, 1});
  CHECK(graph.groups[2].ranks == std::vector<std::uint32_t>{3, 2});
  CHECK(graph.ranks[3].nodes[1].group == 2);
}

TEST_CASE("a group's name may be an integer, and mean different ranks in different files") {
  const auto file = [](const char* ranks) {
    ChakraNode node = collective(2, chakra::ALL_REDUCE, 64).with("pg_name", 5);
    return file_of({group_list(std::string{R"([{"pg_name":"5","ranks":)"} + ranks + "}]"), node});
  };
  const Graph graph = import_files({file("[0,1]"), file("[0,1]"), file("[2,3]"), file("[2,3]")});
  REQUIRE(graph.groups.size() == 2);
  CHECK(graph.groups[1].name == "5");
  CHECK(graph.groups[1].ranks == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("groups that are unknown, unreadable or need more ranks are refused") {
  const std::string unknown = file_of({in_group(1, "17")});
  CHECK_THROWS_WITH(
      import_files({unknown, unknown}),
      Contains("rank 0, node id 1 'node 1': group '17' is not described in the trace; add a comm-groups file"));
  const std::string cut = file_of({group_list(R"([{"pg_name":"17","ranks":[0,)"), in_group(1, "17")});
  CHECK_THROWS_WITH(import_files({cut, cut}), Contains("its list of groups is unreadable: record 1: not valid JSON"));
  const std::string needless = file_of({group_list(R"([{"pg_name":"17","ranks":[0,)"), in_group(1, "0")});
  CHECK_NOTHROW(import_files({needless, needless}));

  const std::string four = file_of({group_list(R"([{"pg_name":"0","ranks":[],"group_size":4}])"), in_group(1, "0")});
  CHECK_THROWS_WITH(import_files({four, four}),
                    Contains("its group '0' needs the files of at least 4 ranks, but the trace has 2"));
  const std::string wide = file_of({group_list(R"([{"pg_name":"1","ranks":[0,5]}])"), in_group(1, "1")});
  CHECK_THROWS_WITH(import_files({wide, wide}), Contains("needs the files of at least 6 ranks"));
  CHECK_THROWS_WITH(
      import_files({file_of({collective(435, chakra::BROADCAST, 8).name("ncclKernel")})}),
      Contains("rank 0, node id 435 'ncclKernel': its group of all ranks needs the files of at least 2 ranks"));
  const std::string other = file_of({group_list(R"([{"pg_name":"1","ranks":[0]}])"), in_group(1, "1")});
  CHECK_THROWS_WITH(import_files({other, other}), Contains("the rank is no member of group '1'"));
}

TEST_CASE(
    "a collective over some dimensions of an unknown network is refused, over all of them is one over all ranks") {
  const auto file = [](bool second) {
    ChakraNode node = collective(1, chakra::ALL_REDUCE, 64);
    auto* list = node.attribute("involved_dim").mutable_bool_list();
    list->add_values(true);
    list->add_values(second);
    return file_of({node});
  };
  CHECK(import_files({file(true), file(true)}).groups[0].ranks.size() == 2);
  CHECK_THROWS_WITH(import_files({file(false), file(false)}), Contains("involved_dim leaves out a dimension"));
}
