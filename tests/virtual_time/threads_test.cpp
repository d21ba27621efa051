// SPDX-License-Identifier: Apache-2.0
// Sites side by side on threads: the same events as one after the other.
#include <stdexcept>
#include <string>

#include "dataplane/virtual_time/crew.hpp"
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {

TEST_CASE("one thread or several, windows of any length: the same completions at the same times") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::vector<Event> first[2];
    Instant end;
    for (const std::uint32_t threads : {1U, 2U, 5U}) {
      for (const Duration window : {Duration::max(), Duration::nanoseconds(1'333)}) {
        INFO("seed " << seed << ", " << threads << " threads, window " << window.picoseconds() << " ps");
        TwoSites sites{rough(seed, Duration::microseconds(20))};
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
    TwoSites sites{rough(7, Duration::microseconds(20))};
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
