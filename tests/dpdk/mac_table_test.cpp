// SPDX-License-Identifier: Apache-2.0
// Where an address was last seen, from one thread and from several.
#include "dataplane/dpdk/mac_table.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace farlink::dpdk {
namespace {

std::uint64_t address(std::uint64_t number) { return 0x0200'0000'0000U + number; }

bool is_at(const Place& place, std::uint64_t site, std::uint64_t port) {
  return place.is_known && place.site == site && place.port == port;
}

}  // namespace

TEST_CASE("an address is where it was seen last") {
  MacTable table;
  CHECK_FALSE(table.find(address(1)).is_known);
  table.learn(address(1), 2, 3);
  CHECK(is_at(table.find(address(1)), 2, 3));
  CHECK_FALSE(table.find(address(2)).is_known);
  table.learn(address(1), 255, 255);
  CHECK(is_at(table.find(address(1)), 255, 255));
  table.learn(address(1), 0, 0);
  CHECK(is_at(table.find(address(1)), 0, 0));
}

TEST_CASE("thousands of addresses keep their places apart") {
  MacTable table;
  constexpr std::uint64_t hosts = 20'000;
  for (std::uint64_t i = 0; i < hosts; ++i)
    table.learn(address(i * 7), static_cast<std::uint8_t>(i % 3), static_cast<std::uint8_t>(i % 5));
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < hosts; ++i) wrong += is_at(table.find(address(i * 7)), i % 3, i % 5) ? 0U : 1U;
  CHECK(wrong == 0);
}

TEST_CASE("a table that is full says unknown, and never a wrong place") {
  MacTable table;
  constexpr std::uint64_t hosts = 200'000;  // of 65,536 slots
  for (std::uint64_t i = 0; i < hosts; ++i)
    table.learn(address(i), static_cast<std::uint8_t>(i % 7), static_cast<std::uint8_t>(i % 11));
  std::uint64_t known = 0, wrong = 0;
  for (std::uint64_t i = 0; i < hosts; ++i) {
    const Place place = table.find(address(i));
    known += place.is_known ? 1U : 0U;
    wrong += place.is_known && !is_at(place, i % 7, i % 11) ? 1U : 0U;
  }
  CHECK(wrong == 0);
  CHECK(known <= 65'536);
  CHECK(known > 60'000);
}

// Two lcores learn while a third looks up: every answer is a place where the address has been.
TEST_CASE("readers see a place that was learned, while others write") {
  MacTable table;
  constexpr std::uint64_t hosts = 64;
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint8_t site = 0; site < 2; ++site) {
    threads.emplace_back([&table, &is_over, site] {
      for (std::uint64_t round = 0; !is_over.load(std::memory_order_relaxed); ++round)
        for (std::uint64_t i = 0; i < hosts; ++i)
          table.learn(address(i), site, static_cast<std::uint8_t>(site * 100U + (i + round) % 3));
    });
  }
  threads.emplace_back([&table, &wrong] {
    for (int round = 0; round < 20'000; ++round) {
      for (std::uint64_t i = 0; i < hosts; ++i) {
        const Place place = table.find(address(i));
        const bool is_possible = !place.is_known || (place.site < 2 && place.port >= place.site * 100U &&
                                                     place.port < place.site * 100U + 3);
        wrong += is_possible ? 0U : 1U;
      }
    }
  });
  threads.back().join();
  is_over = true;
  for (std::size_t i = 0; i + 1 < threads.size(); ++i) threads[i].join();
  CHECK(wrong == 0);
}

}  // namespace farlink::dpdk
