// SPDX-License-Identifier: Apache-2.0
// One-way delay and round trip over fibre, from posting to completion, against the index of the medium and measured
// links.
#include "dataplane/units/distance.hpp"
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

struct Times {
  double one_way = 0, round_trip = 0;  // us
};

// A message of one packet; delay as scenarios make it: distance x index / c + equipment.
Times measure(std::int64_t kilometres, double index, Duration equipment) {
  const Duration fibre =
      units::propagation_delay(units::Distance::kilometres(kilometres), units::GroupIndex::of(index));
  TwoSites sites{plain(units::BitRate::gigabits(400), fibre + equipment)};
  sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 4'096);
  REQUIRE(sites.run() == Engine::End::finished);
  return {static_cast<double>(sites.handlers[1]->events.at(0).at) * 1e-6,
          static_cast<double>(sites.handlers[0]->events.at(0).at) * 1e-6};
}

constexpr double serializations = 3 * 4'198 * 20e-6;  // RNIC, near edge, exit port, us

}  // namespace

TEST_CASE("one-way delay is 4.8974 us a kilometre of G.652 and what is fixed (oracle O3)") {
  for (const std::int64_t km : {1, 10, 80, 120, 300, 500, 1'000}) {
    for (const std::int64_t fixed : {0, 10}) {
      const double expected = static_cast<double>(km) * 4.8974 + static_cast<double>(fixed);
      const double measured = measure(km, 1.4682, Duration::microseconds(fixed)).one_way - serializations;
      CHECK(measured == Approx(expected).epsilon(0.001));
    }
  }
}

TEST_CASE("hollow core takes 0.681 to 0.683 of it on the fibre, and the same in the equipment (oracle O3)") {
  for (const std::int64_t km : {50, 100, 300}) {
    const double hollow = measure(km, 1.0015, Duration::microseconds(10)).one_way - serializations - 10;
    const double glass = measure(km, 1.4682, Duration::microseconds(10)).one_way - serializations - 10;
    CHECK(hollow / glass >= 0.681);
    CHECK(hollow / glass <= 0.683);
  }
}

TEST_CASE("round trips of a measured interconnect of 50 to 500 km, send to acknowledgement (oracle O4)") {
  struct Row {
    std::int64_t km;
    double measured;
  };
  for (const Row row :
       {Row{50, 632}, Row{100, 1'131}, Row{200, 2'138}, Row{300, 3'158}, Row{400, 4'145}, Row{500, 5'179}}) {
    INFO(row.km << " km");
    CHECK(measure(row.km, 1.51286, Duration::nanoseconds(61'600)).round_trip == Approx(row.measured).epsilon(0.02));
  }
}

}  // namespace farlink::virtual_time::test
