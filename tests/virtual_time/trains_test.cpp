// SPDX-License-Identifier: Apache-2.0
// Trains or frame by frame: the same completions at the same times, and the same counts, whatever the link and the
// RNICs do to the frames.
#include "tests/virtual_time/outcomes.hpp"

namespace farlink::virtual_time::test {

TEST_CASE("trains or frame by frame: the same run", "[trains]") {
  for (const Kind& kind : kinds()) {
    std::uint64_t trains = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Setup setup = wide(seed, Duration::microseconds(seed % 2 == 0 ? 20 : 150));
      kind.change(setup);
      for (const Duration window : {Duration::max(), Duration::nanoseconds(2'777)}) {
        const Outcome single = outcome_of(setup, seed, false, 1, window);
        CHECK(single.trains == 0);
        for (const std::uint32_t threads : {1U, 2U}) {
          INFO(kind.name << ", seed " << seed << ", " << threads << " threads, window " << window.picoseconds());
          const Outcome together = outcome_of(setup, seed, true, threads, window);
          check_same(together, single);
          trains += together.trains;
        }
      }
    }
    INFO(kind.name);
    const bool has_none = kind.name == "CNPs of the near edge";  // they reach RNICs at once
    CHECK((trains > 0) != has_none);
  }
}

}  // namespace farlink::virtual_time::test
