// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/agenda.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace farlink;

units::Instant at(std::int64_t ps) { return units::Instant::at(units::Duration::picoseconds(ps)); }

}  // namespace

TEST_CASE("events are taken by instant, those of one in the order in which they were added") {
  fabric_flows::Agenda<int> agenda;
  CHECK(agenda.next() == units::Instant::never());
  agenda.add(at(30), 1);
  agenda.add(at(10), 2);
  agenda.add(at(30), 3);
  agenda.add(at(20), 4);
  agenda.add(at(10), 5);
  std::vector<int> events;
  REQUIRE(agenda.next() == at(10));
  agenda.take(events);
  CHECK(events == std::vector<int>{2, 5});
  agenda.add(at(10), 6);  // while the instant is under way: another batch of it
  REQUIRE(agenda.next() == at(10));
  agenda.take(events);
  CHECK(events == std::vector<int>{6});
  agenda.take(events);
  CHECK(events == std::vector<int>{4});
  agenda.take(events);
  CHECK(events == std::vector<int>{1, 3});
  CHECK(agenda.next() == units::Instant::never());
}
