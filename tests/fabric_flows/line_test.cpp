// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/line.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace farlink;

units::Instant at(std::int64_t ps) { return units::Instant::at(units::Duration::picoseconds(ps)); }

}  // namespace

// Two bytes come for each that goes: 1,000 bytes are there after 1,000 ps, and then the senders have half of the time.
TEST_CASE("a full buffer holds the senders for as much of the time as keeps it full") {
  fabric_flows::Line line{1, 1.0, 1'000};
  line.add_inflow(0, 2.0);
  line.adjust();
  CHECK(line.speed() == 1);
  REQUIRE(line.next_event() == at(1'000));
  CHECK(line.when(400) == at(400));
  line.settle(at(1'000));
  line.adjust();
  CHECK(line.speed() == Approx(0.5));
  CHECK(line.wait_picoseconds(0) == Approx(1'000));
  CHECK(line.when(1'100) == at(1'200));
  line.settle(at(3'000));
  CHECK(line.clock() == Approx(2'000));
  CHECK(line.wait_picoseconds(0) == Approx(1'000));
  CHECK(line.held_picoseconds() == Approx(1'000));
  // Half of them end: what comes is what goes, and the buffer stays full without holding anybody.
  line.add_inflow(0, -1.0);
  line.adjust();
  CHECK(line.speed() == Approx(1));
  line.settle(at(4'000));
  CHECK(line.wait_picoseconds(0) == Approx(1'000));
  // Nothing comes any more: empty after another 1,000 ps.
  line.add_inflow(0, -1.0);
  line.adjust();
  line.settle(at(4'600));
  CHECK(line.wait_picoseconds(0) == Approx(400));
  line.settle(at(6'000));
  CHECK(line.wait_picoseconds(0) == 0);
  CHECK(line.peak_bytes() == Approx(1'000));
}

// Wave 0 gets 1.5 of what it can carry, wave 1 half. The shared buffer fills with what wave 0 cannot take, 0.5 in each
// picosecond, and holds all senders until wave 0 gets what it can carry: wave 1 carries a third of its rate then.
TEST_CASE("one wave that has too much to carry slows the senders of the others") {
  fabric_flows::Line line{2, 1.0, 100};
  line.add_inflow(0, 1.5);
  line.add_inflow(1, 0.5);
  line.adjust();
  REQUIRE(line.next_event() == at(200));
  line.settle(at(200));
  line.adjust();
  CHECK(line.speed() == Approx(2.0 / 3));
  CHECK(line.wait_picoseconds(0) == Approx(100));
  CHECK(line.wait_picoseconds(1) == 0);
}

// Wave 1 drains while wave 0 fills: 100 bytes of wave 1 are gone after 100 ps, and only from then on the whole grows.
TEST_CASE("a wave that empties changes how the whole grows") {
  fabric_flows::Line line{2, 1.0, 220};
  line.add_inflow(1, 2.0);
  line.adjust();
  line.settle(at(100));
  line.add_inflow(1, -2.0);
  line.add_inflow(0, 1.8);
  line.adjust();
  // 100 bytes: + 0.8 - 1 until wave 1 is empty at 200, 80 bytes by then; 220 are there 175 ps later.
  REQUIRE(line.next_event() == at(200));
  line.settle(at(200));
  line.adjust();
  REQUIRE(line.next_event() == at(375));
  line.settle(at(375));
  line.adjust();
  CHECK(line.speed() == Approx(1 / 1.8));
}

TEST_CASE("a line without back-pressure never holds anybody") {
  fabric_flows::Line line{1, 1.0, std::numeric_limits<double>::infinity()};
  line.add_inflow(0, 3.0);
  line.adjust();
  line.settle(at(1'000'000));
  line.adjust();
  CHECK(line.speed() == 1);
  CHECK(line.peak_bytes() == Approx(2e6));
}
