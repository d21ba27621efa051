// SPDX-License-Identifier: Apache-2.0
// Oracle O17: a hierarchical all-reduce sends 2(K-1)/K S per direction and site, summed over members, however many
// there are.
#include <catch2/catch.hpp>

#include "tests/collective/placements.hpp"

namespace farlink::collective {

using scenario::CollectiveAlgorithm;
using trace::Collective;
using units::Bytes;
using units::Duration;

TEST_CASE("O17: two sites exchange the whole buffer once each way, in one step") {
  for (const std::uint64_t size : {1ULL, 7ULL, 1'000'000ULL, 350'000'000'001ULL}) {
    for (const auto& placement : {placed({1, 1}), placed({8, 8}), placed({3, 5}), placed({1, 7})}) {
      const Schedule schedule =
          expand(Collective::all_reduce, Bytes{size}, placement, CollectiveAlgorithm::hierarchical_ring);
      CHECK(bytes_between(schedule, placement, 0, 1) == size);
      CHECK(bytes_between(schedule, placement, 1, 0) == size);
      for (const Message& message : schedule.messages()) CHECK(message.from_phase == 1);
    }
  }
}

TEST_CASE("O17: K sites send 2(K-1)/K of the buffer each, to the next site only") {
  constexpr std::uint64_t size = 12'000'000;  // divisible by every shard and chunk here
  for (const auto& placement : {placed({2, 2, 2}), placed({1, 2, 4}), placed({4, 4, 4, 4})}) {
    const auto sites = static_cast<std::uint32_t>(placement.sites.size());
    const Schedule schedule =
        expand(Collective::all_reduce, Bytes{size}, placement, CollectiveAlgorithm::hierarchical_ring);
    for (std::uint32_t site = 0; site < sites; ++site) {
      CHECK(bytes_between(schedule, placement, site, (site + 1) % sites) == 2 * (sites - 1) * size / sites);
      CHECK(bytes_between(schedule, placement, (site + 1) % sites, site) == 0);
    }
    CHECK(schedule.phases_of(0).size() == 2 * (sites - 1) + 2);
  }
}

TEST_CASE("sizes that do not divide lose no byte: all sites together send 2(K-1) S") {
  const Placement placement = placed({2, 3, 5});
  const Schedule schedule =
      expand(Collective::all_reduce, Bytes{1'000'003}, placement, CollectiveAlgorithm::hierarchical_ring);
  std::uint64_t sum = 0;
  for (const Message& message : schedule.messages()) sum += message.bytes.count();
  CHECK(sum == 4 * 1'000'003);
}

TEST_CASE("corresponding members exchange their shards between the phases inside the site") {
  const Placement placement = placed({2, 2});
  const Schedule schedule =
      expand(Collective::all_reduce, Bytes{8000}, placement, CollectiveAlgorithm::hierarchical_ring);
  REQUIRE(schedule.messages().size() == 4);
  CHECK(schedule.messages()[0].from == 0);
  CHECK(schedule.messages()[0].to == 2);
  CHECK(schedule.messages()[0].bytes == Bytes{4000});
  for (std::uint32_t member = 0; member < 4; ++member) {
    const auto phases = schedule.phases_of(member);
    REQUIRE(phases.size() == 3);
    CHECK(phases[0].is_joint);
    CHECK(phases[0].joint_work == Duration::microseconds(1 + 4));
    CHECK(phases[1].receive_count == 1);
    CHECK(phases[1].message_count == 1);
    CHECK_FALSE(phases[1].is_joint);
    CHECK(phases[2].joint_work == Duration::microseconds(1 + 4));
  }
}

TEST_CASE("unequal sites match shards by byte range") {
  // west owns [0,3000) [3000,6000), east [0,2000) [2000,4000) [4000,6000)
  const Placement placement = placed({2, 3});
  const Schedule schedule =
      expand(Collective::all_reduce, Bytes{6000}, placement, CollectiveAlgorithm::hierarchical_ring);
  struct Row {
    std::uint32_t from, to;
    std::uint64_t bytes;
  };
  const Row rows[] = {{0, 2, 2000}, {0, 3, 1000}, {1, 3, 1000}, {1, 4, 2000},
                      {2, 0, 2000}, {3, 0, 1000}, {3, 1, 1000}, {4, 1, 2000}};
  REQUIRE(schedule.messages().size() == std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    CHECK(schedule.messages()[i].from == rows[i].from);
    CHECK(schedule.messages()[i].to == rows[i].to);
    CHECK(schedule.messages()[i].bytes == Bytes{rows[i].bytes});
  }
}

TEST_CASE("a flat ring takes 2(n-1) steps of S/n and sends each hop's bytes exactly") {
  const Placement placement = placed({3, 2});
  const Schedule schedule = expand(Collective::all_reduce, Bytes{1003}, placement, CollectiveAlgorithm::ring);
  REQUIRE(schedule.messages().size() == 5 * 8);
  std::uint64_t sum = 0;
  for (const Message& message : schedule.messages()) {
    CHECK(message.to == (message.from + 1) % 5);
    CHECK(message.to_phase == message.from_phase);
    CHECK(message.bytes.count() >= 200);
    CHECK(message.bytes.count() <= 201);
    sum += message.bytes.count();
  }
  CHECK(sum == 2 * 4 * 1003);  // each of 2(n-1) steps moves every chunk one hop
  for (std::uint32_t member = 0; member < 5; ++member) CHECK(schedule.phases_of(member).size() == 8);
}

TEST_CASE("a chunk that a member passes on is the one it has just received") {
  const Schedule schedule = expand(Collective::all_reduce, Bytes{10}, placed({2, 2}), CollectiveAlgorithm::ring);
  // 10 bytes in 4 chunks: 2 3 2 3; sizes must travel along the ring unchanged, also from the first half into the second
  for (const Message& received : schedule.messages()) {
    for (const Message& sent : schedule.messages()) {
      if (sent.from == received.to && sent.from_phase == received.to_phase + 1) CHECK(sent.bytes == received.bytes);
    }
  }
}

}  // namespace farlink::collective
