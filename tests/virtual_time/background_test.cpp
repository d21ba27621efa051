// SPDX-License-Identifier: Apache-2.0
// Traffic of others: when each frame comes, that a run ends with its sites whatever comes, and that nothing of it
// depends on windows.
#include "dataplane/virtual_time/background.hpp"

#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

BackgroundConfig constant(std::uint64_t gigabits, std::uint32_t line_bytes) {
  BackgroundConfig config;
  config.rate = units::BitRate::gigabits(gigabits);
  config.line_bytes = line_bytes;
  return config;
}

// Of the first `count` frames, in ps.
std::vector<std::int64_t> times_of(const BackgroundConfig& config, int count) {
  Background background{config};
  std::vector<std::int64_t> times;
  for (int i = 0; i < count; ++i, background.advance()) times.push_back(background.next().since_start().picoseconds());
  return times;
}

struct Totals {
  std::uint64_t came = 0, arrived = 0, dropped = 0, line_bytes = 0, queue_peak = 0;
  std::int64_t last_event = 0;
  bool operator==(const Totals&) const = default;
};

Totals totals(const Engine& engine, std::uint32_t direction) {
  const link::NearCounters& near = engine.direction(0, direction).near().counters();
  return {near.background_in,
          engine.direction(0, direction).far().counters().background_out,
          near.background_dropped.total(),
          near.line_bytes,
          near.queue_peak_bytes,
          engine.last_event().since_start().picoseconds()};
}

}  // namespace

TEST_CASE("at a constant rate the nth frame is there after n frame times, without drift") {
  CHECK(times_of(constant(400, 50), 3) == std::vector<std::int64_t>{1'000, 2'000, 3'000});
  const auto odd = times_of(constant(6'400, 86), 1'000);  // 107.5 ps each
  for (std::int64_t n = 1; n <= 1'000; ++n) CHECK(odd[static_cast<std::size_t>(n - 1)] == n * 1'075 / 10);
}

TEST_CASE("on and off: whole frames of each on period, the first bit with its start") {
  BackgroundConfig config = constant(400, 50);
  config.on = Duration::picoseconds(2'500);
  config.off = Duration::picoseconds(10'000);
  CHECK(times_of(config, 5) == std::vector<std::int64_t>{1'000, 2'000, 13'500, 14'500, 26'000});
  config.on = Duration::picoseconds(2'000);  // ends with a frame
  CHECK(times_of(config, 5) == std::vector<std::int64_t>{1'000, 2'000, 13'000, 14'000, 25'000});
}

TEST_CASE("periods that are drawn have the means that were given, and belong to the seed") {
  BackgroundConfig config = constant(100, 1'250);  // 100 ns
  config.on = Duration::microseconds(100);
  config.off = Duration::microseconds(300);
  config.draws = true;
  config.random = {1, 0, 0, link::Stage::background};
  const auto times = times_of(config, 400'000);
  CHECK(times == times_of(config, 400'000));
  // 40 ms of frames in some 400 on periods; exponential: the spread of a sum is 1 / 20 of it.
  CHECK(static_cast<double>(times.back()) * 1e-12 == Approx(0.160).epsilon(0.2));
  std::size_t gaps = 0;
  double silent = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] - times[i - 1] <= 100'000) continue;
    ++gaps;
    silent += static_cast<double>(times[i] - times[i - 1] - 100'000) * 1e-12;
  }
  CHECK(std::abs(static_cast<double>(gaps) - 400) < 80);
  CHECK(std::abs(silent / static_cast<double>(gaps) - 300e-6) < 4 * 300e-6 / std::sqrt(static_cast<double>(gaps)));
  config.random = {2, 0, 0, link::Stage::background};
  CHECK(times != times_of(config, 400'000));
}

TEST_CASE("windows of any length, and stepping together, agree on a link with traffic of others") {
  for (const Duration delay : {Duration::microseconds(100), Duration::nanoseconds(700)}) {
    std::vector<Event> first[2];
    Totals counted[2];
    for (const Duration window :
         {Duration::max(), Duration::zero(), Duration::nanoseconds(333), Duration::picoseconds(50'001)}) {
      INFO("delay " << delay.picoseconds() << " ps, window " << window.picoseconds() << " ps");
      Setup setup = three_pairs(delay);
      setup.forward.near_edge.has_backpressure = setup.reverse.near_edge.has_backpressure = true;
      setup.forward.near_edge.xoff = setup.reverse.near_edge.xoff = units::Bytes{40'000};
      setup.forward.near_edge.xon = setup.reverse.near_edge.xon = units::Bytes{20'000};
      setup.forward.near_edge.buffer = units::Bytes{120'000};
      TwoSites sites{setup};
      BackgroundConfig others = constant(90, 1'500);
      others.priority = 3;
      others.on = Duration::microseconds(11);
      others.off = Duration::microseconds(7);
      sites.engine.add_background(0, 0, others);
      others.draws = true;
      others.random = {9, 0, 1, link::Stage::background};
      sites.engine.add_background(0, 1, others);
      post_some(sites, 1);
      sites.engine.set_longest_window(window);
      REQUIRE(sites.run() == Engine::End::finished);
      for (std::uint32_t i = 0; i < 2; ++i) {
        if (window == Duration::max()) {
          first[i] = sites.handlers[i]->events;
          counted[i] = totals(sites.engine, i);
        }
        CHECK(sites.handlers[i]->events == first[i]);
        CHECK(totals(sites.engine, i) == counted[i]);
        CHECK(sites.engine.direction(0, i).is_conserved());
        CHECK(counted[i].came > 100);
        CHECK(counted[i].came - counted[i].dropped - counted[i].arrived ==
              sites.engine.direction(0, i).background_held());
      }
    }
    CHECK(first[0].size() + first[1].size() == 120);
  }
}

TEST_CASE("traffic of others ends with the sites: within one delay of the last of them") {
  for (const Duration delay : {Duration::microseconds(50), Duration::zero()}) {
    TwoSites sites{plain(units::BitRate::gigabits(100), delay)};
    sites.engine.add_background(0, 0, constant(50, 1'250));  // one in 200 ns
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 1'000'000);
    REQUIRE(sites.run() == Engine::End::finished);
    const std::int64_t finished = sites.handlers[0]->events.back().at;
    const Totals t = totals(sites.engine, 0);
    CHECK(t.came >= static_cast<std::uint64_t>(finished / 200'000));
    CHECK(t.came <= static_cast<std::uint64_t>((finished + delay.picoseconds()) / 200'000 + 1));
  }
  TwoSites idle{plain(units::BitRate::gigabits(100), Duration::microseconds(1))};
  idle.engine.add_background(0, 0, constant(50, 1'250));
  CHECK(idle.run() == Engine::End::finished);
  CHECK(totals(idle.engine, 0).came == 0);
}

TEST_CASE("a run in which nothing but traffic of others goes on is stuck") {
  for (const Duration delay : {Duration::microseconds(1), Duration::zero()}) {
    Setup lossy = plain(units::BitRate::gigabits(100), delay);
    lossy.forward.impairments.loss = units::Probability::always();
    lossy.nic.ack_timeout = 0;  // never asks again
    TwoSites lost{lossy};
    lost.engine.add_background(0, 0, constant(50, 1'250));
    lost.engine.add_background(0, 1, constant(50, 1'250));
    lost.handlers[0]->post_at(Instant::start(), 0, lost.pairs[0].near_qp, 1'000);
    CHECK(lost.run() == Engine::End::stuck);
    CHECK(lost.engine.direction(0, 0).is_conserved());
  }
}

}  // namespace farlink::virtual_time::test
