// SPDX-License-Identifier: Apache-2.0
// What rate, size, time and distance say about each other, on numbers a reader can check in the head.
#include <catch2/catch.hpp>

#include "dataplane/units/distance.hpp"
#include "dataplane/units/probability.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"
#include "tests/support/print_units.hpp"

using namespace farlink::units;

TEST_CASE("a byte lasts a whole number of picoseconds at every Ethernet rate") {
  struct Row {
    std::uint64_t gigabits;
    std::int64_t picoseconds;
  };
  for (const Row row : {Row{10, 800}, Row{25, 320}, Row{40, 200}, Row{50, 160}, Row{100, 80}, Row{200, 40},
                        Row{400, 20}, Row{800, 10}}) {
    CAPTURE(row.gigabits);
    CHECK(serialization_time(Bytes{1}, BitRate::gigabits(row.gigabits)) == Duration::picoseconds(row.picoseconds));
  }
}

TEST_CASE("serialization time") {
  CHECK(serialization_time(Bytes{50}, BitRate::gigabits(400)) == Duration::nanoseconds(1));
  CHECK(serialization_time(Bytes{125}, BitRate::bits_per_second(1'000)) == Duration::seconds(1));
  CHECK(serialization_time(Bytes{4178}, BitRate::gigabits(100)) == Duration::picoseconds(334'240));
  CHECK(serialization_time(Bytes{84}, BitRate::gigabits(400)) == Duration::picoseconds(1'680));
  CHECK(serialization_time(Bytes{}, BitRate::gigabits(400)) == Duration::zero());
  // A rate that does not divide: 8 bits at 3 bit/s are 2.666... s, rounded down.
  CHECK(serialization_time(Bytes{1}, BitRate::bits_per_second(3)) == Duration::picoseconds(2'666'666'666'666));
  // 128 bits inside: a petabyte at 10 Gb/s is 8e5 s.
  CHECK(serialization_time(Bytes{1'000'000'000'000'000}, BitRate::gigabits(10)) == Duration::seconds(800'000));
}

TEST_CASE("what fits on a line") {
  CHECK(bytes_in(BitRate::gigabits(400), Duration::nanoseconds(1)) == Bytes{50});
  CHECK(bytes_in(BitRate::gigabits(100), Duration::milliseconds(1)) == Bytes{12'500'000});
  CHECK(bytes_in(BitRate::gigabits(100), Duration::picoseconds(79)) == Bytes{0});
  CHECK(bytes_in(BitRate::gigabits(100), Duration::picoseconds(80)) == Bytes{1});
}

TEST_CASE("O3: one-way delay of G.652 fibre is 4.897 us a kilometre") {
  const GroupIndex g652 = GroupIndex::of(1.4682);
  CHECK(g652.tenmillionths() == 14'682'000);
  // 1 km x 1.4682 / 299 792 458 m/s = 4.897 388 ... us
  CHECK(propagation_delay(Distance::kilometres(1), g652) == Duration::picoseconds(4'897'388));
  CHECK(propagation_delay(Distance::kilometres(300), g652) == Duration::picoseconds(1'469'216'414));
  CHECK(propagation_delay(Distance::metres(1), g652) == Duration::picoseconds(4'897));
  CHECK(propagation_delay(Distance{}, g652) == Duration::zero());
}

TEST_CASE("O4: group index 1.51286 is 10.0927 us of round trip a kilometre") {
  const Duration one_way = propagation_delay(Distance::kilometres(1), GroupIndex::of(1.51286));
  CHECK(2 * one_way == Duration::picoseconds(10'092'716));
}

TEST_CASE("durations and instants") {
  CHECK(Duration::milliseconds(1) + Duration::microseconds(500) == Duration::microseconds(1'500));
  CHECK(Duration::microseconds(3) - Duration::microseconds(5) == -Duration::microseconds(2));
  CHECK(Duration::microseconds(3) * 4 == Duration::microseconds(12));
  CHECK(Duration::microseconds(3) / 2 == Duration::nanoseconds(1'500));
  CHECK(Duration::seconds(3) / Duration::seconds(2) == 1.5);
  CHECK(Duration::from_seconds(1.5e-3) == Duration::microseconds(1'500));
  CHECK(Duration::from_seconds(-1.5e-3) == -Duration::microseconds(1'500));
  const Instant start = Instant::start();
  CHECK((start + Duration::seconds(2)) - (start + Duration::seconds(5)) == -Duration::seconds(3));
  CHECK(start + Duration::seconds(2) < Instant::never());
  CHECK(Instant::at(Duration::seconds(2)) - Duration::seconds(2) == start);
}

TEST_CASE("bytes and rates") {
  CHECK(Bytes::kibi(64).count() == 65'536);
  CHECK(Bytes::mebi(1) - Bytes::kibi(1) == Bytes{1'047'552});
  CHECK(3 * Bytes{5} == Bytes{15});
  CHECK(Bytes{7} / 2 == Bytes{3});
  CHECK(Bytes{7} / Bytes{2} == 3.5);
  CHECK(BitRate::gigabits(400) * 16 == BitRate::terabits(6) + BitRate::gigabits(400));
  CHECK(BitRate::gigabits(400) / 2 == BitRate::gigabits(200));
}

TEST_CASE("probability thresholds") {
  CHECK_FALSE(Probability::never().happens(0));
  CHECK(Probability::always().happens(~std::uint64_t{0}));
  CHECK(Probability::of(0.5).happens((std::uint64_t{1} << 63) - 1));
  CHECK_FALSE(Probability::of(0.5).happens(std::uint64_t{1} << 63));
  CHECK(Probability::of(0.25).value() == 0.25);
  CHECK(Probability::of(-1) == Probability::never());
  CHECK(Probability::of(2) == Probability::always());
}
