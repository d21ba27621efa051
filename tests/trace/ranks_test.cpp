// SPDX-License-Identifier: Apache-2.0
#include "control/trace/ranks.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/graph.hpp"

using namespace farlink::trace;
using Catch::Matchers::Contains;

namespace {

// Four ranks that share a program: an all-reduce with a neighbour, then a message to the other pair; even ranks send.
Graph two_pairs() {
  Graph graph;
  graph.groups = {{"low", {0, 1}}, {"high", {2, 3}}};
  graph.site_of_rank = {0, 0, 0, 0};
  graph.lane_of_rank = {0, 1, 2, 3};
  const auto program_of = [](NodeKind kind) {
    Program program;
    Node node;
    node.kind = NodeKind::collective;
    node.bytes = farlink::units::Bytes{8};
    const std::vector after{program.add(node, {})};
    node.kind = kind;
    program.add(node, after);
    return std::make_shared<Program>(program);
  };
  const auto senders = program_of(NodeKind::send), receivers = program_of(NodeKind::receive);
  graph.ranks.push_back(senders, {{0}, {2}});
  graph.ranks.push_back(senders, {{0}, {3}});
  graph.ranks.push_back(receivers, {{1}, {0}});
  graph.ranks.push_back(receivers, {{1}, {1}});
  return graph;
}

}  // namespace

TEST_CASE("ranks that share a program have groups and peers of their own") {
  const Graph graph = two_pairs();
  check(graph);
  CHECK(graph.ranks.program_numbers() == std::vector<std::uint32_t>{0, 0, 1, 1});
  CHECK(graph.ranks.node_count() == 8);
  CHECK(graph.ranks.group_of(3, graph.ranks[3].nodes[0]) == 1);
  CHECK(graph.ranks.peer_of(3, graph.ranks[3].nodes[1]) == 1);
  CHECK(graph.ranks.own_number_of(3, 1) == 0);
}

TEST_CASE("a rank whose program is changed has it for itself, with the numbers of groups and ranks") {
  Graph graph = two_pairs();
  const Graph before = graph;
  Program& own = graph.ranks.own(3);
  CHECK(own.nodes[0].group == 1);
  CHECK(own.nodes[1].peer == 1);
  own.nodes[0].bytes = farlink::units::Bytes{16};
  CHECK(graph.ranks[2].nodes[0].bytes == farlink::units::Bytes{8});
  CHECK(before.ranks[3].nodes[0].bytes == farlink::units::Bytes{8});
  CHECK(graph.ranks.program_numbers() == std::vector<std::uint32_t>{0, 0, 1, 2});
  CHECK(&graph.ranks.own(3) == &own);
  check(before);
  CHECK_THROWS_WITH(check(graph), Contains("members must call the same collectives with the same sizes"));
}

TEST_CASE("bindings that do not fit are refused") {
  const auto with = [](Binding binding) {
    Graph graph = two_pairs();
    const auto program = std::make_shared<Program>(graph.ranks[3]);
    graph.ranks.resize(3);
    graph.ranks.push_back(program, std::move(binding));
    return graph;
  };
  check(with({{1}, {1}}));
  CHECK_THROWS_WITH(check(with({{7}, {1}})), Contains("its group does not exist"));
  CHECK_THROWS_WITH(check(with({{no_group}, {1}})), Contains("its group does not exist"));
  CHECK_THROWS_WITH(check(with({{0}, {1}})), Contains("the rank is no member of group 'low'"));
  CHECK_THROWS_WITH(check(with({{}, {1}})), Contains("group 0 does not exist"));
  CHECK_THROWS_WITH(check(with({{1}, {}})), Contains("its peer is none of the rank's"));
  CHECK_THROWS_WITH(check(with({{1}, {9}})), Contains("peer 9"));
  CHECK_THROWS_WITH(check(with({{1, 1}, {1}})), Contains("has a group under two numbers"));
  Graph graph = two_pairs();
  graph.ranks.resize(2);
  const auto program = std::make_shared<Program>(two_pairs().ranks[2]);
  graph.ranks.push_back(program, {{1}, {0}});
  graph.ranks.push_back(program, {{1}, {1, 0}});
  CHECK_THROWS_WITH(check(graph), Contains("rank 3: has other groups and peers than those that share its program"));
}
