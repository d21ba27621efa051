// SPDX-License-Identifier: Apache-2.0
// CNPs of the near edge: when they are at the sender, against those that fly the fibre twice.
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

// 100 Gb/s into a line of 50 Gb/s, marks above 10,000 B.
Setup narrow(std::optional<Duration> notify_every) {
  Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(100));
  setup.nics = 2;
  setup.nic.window = 10'000;
  setup.nic.congestion = rnic::DcqcnConfig{};
  setup.nic.cnp_interval = Duration::microseconds(50);
  setup.forward.near_edge.rate = units::BitRate::gigabits(50);
  setup.forward.near_edge.ecn =
      link::EcnMarking{units::Bytes{10'000}, units::Bytes{10'000}, units::Probability::always(), notify_every};
  return setup;
}

// When the second RNIC's first CNP arrives.
Instant first_cnp(const Setup& setup) {
  TwoSites sites{setup};
  sites.handlers[0]->post_at(Instant::start(), 1, sites.pairs[1].near_qp, 4 << 20);
  Engine& engine = sites.engine;
  engine.set_longest_window(Duration::nanoseconds(1));
  engine.run([&] { return engine.site(0).nic(1).cnps_received() == 0; });
  CHECK(engine.site(0).nic(0).cnps_received() == 0);
  CHECK(engine.direction(0, 0).is_conserved());
  return engine.last_event();
}

}  // namespace

TEST_CASE(
    "a CNP of the near edge is there when the frame that would be marked is, one of the receiver a round trip on") {
  // The first packet has 16 bytes more; while it and the second one are serialized, the fifth comes as the third in
  // the queue: 12,534 B.
  const std::int64_t fifth = (4'194 + 4 * 4'178) * 80;
  CHECK(first_cnp(narrow(Duration::microseconds(50))).since_start().picoseconds() == fifth);
  // It leaves the line behind the four before it, which follow the first without a gap, crosses, and leaves the exit
  // port; the CNP of 98 B passes RNIC, line and exit port, and crosses.
  const std::int64_t marked = 4'194 * 80 + (4'194 + 4 * 4'178) * 160 + 100'000'000 + 4'178 * 80;
  CHECK(first_cnp(narrow({})).since_start().picoseconds() == marked + 3 * 98 * 80 + 100'000'000);
}

TEST_CASE("the receiver sends no second CNP, windows of any length agree, and conservation counts what the edge made") {
  std::vector<Event> first;
  std::uint64_t made = 0;
  for (const Duration window : {Duration::max(), Duration::zero(), Duration::nanoseconds(777)}) {
    TwoSites sites{narrow(Duration::microseconds(50))};
    for (std::uint32_t nic = 0; nic < 2; ++nic)
      sites.handlers[0]->post_at(Instant::start(), nic, sites.pairs[nic].near_qp, 4 << 20);
    sites.engine.set_longest_window(window);
    REQUIRE(sites.run() == Engine::End::finished);
    const link::Direction& there = sites.engine.direction(0, 0);
    CHECK(there.is_conserved());
    CHECK(there.near().counters().cnps_out > 2);
    CHECK(there.near().counters().frames_generated == there.near().counters().cnps_out);
    CHECK(there.near().counters().frames_in == there.far().counters().frames_out);
    std::uint64_t received = 0, cuts = 0;
    for (std::uint32_t nic = 0; nic < 2; ++nic) {
      received += sites.engine.site(0).nic(nic).cnps_received();
      cuts += sites.engine.site(0).nic(nic).rate_cuts(sites.pairs[nic].near_qp);
      CHECK(sites.engine.site(0).nic(nic).unknown_qp() == 0);
      CHECK(sites.engine.site(1).nic(nic).cnps_sent() == 0);
    }
    CHECK(received == there.near().counters().cnps_out);
    CHECK(cuts == received);  // 50 us apart, each cuts
    if (first.empty()) {
      first = sites.handlers[0]->events;
      made = received;
    }
    CHECK(sites.handlers[0]->events == first);
    CHECK(received == made);
  }
}

}  // namespace farlink::virtual_time::test
