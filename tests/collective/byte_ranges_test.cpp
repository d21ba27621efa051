// SPDX-License-Identifier: Apache-2.0
#include "control/collective/byte_ranges.hpp"

#include <catch2/catch.hpp>

namespace farlink::collective {

TEST_CASE("shards are consecutive, differ by one byte at most and add up to the buffer") {
  for (const std::uint64_t size : {0ULL, 1ULL, 7ULL, 100ULL, 350'000'000'001ULL}) {
    for (std::uint64_t count = 1; count <= 17; ++count) {
      std::uint64_t next = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        const ByteRange range = shard(units::Bytes{size}, count, i);
        REQUIRE(range.begin == next);
        REQUIRE(range.size() >= size / count);
        REQUIRE(range.size() <= size / count + 1);
        next = range.end;
      }
      REQUIRE(next == size);
    }
  }
}

TEST_CASE("overlap of byte ranges") {
  CHECK(overlap({0, 10}, {5, 20}).size() == 5);
  CHECK(overlap({0, 5}, {5, 20}).size() == 0);
  CHECK(overlap({0, 5}, {9, 20}).size() == 0);
  CHECK(overlap({3, 4}, {0, 20}).begin == 3);
}

}  // namespace farlink::collective
