// SPDX-License-Identifier: Apache-2.0
// The other collectives across sites: who receives how much, and what crosses.
#include <catch2/catch.hpp>

#include "tests/collective/placements.hpp"

namespace farlink::collective {

using scenario::CollectiveAlgorithm;
using trace::Collective;
using units::Bytes;
using units::Duration;

namespace {
Schedule hierarchical(Collective kind, std::uint64_t bytes, const Placement& placement) {
  return expand(kind, Bytes{bytes}, placement, CollectiveAlgorithm::hierarchical_ring);
}
}  // namespace

TEST_CASE("all-gather: every shard crosses once to each other site") {
  const Placement placement = placed({2, 3});
  const Schedule schedule = hierarchical(Collective::all_gather, 1001, placement);
  CHECK(bytes_between(schedule, placement, 0, 1) == 2 * 1001);
  CHECK(bytes_between(schedule, placement, 1, 0) == 3 * 1001);
  // 5005 bytes over two members: 2503 each; over three: 1669
  CHECK(schedule.phases_of(0)[1].joint_work == Duration::nanoseconds(1000 + 2503));
  CHECK(schedule.phases_of(4)[1].joint_work == 2 * Duration::nanoseconds(1000 + 1669));
}

TEST_CASE("reduce-scatter: each member ends with its shard from every other site") {
  const Placement placement = placed({2, 3});
  const Schedule schedule = hierarchical(Collective::reduce_scatter, 5000, placement);
  CHECK(bytes_between(schedule, placement, 0, 1) == 3000);
  CHECK(bytes_between(schedule, placement, 1, 0) == 2000);
  for (std::uint32_t member = 0; member < 5; ++member) CHECK(bytes_received(schedule, member) == 1000);
  CHECK(schedule.phases_of(0)[0].joint_work == Duration::nanoseconds(1000 + 2500));
}

TEST_CASE("all-to-all: S/n to each member of another site, the rest inside meanwhile") {
  const Placement placement = placed({2, 3});
  const Schedule schedule = hierarchical(Collective::all_to_all, 5000, placement);
  CHECK(schedule.messages().size() == 12);
  CHECK(bytes_between(schedule, placement, 0, 1) == 6000);
  CHECK(bytes_between(schedule, placement, 1, 0) == 6000);
  CHECK(schedule.phases_of(0).size() == 1);
  CHECK(schedule.phases_of(0)[0].joint_work == Duration::microseconds(1 + 1));
  CHECK(schedule.phases_of(3)[0].joint_work == 2 * Duration::microseconds(1 + 1));
}

TEST_CASE("broadcast and reduce: the buffer crosses once to or from each other site") {
  const Placement placement = placed({2, 3, 1});
  const Schedule out = hierarchical(Collective::broadcast, 5000, placement);
  REQUIRE(out.messages().size() == 2);
  CHECK(out.messages()[0].to == 2);
  CHECK(out.messages()[1].to == 5);
  CHECK(out.messages()[0].is_awaited);
  CHECK(out.phases_of(0)[0].awaited_count == 2);
  CHECK(out.phases_of(2)[1].joint_work == Duration::microseconds(2 + 5));
  const Schedule in = hierarchical(Collective::reduce, 5000, placement);
  REQUIRE(in.messages().size() == 2);
  CHECK(in.messages()[0].from == 2);
  CHECK(in.messages()[0].to == 0);
  CHECK(in.phases_of(0)[1].receive_count == 2);
  CHECK(bytes_received(in, 0) == 10'000);
}

TEST_CASE("gather and scatter: directly between root and members of other sites") {
  const Placement placement = placed({2, 3});
  const Schedule in = hierarchical(Collective::gather, 1000, placement);
  CHECK(bytes_received(in, 0) == 3000);
  CHECK(in.phases_of(0)[0].joint_work == Duration::microseconds(1 + 1));
  CHECK(in.phases_of(4)[0].awaited_count == 1);
  const Schedule out = hierarchical(Collective::scatter, 5000, placement);
  CHECK(bytes_between(out, placement, 0, 1) == 3000);
  for (std::uint32_t member = 2; member < 5; ++member) CHECK(bytes_received(out, member) == 1000);
}

TEST_CASE("barrier: first members tell each other") {
  const Placement placement = placed({2, 3});
  const Schedule schedule = hierarchical(Collective::barrier, 0, placement);
  REQUIRE(schedule.messages().size() == 2);
  CHECK(schedule.phases_of(0)[1].receive_count == 1);
  CHECK(schedule.phases_of(1)[1].receive_count == 0);
  CHECK(schedule.phases_of(4)[2].joint_work == Duration::microseconds(2));
}

TEST_CASE("flat all-gather and reduce-scatter take n - 1 steps") {
  const Placement placement = placed({2, 2});
  const Schedule gather = expand(Collective::all_gather, Bytes{1000}, placement, CollectiveAlgorithm::ring);
  const Schedule scatter = expand(Collective::reduce_scatter, Bytes{4000}, placement, CollectiveAlgorithm::ring);
  for (const Schedule* schedule : {&gather, &scatter}) {
    CHECK(schedule->messages().size() == 4 * 3);
    for (const Message& message : schedule->messages()) CHECK(message.bytes == Bytes{1000});
  }
}

TEST_CASE("a group inside one site is not expanded") {
  CHECK_THROWS_AS(hierarchical(Collective::all_reduce, 1, placed({4})), std::invalid_argument);
}

}  // namespace farlink::collective
