// SPDX-License-Identifier: Apache-2.0
#include "control/trace/check.hpp"

#include <catch2/catch.hpp>

#include "control/trace/error.hpp"

using namespace farlink::trace;
using Catch::Matchers::Contains;
using farlink::units::Bytes;

namespace {

class Builder {
 public:
  explicit Builder(std::uint32_t ranks) {
    graph.ranks.resize(ranks);
    graph.site_of_rank.resize(ranks, 0);
    for (std::uint32_t i = 0; i < ranks; ++i) graph.lane_of_rank.push_back(i);
    Group all{"all", {}};
    for (std::uint32_t i = 0; i < ranks; ++i) all.ranks.push_back(i);
    graph.groups.push_back(all);
    graph.source = "a.et";
  }
  // Node ids are 100 + position.
  Builder& add(std::uint32_t rank, Node node, std::vector<std::uint32_t> after = {}) {
    Program& r = graph.ranks.own(rank);
    node.record = 100 + r.nodes.size();
    node.first_dependency = static_cast<std::uint32_t>(r.dependencies.size());
    node.dependency_count = static_cast<std::uint32_t>(after.size());
    r.dependencies.insert(r.dependencies.end(), after.begin(), after.end());
    r.nodes.push_back(node);
    return *this;
  }
  Graph graph;
};

Node send_to(std::uint32_t peer, std::uint32_t tag = 0) {
  Node node;
  node.kind = NodeKind::send;
  node.peer = peer;
  node.tag = tag;
  node.bytes = Bytes{8};
  return node;
}
Node receive_from(std::uint32_t peer, std::uint32_t tag = 0) {
  Node node = send_to(peer, tag);
  node.kind = NodeKind::receive;
  return node;
}
Node all_reduce(std::uint64_t bytes, std::uint32_t group = 0) {
  Node node;
  node.kind = NodeKind::collective;
  node.bytes = Bytes{bytes};
  node.group = group;
  return node;
}

}  // namespace

TEST_CASE("a sound graph passes") {
  Builder b{2};
  b.add(0, {}).add(0, send_to(1), {0}).add(0, all_reduce(64), {0}).add(0, receive_from(1, 7));
  b.add(1, receive_from(0)).add(1, all_reduce(64), {0}).add(1, send_to(0, 7), {1});
  CHECK_NOTHROW(check(b.graph));
}

TEST_CASE("what refers to nothing is refused") {
  CHECK_THROWS_WITH(check(Builder{1}.add(0, {}, {3}).graph),
                    Contains("a.et: rank 0, node id 100: dependency 3 is no node of the rank"));
  CHECK_THROWS_WITH(check(Builder{2}.add(0, send_to(5)).graph), Contains("rank 0, node id 100: peer 5 is no rank"));
  CHECK_THROWS_WITH(check(Builder{2}.add(1, send_to(1)).graph), Contains("peer 1 is the rank itself"));
  CHECK_THROWS_WITH(check(Builder{2}.add(0, all_reduce(1, 4)).graph), Contains("group 4 does not exist"));
  Builder b{2};
  b.graph.groups.push_back({"pair", {1, 1}});
  CHECK_THROWS_WITH(check(b.graph), Contains("group 'pair' has a rank twice"));
  b.graph.groups.back() = {"pair", {1, 2}};
  CHECK_THROWS_WITH(check(b.graph), Contains("group 'pair' has rank 2, but the job has only 2 ranks"));
  b.graph.groups.back() = {"pair", {}};
  CHECK_THROWS_WITH(check(b.graph), Contains("group 'pair' has no ranks"));
  b.graph.groups.pop_back();
  b.graph.lane_of_rank.clear();
  CHECK_THROWS_WITH(check(b.graph), Contains("not every rank has a site and a lane"));
}

