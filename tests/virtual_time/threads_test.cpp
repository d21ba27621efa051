// SPDX-License-Identifier: Apache-2.0
// Sites side by side on threads: the same events as one after the other.
#include <stdexcept>
#include <string>

#include "dataplane/virtual_time/crew.hpp"
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

// Losses, copies, jitter, two waves, back-pressure and a pause that flies the fibre.
Setup rough(std::uint64_t seed) {
  Setup setup = three_pairs(Duration::microseconds(20));
  link::DirectionConfig& f = setup.forward;
  f.seed = seed;
  f.near_edge.waves = 2;
  f.near_edge.rate = units::BitRate::bits_per_second(66'666'666'667);
  f.near_edge.has_backpressure = true;
  f.near_edge.xoff = units::Bytes{20'000};
  f.near_edge.xon = units::Bytes{9'000};
  f.fibre.jitter = Duration::microseconds(2);
  f.impairments.loss = units::Probability::of(1e-3);
  f.impairments.duplicate = units::Probability::of(1e-3);
  f.far_edge.port_rate = units::BitRate::gigabits(60);
  f.far_edge.buffer = units::Bytes{60'000};
  setup.reverse = f;
  setup.reverse.direction = 1;
  return setup;
}

}  // namespace

TEST_CASE("one thread or several, windows of any length: the same completions at the same times") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::vector<Event> first[2];
    Instant end;
    for (const std::uint32_t threads : {1U, 2U, 5U}) {
      for (const Duration window : {Duration::max(), Duration::nanoseconds(1'333)}) {
        INFO("seed " << seed << ", " << threads << " threads, window " << window.picoseconds() << " ps");
        TwoSites sites{rough(seed)};
        post_some(sites, seed);
        sites.engine.set_threads(threads);
        sites.engine.set_longest_window(window);
        REQUIRE(sites.run() == Engine::End::finished);
        const bool is_first = first[0].empty();
        if (is_first) end = sites.engine.last_event();
        CHECK(sites.engine.last_event() == end);
        for (std::uint32_t i = 0; i < 2; ++i) {
          if (is_first) first[i] = sites.handlers[i]->events;
          CHECK(sites.handlers[i]->events == first[i]);
          CHECK(sites.engine.direction(0, i).is_conserved());
          CHECK(sites.engine.direction(0, i).near().counters().time_went_back == 0);
          CHECK(sites.engine.direction(0, i).near().counters().xoff_sent > 0);
        }
      }
    }
    CHECK(first[0].size() + first[1].size() == 120);  // sent and received, each message
  }
}

TEST_CASE("a run that is asked again on one thread goes on where several stopped") {
  std::vector<Event> whole;
  for (const bool is_cut : {false, true}) {
    TwoSites sites{rough(7)};
    post_some(sites, 7);
    sites.engine.set_threads(2);
    if (is_cut) {
      int windows = 0;
      REQUIRE(sites.engine.run([&] { return ++windows < 4; }) == Engine::End::stopped);
      sites.engine.set_threads(1);
    }
    REQUIRE(sites.run() == Engine::End::finished);
    if (!is_cut) whole = sites.handlers[1]->events;
    CHECK(sites.handlers[1]->events == whole);
  }
}

TEST_CASE("what a site throws on its thread reaches the caller, the lowest part first") {
  std::vector<int> done(3, 0);
  Crew crew{2, 3, [&](std::uint32_t part) {
              ++done[part];
              if (part > 0) throw std::runtime_error("part " + std::to_string(part));
            }};
  CHECK_THROWS_WITH(crew.work(), "part 1");
  CHECK(done == std::vector<int>{1, 1, 1});
  CHECK_THROWS_WITH(crew.work(), "part 1");
}

}  // namespace farlink::virtual_time::test
