// SPDX-License-Identifier: Apache-2.0
// 4 members, 8000 bytes, 1 GB/s, 1 us latency: 2000 bytes a shard take 2 us.
#include "control/collective/time_in_site.hpp"

#include <catch2/catch.hpp>

#include "tests/collective/placements.hpp"

namespace farlink::collective {

TEST_CASE("collectives inside a site follow the latency-bandwidth formulas") {
  using trace::Collective;
  using units::Bytes;
  using units::Duration;
  struct Row {
    Collective kind;
    std::uint64_t bytes;
    std::int64_t microseconds;
  };
  for (const Row& row : {
           Row{Collective::all_reduce, 8000, 6 * (1 + 2)},
           Row{Collective::reduce_scatter, 8000, 3 * (1 + 2)},
           Row{Collective::all_gather, 2000, 3 * (1 + 2)},
           Row{Collective::all_to_all, 8000, 3 * (1 + 2)},
           Row{Collective::broadcast, 8000, 3 + 8},
           Row{Collective::reduce, 8000, 3 + 8},
           Row{Collective::gather, 2000, 1 + 6},
           Row{Collective::scatter, 8000, 1 + 6},
           Row{Collective::barrier, 8000, 2},
       }) {
    CHECK(time_in_site(row.kind, Bytes{row.bytes}, 4, simple_network) == Duration::microseconds(row.microseconds));
    CHECK(time_in_site(row.kind, Bytes{row.bytes}, 1, simple_network) == Duration::zero());
  }
}

TEST_CASE("a bus bandwidth is the same for every size of an all-reduce without latency") {
  const scenario::LocalNetwork network{units::BitRate::gigabits(2400), units::Duration::zero()};
  for (const std::uint32_t n : {2U, 3U, 8U, 1000U}) {
    const units::Bytes size = units::Bytes::gibi(1);
    const double seconds = time_in_site(trace::Collective::all_reduce, size, n, network).seconds();
    const double bus_bandwidth = static_cast<double>(size.count()) / seconds * 2 * (n - 1) / n;
    CHECK(bus_bandwidth == Approx(300e9).epsilon(1e-9));
  }
}

TEST_CASE("a network without bandwidth is refused") {
  CHECK_THROWS_AS(time_in_site(trace::Collective::all_reduce, units::Bytes{1}, 2, scenario::LocalNetwork{{}, {}}),
                  std::invalid_argument);
}

}  // namespace farlink::collective
