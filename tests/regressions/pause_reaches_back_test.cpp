// SPDX-License-Identifier: Apache-2.0
// The far edge took a pause without doing first what was due before it: a caller that asked rarely had frames held that
// had left before the pause came.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("a pause holds nothing that left before it, however late the caller asks") {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::terabits(80'000);
  config.far_edge.port_rate = BitRate::gigabits(400);
  std::vector<Step> steps = evenly(5, 5'000, Duration::zero());  // 100 ns each at the port
  steps.push_back({at_ns(250), {}, Pause{0, 0, 1'000}});         // until 1530 ns; the third frame is on its way out
  for (const Ask ask : {Ask::at_every_event, Ask::only_at_the_end}) {
    const auto times = play(config, steps, ask).exit_times();
    CHECK(times == std::vector<std::int64_t>{100'000, 200'000, 300'000, 1'630'000, 1'730'000});
  }
}

}  // namespace farlink::link::test