TEST_CASE("a dependency cycle is refused with a node of it") {
  Builder b{1};
  b.add(0, {}).add(0, {}, {0, 2}).add(0, {}, {1});
  CHECK_THROWS_WITH(check(b.graph), Contains("rank 0, node id 101: in or behind a cycle of dependencies"));
  CHECK_THROWS_WITH(check(Builder{1}.add(0, {}, {0}).graph), Contains("rank 0, node id 100: in or behind a cycle"));
}

TEST_CASE("unmatched messages are refused at the end that is there") {
  Builder b{2};
  b.add(0, send_to(1, 9));
  CHECK_THROWS_WITH(check(b.graph),
                    Contains("rank 0, node id 100: this send has no receive at rank 1") && Contains("tag 9"));
  b.add(1, receive_from(0, 8));
  CHECK_THROWS_WITH(check(b.graph), Contains("rank 1, node id 100: this receive has no send at rank 0"));
  Builder twice{2};
  twice.add(0, send_to(1)).add(0, send_to(1)).add(1, receive_from(0));
  CHECK_THROWS_WITH(check(twice.graph), Contains("rank 0, node id 101: this send has no receive"));
}

TEST_CASE("members of a group must agree on their collectives") {
  Builder sizes{2};
  sizes.add(0, all_reduce(64)).add(1, all_reduce(65));
  CHECK_THROWS_WITH(check(sizes.graph),
                    Contains("rank 1, node id 100: collective 0 of group 'all' is all-reduce of 65 bytes, "
                             "but all-reduce of 64 bytes at rank 0, node id 100"));
  Builder order{2};
  order.add(0, all_reduce(64)).add(0, all_reduce(65)).add(1, all_reduce(65)).add(1, all_reduce(64));
  CHECK_THROWS_WITH(check(order.graph), Contains("collective 0 of group 'all'"));
  CHECK_THROWS_WITH(check(Builder{2}.add(0, all_reduce(64)).graph), Contains("group 'all': only 1 of its 2 members"));
  Builder more{2};
  more.add(0, all_reduce(64)).add(1, all_reduce(64)).add(1, all_reduce(64));
  CHECK_THROWS_WITH(check(more.graph), Contains("rank 1, node id 101: rank 0 of group 'all' calls only 1 collectives"));
  Builder fewer{2};
  fewer.add(0, all_reduce(64)).add(0, all_reduce(64)).add(1, all_reduce(64));
  CHECK_THROWS_WITH(check(fewer.graph), Contains("rank 1: calls 1 collectives of group 'all', rank 0 calls 2"));
  Builder stranger{3};
  stranger.graph.groups.push_back({"pair", {0, 1}});
  stranger.add(0, all_reduce(1, 1)).add(1, all_reduce(1, 1)).add(2, all_reduce(1, 1));
  CHECK_THROWS_WITH(check(stranger.graph), Contains("rank 2, node id 100: the rank is no member of group 'pair'"));
}

TEST_CASE("ranks that would wait for each other for ever are refused") {
  Builder messages{2};
  messages.add(0, receive_from(1)).add(0, send_to(1), {0}).add(1, receive_from(0)).add(1, send_to(0), {0});
  CHECK_THROWS_WITH(check(messages.graph), Contains("rank 0, node id 100: would wait for ever for the send of rank 1"));
  Builder collectives{2};
  collectives.graph.groups.push_back({"other", {0, 1}});
  collectives.add(0, all_reduce(1, 0)).add(0, all_reduce(1, 1), {0});
  collectives.add(1, all_reduce(1, 1)).add(1, all_reduce(1, 0), {0});
  CHECK_THROWS_WITH(check(collectives.graph), Contains("would wait for ever for other members of group 'all'"));
}

TEST_CASE("collectives of one group that start in program order may end in another") {
  Builder b{2};
  // Rank 1 is ready for the second call first; program order still pairs first with first.
  b.add(0, all_reduce(1)).add(0, all_reduce(1));
  b.add(1, receive_from(0)).add(1, all_reduce(1), {0}).add(1, all_reduce(1));
  b.add(0, send_to(1));
  CHECK_NOTHROW(check(b.graph));
}
