// SPDX-License-Identifier: Apache-2.0
// Without distance: in windows of the shortest exit or from event to event, the same completions at the same times, and
// the same counts, whatever the link and the RNICs do to the frames.
#include "tests/virtual_time/outcomes.hpp"

namespace farlink::virtual_time::test {

TEST_CASE("without distance, windows or event by event: the same run", "[without-distance]") {
  for (const Kind& kind : kinds()) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Setup setup = wide(seed, Duration::zero());
      if (seed % 2 == 0)
        for (link::DirectionConfig* d : {&setup.forward, &setup.reverse}) d->fibre.jitter = Duration::zero();
      kind.change(setup);
      if (setup.nic.congestion.index() == 3) setup.nic.congestion = rnic::SwiftConfig{};
      setup.nics = 20;
      const auto run = [&](Duration window) {
        TwoSites sites{setup};
        post_some(sites, seed);
        for (const auto& handler : sites.handlers) handler->waits_for_ever = true;  // so that all ends where all ends
        sites.engine.set_longest_window(window);
        Outcome outcome = outcome_of(sites);
        outcome.trains = sites.engine.short_windows();
        return outcome;
      };
      const Outcome stepped = run(Duration::zero());
      CHECK(stepped.trains == 0);
      CHECK(stepped.end == Engine::End::stuck);
      for (const Duration window : {Duration::max(), Duration::picoseconds(777)}) {
        INFO(kind.name << ", seed " << seed << ", window " << window.picoseconds());
        const Outcome together = run(window);
        check_same(together, stepped);
        // A far edge that tells the near one reaches it at once.
        CHECK((together.trains > 0) != (kind.name == "PFC of the far edge"));
      }
    }
  }
}

TEST_CASE("few RNICs without distance go from event to event", "[without-distance]") {
  TwoSites sites{wide(1, Duration::zero())};
  post_some(sites, 1);
  CHECK(sites.run() == Engine::End::finished);
  CHECK(sites.engine.short_windows() == 0);
}

}  // namespace farlink::virtual_time::test
