// SPDX-License-Identifier: Apache-2.0
// The engine: windows against stepping together, ties, and the three ways a run ends.
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {

TEST_CASE("windows of any length, and stepping together, give the same completions at the same times") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    for (const Duration delay : {Duration::microseconds(100), Duration::nanoseconds(700)}) {
      std::vector<Event> first[2];
      for (const Duration window :
           {Duration::max(), Duration::zero(), Duration::nanoseconds(333), Duration::picoseconds(50'001)}) {
        INFO("seed " << seed << ", delay " << delay.picoseconds() << " ps, window " << window.picoseconds() << " ps");
        TwoSites sites{rough(seed, delay)};
        post_some(sites, seed);
        sites.engine.set_longest_window(window);
        REQUIRE(sites.run() == Engine::End::finished);
        for (int i = 0; i < 2; ++i) {
          if (window == Duration::max()) first[i] = sites.handlers[i]->events;
          CHECK(sites.handlers[i]->events == first[i]);
          CHECK(sites.engine.direction(0, static_cast<std::uint32_t>(i)).is_conserved());
          CHECK(sites.engine.direction(0, static_cast<std::uint32_t>(i)).near().counters().time_went_back == 0);
        }
        const link::NearCounters& near = sites.engine.direction(0, 0).near().counters();
        CHECK(near.xoff_sent > 0);
        CHECK(near.dropped.random > 0);
      }
      CHECK(first[0].size() + first[1].size() == 120);  // sent and received, each message
    }
  }
}

TEST_CASE("without any delay the sites step together, and the same run repeats") {
  std::vector<Event> first[2];
  for (int repeat = 0; repeat < 2; ++repeat) {
    TwoSites sites{rough(5, Duration::zero())};
    post_some(sites, 5);
    CHECK(sites.engine.lookahead() == Duration::zero());
    REQUIRE(sites.run() == Engine::End::finished);
    for (int i = 0; i < 2; ++i) {
      if (repeat == 0) first[i] = sites.handlers[i]->events;
      CHECK(sites.handlers[i]->events == first[i]);
    }
  }
  CHECK(first[0].size() + first[1].size() == 120);
}

TEST_CASE("a picosecond of delay moves nothing by more than what it adds") {
  // One message of one packet each way: 4178 B and 86 B at both ends, 400 Gb/s: 83.56 + 83.56 + 83.56 ns, 1.72 ns three
  // times.
  std::int64_t sent[2];
  for (const std::int64_t delay : {0, 1}) {
    TwoSites sites{plain(units::BitRate::gigabits(400), Duration::picoseconds(delay))};
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 4'096);
    REQUIRE(sites.run() == Engine::End::finished);
    sent[delay] = sites.handlers[0]->events.at(0).at;
  }
  CHECK(sent[0] == 3 * 20 * (4'178 + 20) + 3 * 20 * 86);  // RETH and immediate data: 20 B
  CHECK(sent[1] == sent[0] + 2);
}

TEST_CASE("equal times order by number: RNIC 0 first, every time") {
  Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(10));
  setup.nics = 3;
  TwoSites sites{setup};
  for (std::uint32_t nic : {2U, 0U, 1U})
    sites.handlers[0]->post_at(Instant::start(), nic, sites.pairs[nic].near_qp, 1'000);
  REQUIRE(sites.run() == Engine::End::finished);
  const std::vector<Event>& received = sites.handlers[1]->events;
  REQUIRE(received.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(received[i].nic == i);
  CHECK(received[0].at < received[1].at);
}

TEST_CASE("timers set for the same time come in the order they were set") {
  WakeQueue wakes;
  for (const std::uint64_t cookie : {5U, 3U, 9U}) wakes.push(Instant::at(Duration::nanoseconds(1)), cookie);
  wakes.push(Instant::start(), 7);
  for (const std::uint64_t cookie : {7U, 5U, 3U, 9U}) CHECK(wakes.pop() == cookie);
  CHECK(wakes.earliest() == Instant::never());
}

TEST_CASE("a run with nothing left to happen is stuck, in windows and together") {
  for (const Duration delay : {Duration::microseconds(1), Duration::zero()}) {
    TwoSites idle{plain(units::BitRate::gigabits(100), delay)};
    idle.handlers[1]->waits_for_ever = true;
    CHECK(idle.run() == Engine::End::stuck);

    Setup lossy = plain(units::BitRate::gigabits(100), delay);
    lossy.forward.impairments.loss = units::Probability::always();
    lossy.nic.ack_timeout = 0;  // never asks again
    TwoSites lost{lossy};
    lost.handlers[0]->post_at(Instant::start(), 0, lost.pairs[0].near_qp, 1'000);
    CHECK(lost.run() == Engine::End::stuck);
    CHECK(lost.engine.site(0).lost_frames(0) == 1);
    CHECK(lost.engine.direction(0, 0).is_conserved());

    TwoSites done{plain(units::BitRate::gigabits(100), delay)};
    CHECK(done.run() == Engine::End::finished);
  }
}

TEST_CASE("a run that is told to stop stops, and can go on") {
  for (const Duration delay : {Duration::microseconds(1), Duration::zero()}) {
    TwoSites sites{plain(units::BitRate::gigabits(100), delay)};
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 10'000'000);
    CHECK(sites.engine.run([] { return false; }) == Engine::End::stopped);
    CHECK(sites.handlers[0]->events.empty());
    CHECK(sites.engine.last_event() < Instant::at(Duration::microseconds(2)));
    CHECK(sites.run() == Engine::End::finished);

    TwoSites whole{plain(units::BitRate::gigabits(100), delay)};
    whole.handlers[0]->post_at(Instant::start(), 0, whole.pairs[0].near_qp, 10'000'000);
    CHECK(whole.run() == Engine::End::finished);
    CHECK(whole.handlers[0]->events == sites.handlers[0]->events);
  }
}

TEST_CASE("the lookahead is the smallest delay of any direction") {
  Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(9));
  setup.reverse.fibre.delay = Duration::microseconds(4);
  CHECK(TwoSites{setup}.engine.lookahead() == Duration::microseconds(4));
}

}  // namespace farlink::virtual_time::test
