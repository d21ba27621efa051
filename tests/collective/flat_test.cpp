// SPDX-License-Identifier: Apache-2.0
// Direct exchange, halving and doubling, and the two trees: what moves, that everybody hears of everybody, and how long
// it takes in a network of latency and bandwidth.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "control/collective/expansions.hpp"
#include "control/collective/time_in_site.hpp"
#include "tests/collective/placements.hpp"

namespace farlink::collective {
namespace {

using scenario::CollectiveAlgorithm;
using trace::Collective;
using units::Bytes;
using units::Duration;

constexpr CollectiveAlgorithm algorithms[] = {CollectiveAlgorithm::ring, CollectiveAlgorithm::direct,
                                              CollectiveAlgorithm::halving_doubling,
                                              CollectiveAlgorithm::double_binary_tree};
constexpr Collective kinds[] = {Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter};

// n members at two sites; the site makes no difference to these.
Schedule expanded(Collective kind, std::uint64_t bytes, std::uint32_t n, CollectiveAlgorithm algorithm) {
  return expand(kind, Bytes{bytes}, placed({n / 2, n - n / 2}), algorithm);
}

// Whose data can have reached each member: what is sent in a phase is what was known before it.
std::vector<std::set<std::uint32_t>> heard_of(const Schedule& schedule) {
  std::vector<std::set<std::uint32_t>> known(schedule.member_count());
  for (std::uint32_t member = 0; member < known.size(); ++member) known[member] = {member};
  for (std::uint32_t phase = 0; phase < schedule.phases_of(0).size(); ++phase) {
    const auto before = known;
    for (const Message& message : schedule.messages()) {
      if (message.from_phase != phase) continue;
      CHECK(message.to_phase == phase);
      known[message.to].insert(before[message.from].begin(), before[message.from].end());
    }
  }
  return known;
}

// One port a member: its messages leave one after the other and arrive a latency later.
Duration time_of(const Schedule& schedule, const scenario::LocalNetwork& network) {
  std::vector<Duration> now(schedule.member_count()), port_free(schedule.member_count());
  for (std::uint32_t phase = 0; phase < schedule.phases_of(0).size(); ++phase) {
    std::vector<Duration> end = now;
    for (std::uint32_t member = 0; member < now.size(); ++member) {
      Duration& sent = port_free[member];
      sent = std::max(sent, now[member]);
      for (const Message& message : schedule.messages_of(schedule.phases_of(member)[phase])) {
        sent += units::serialization_time(message.bytes, network.bandwidth);
        end[message.to] = std::max(end[message.to], sent + network.latency);
      }
    }
    now = end;
  }
  return *std::max_element(now.begin(), now.end());
}

}  // namespace

TEST_CASE("everybody hears of everybody, for any number of members and any size") {
  for (const CollectiveAlgorithm algorithm : algorithms) {
    for (const Collective kind : kinds) {
      for (std::uint32_t n = 2; n <= 21; ++n) {
        INFO("algorithm " << static_cast<int>(algorithm) << ", kind " << static_cast<int>(kind) << ", " << n);
        for (const auto& known : heard_of(expanded(kind, 100'003, n, algorithm))) CHECK(known.size() == n);
      }
    }
  }
}

TEST_CASE("powers of two move no byte more than a ring does, and each member as many") {
  constexpr std::uint64_t size = 1 << 20;
  for (const CollectiveAlgorithm algorithm : {CollectiveAlgorithm::direct, CollectiveAlgorithm::halving_doubling}) {
    for (const std::uint32_t n : {2U, 4U, 16U, 32U}) {
      for (std::uint32_t member = 0; member < n; ++member) {
        CHECK(bytes_received(expanded(Collective::all_reduce, size, n, algorithm), member) == 2 * (size - size / n));
        CHECK(bytes_received(expanded(Collective::reduce_scatter, size, n, algorithm), member) == size - size / n);
        CHECK(bytes_received(expanded(Collective::all_gather, size, n, algorithm), member) == (n - 1) * size);
      }
    }
  }
}

TEST_CASE("trees move twice the buffer for each member but one, and nobody bears more than half again of it") {
  constexpr std::uint64_t size = 3'000'001;
  for (const std::uint32_t n : {2U, 3U, 8U, 13U, 64U}) {
    const Schedule schedule = expanded(Collective::all_reduce, size, n, CollectiveAlgorithm::double_binary_tree);
    std::uint64_t sum = 0;
    for (std::uint32_t member = 0; member < n; ++member) {
      const std::uint64_t received = bytes_received(schedule, member);
      CHECK(received <= 2 * size + size / 2);
      sum += received;
    }
    CHECK(sum == 2 * size * (n - 1));
  }
}

TEST_CASE("who is a leaf in one tree of an even number is none in the other") {
  for (const std::uint32_t n : {4U, 8U, 14U, 64U}) {
    const Schedule schedule = expanded(Collective::all_reduce, 8, n, CollectiveAlgorithm::double_binary_tree);
    // Of one byte in eight a leaf hears once for each half; who passes on hears of others, too.
    for (std::uint32_t member = 0; member < n; ++member) {
      std::set<std::uint32_t> peers;
      for (const Message& message : schedule.messages())
        if (message.to == member) peers.insert(message.from);
      CHECK(peers.size() >= 2);
    }
  }
}

TEST_CASE("schedules take the time that the formula for one site says") {
  const scenario::LocalNetwork& network = simple_network;
  for (const Collective kind : kinds) {
    for (const std::uint32_t n : {2U, 4U, 8U, 32U}) {
      const Bytes bytes{std::uint64_t{1} << 20};
      for (const CollectiveAlgorithm algorithm :
           {CollectiveAlgorithm::ring, CollectiveAlgorithm::direct, CollectiveAlgorithm::halving_doubling}) {
        INFO("algorithm " << static_cast<int>(algorithm) << ", kind " << static_cast<int>(kind) << ", " << n);
        CHECK(time_of(expanded(kind, bytes.count(), n, algorithm), network) ==
              time_in_site(kind, bytes, n, network, algorithm));
      }
    }
    // Beyond a power of two the formula takes the member that has most to do in every step.
    for (const std::uint32_t n : {3U, 6U, 13U}) {
      const Bytes bytes{std::uint64_t{1} << 20};
      const Duration formula = time_in_site(kind, bytes, n, network, CollectiveAlgorithm::halving_doubling);
      const Duration scheduled =
          time_of(expanded(kind, bytes.count(), n, CollectiveAlgorithm::halving_doubling), network);
      CHECK(scheduled.seconds() == Approx(formula.seconds()).epsilon(0.35));
    }
  }
}

TEST_CASE("trees: the formula leaves out the time to fill them, a few percent of a long buffer") {
  for (const std::uint32_t n : {8U, 16U, 64U}) {
    const Bytes bytes = Bytes::mebi(64);
    const double formula =
        time_in_site(Collective::all_reduce, bytes, n, simple_network, CollectiveAlgorithm::double_binary_tree)
            .seconds();
    const double scheduled =
        time_of(expanded(Collective::all_reduce, bytes.count(), n, CollectiveAlgorithm::double_binary_tree),
                simple_network)
            .seconds();
    CHECK(scheduled > formula);
    CHECK(scheduled < formula * 1.5);
  }
}

TEST_CASE(
    "halving first exchanges half of the buffer with the other site, and nothing later; the ring the same twice") {
  const Placement placement = placed({8, 8});
  constexpr std::uint64_t size = 1 << 20;
  const Schedule halving =
      expand(Collective::all_reduce, Bytes{size}, placement, CollectiveAlgorithm::halving_doubling);
  CHECK(bytes_between(halving, placement, 0, 1) == 8 * size);  // 8 members, half a buffer each, there and back
  const Schedule ring = expand(Collective::all_reduce, Bytes{size}, placement, CollectiveAlgorithm::ring);
  CHECK(bytes_between(ring, placement, 0, 1) == 2 * 15 * size / 16);
  const Schedule direct = expand(Collective::all_reduce, Bytes{size}, placement, CollectiveAlgorithm::direct);
  CHECK(bytes_between(direct, placement, 0, 1) == 2 * 8 * 8 * size / 16);
}

}  // namespace farlink::collective
