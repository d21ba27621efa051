// SPDX-License-Identifier: Apache-2.0
// Links that change during a run: both edges at the exact time, whatever the windows are.
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

Setup two_waves(std::uint64_t seed) {
  Setup setup = three_pairs(Duration::microseconds(100));
  link::DirectionConfig& f = setup.forward;
  f.seed = seed;
  f.near_edge.waves = 2;
  f.near_edge.rate = units::BitRate::gigabits(60);
  f.near_edge.has_backpressure = true;
  f.near_edge.xoff = units::Bytes{40'000};
  f.near_edge.xon = units::Bytes{9'000};
  f.fibre.jitter = Duration::microseconds(2);
  f.impairments.loss = units::Probability::of(1e-3);
  f.far_edge.port_rate = units::BitRate::gigabits(40);
  f.far_edge.buffer = units::Bytes{60'000};
  f.far_edge.ports = setup.nics;  // no change alters how many there are
  setup.reverse = f;
  setup.reverse.direction = 1;
  return setup;
}

// Something of every stage, some of it at one moment, some between two picoseconds of traffic.
std::vector<Change> troubles(const link::DirectionConfig& before) {
  std::vector<Change> changes;
  link::DirectionConfig config = before;
  const auto add = [&](std::int64_t ns, auto change) {
    change(config);
    changes.push_back({Instant::at(Duration::nanoseconds(ns)), config});
  };
  add(60'000, [](auto& c) { c.fibre.delay = Duration::microseconds(150); });
  add(90'001, [](auto& c) { c.impairments.is_cut = true; });
  add(121'000, [](auto& c) { c.impairments.is_cut = false; });
  add(121'000, [](auto& c) { c.fibre.delay = Duration::microseconds(70); });
  add(200'000, [](auto& c) { c.far_edge.buffer = units::Bytes{20'000}; });
  add(230'000, [](auto& c) { c.near_edge.rate = units::BitRate::gigabits(20); });
  add(330'000, [](auto& c) { c.near_edge.has_backpressure = false; });
  add(400'000, [](auto& c) { c.impairments.loss = units::Probability::of(0.02); });
  add(600'000, [](auto& c) { c.far_edge.buffer = units::Bytes{200'000}; });
  return changes;
}

std::vector<Event> one_packet(std::vector<Change> forward, std::vector<Change> reverse, std::int64_t post_ns) {
  const Setup setup = plain(units::BitRate::gigabits(400), Duration::microseconds(10));
  TwoSites sites{setup};
  sites.engine.set_changes(0, 0, std::move(forward));
  sites.engine.set_changes(0, 1, std::move(reverse));
  sites.handlers[0]->post_at(Instant::at(Duration::nanoseconds(post_ns)), 0, sites.pairs[0].near_qp, 4'096);
  REQUIRE(sites.run() == Engine::End::finished);
  std::vector<Event> events = sites.handlers[1]->events;
  events.insert(events.end(), sites.handlers[0]->events.begin(), sites.handlers[0]->events.end());
  return events;
}

}  // namespace

TEST_CASE("with changes on the way, windows of any length and stepping together give the same") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::vector<Event> first[2];
    for (const Duration window :
         {Duration::max(), Duration::zero(), Duration::nanoseconds(333), Duration::picoseconds(50'001)}) {
      INFO("seed " << seed << ", window " << window.picoseconds() << " ps");
      const Setup setup = two_waves(seed);
      TwoSites sites{setup};
      sites.engine.set_changes(0, 0, troubles(setup.forward));
      sites.engine.set_changes(0, 1, troubles(setup.reverse));
      CHECK(sites.engine.lookahead() == Duration::microseconds(70));
      post_some(sites, seed);
      sites.engine.set_longest_window(window);
      REQUIRE(sites.run() == Engine::End::finished);
      std::uint64_t cut = 0, full = 0;
      for (std::uint32_t i = 0; i < 2; ++i) {
        const link::Direction& direction = sites.engine.direction(0, i);
        if (window == Duration::max()) first[i] = sites.handlers[i]->events;
        CHECK(sites.handlers[i]->events == first[i]);
        CHECK(direction.is_conserved());
        CHECK(direction.near().counters().time_went_back == 0);
        CHECK(direction.far().counters().time_went_back == 0);
        CHECK(direction.far().untold() == 0);
        cut += direction.near().counters().dropped.cut;
        full += direction.far().counters().dropped.queue;
      }
      CHECK(cut > 0);
      CHECK(full > 0);
    }
    CHECK(first[0].size() + first[1].size() == 2 * some);
  }
}

TEST_CASE("a changed delay is that of frames that enter the fibre from then on, each direction its own") {
  // One packet of 4,198 B on the line and its ACK of 86 B at 400 Gb/s, 20 ps a byte, three serializations each way.
  const std::int64_t there = 3 * 20 * 4'198 + 10'000'000, back = 3 * 20 * 86 + 10'000'000;
  link::DirectionConfig longer = plain(units::BitRate::gigabits(400), Duration::microseconds(15)).forward;
  // Out of the RNIC and the near edge after 167.92 ns.
  const Instant after = Instant::at(Duration::picoseconds(2 * 20 * 4'198));
  const auto at = [](const std::vector<Event>& events, std::size_t i) { return events.at(i).at; };
  CHECK(at(one_packet({}, {}, 0), 0) == there);
  CHECK(at(one_packet({}, {}, 0), 1) == there + back);
  // The near edge fixes an arrival when serialization starts, at 83.96 ns.
  const Instant start = Instant::at(Duration::picoseconds(20 * 4'198));
  CHECK(at(one_packet({{start, longer}}, {}, 0), 0) == there + 5'000'000);
  CHECK(at(one_packet({{start + Duration::picoseconds(1), longer}}, {}, 0), 0) == there);
  CHECK(at(one_packet({{after, longer}}, {}, 0), 0) == there);
  longer.direction = 1;
  CHECK(at(one_packet({}, {{start, longer}}, 0), 0) == there);
  CHECK(at(one_packet({}, {{start, longer}}, 0), 1) == there + back + 5'000'000);
}

TEST_CASE("times of changes can count from the first frame on a link") {
  const Setup setup = plain(units::BitRate::gigabits(400), Duration::microseconds(10));
  link::DirectionConfig longer = setup.forward;
  longer.fibre.delay = Duration::microseconds(15);
  const std::int64_t alone = 3 * 20 * 4'198 + 10'000'000;
  for (const Duration window : {Duration::max(), Duration::zero()}) {
    TwoSites sites{setup};
    sites.engine.set_changes(0, 0, {{Instant::at(Duration::microseconds(100)), longer}});
    sites.engine.arm_with_first_frame();
    CHECK(sites.engine.epoch() == Instant::never());
    sites.engine.set_longest_window(window);
    for (const std::int64_t ms : {7, 8})  // the second long after the change
      sites.handlers[0]->post_at(Instant::at(Duration::milliseconds(ms)), 0, sites.pairs[0].near_qp, 4'096);
    REQUIRE(sites.run() == Engine::End::finished);
    CHECK(sites.engine.epoch() == Instant::at(Duration::milliseconds(7) + Duration::picoseconds(20 * 4'198)));
    const std::vector<Event>& received = sites.handlers[1]->events;
    REQUIRE(received.size() == 2);
    CHECK(received[0].at == 7'000'000'000 + alone);
    CHECK(received[1].at == 8'000'000'000 + alone + 5'000'000);
  }
}

TEST_CASE("a run that waits for its first frame ends like any other") {
  TwoSites idle{plain(units::BitRate::gigabits(100), Duration::microseconds(1))};
  idle.engine.arm_with_first_frame();
  CHECK(idle.run() == Engine::End::finished);
  TwoSites stuck{plain(units::BitRate::gigabits(100), Duration::microseconds(1))};
  stuck.engine.arm_with_first_frame();
  stuck.handlers[1]->waits_for_ever = true;
  CHECK(stuck.run() == Engine::End::stuck);
  CHECK(stuck.engine.epoch() == Instant::never());
}

TEST_CASE("changes that come when nothing else does keep no run from being stuck") {
  const Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(1));
  TwoSites sites{setup};
  sites.engine.set_changes(0, 0, {{Instant::at(Duration::seconds(5)), setup.forward}});
  sites.handlers[1]->waits_for_ever = true;
  CHECK(sites.run() == Engine::End::stuck);
  CHECK(sites.engine.last_event() == Instant::start());
}

}  // namespace farlink::virtual_time::test
