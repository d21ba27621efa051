// SPDX-License-Identifier: Apache-2.0
// The near edge settled wave after wave, so a wave with an earlier start could give the XON a time before that of a
// start that had already been counted: with several waves the stamp of XON depended on how often the caller asked.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("XON of two waves has the same time, asked once or all the time") {
  DirectionConfig config = plain();
  config.near_edge.waves = 2;
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{500};
  config.near_edge.xon = Bytes{100};
  std::vector<Step> steps = evenly(4, 500, Duration::zero());
  steps[0].frame.line_bytes = 5'000;              // wave 0 is busy until 100 ns
  steps[2].frame.flow = 0;                        // and starts this one then; 500 B are left, or none
  steps[1].frame.flow = steps[3].frame.flow = 1;  // wave 1: until 10 ns
  for (const Ask ask : {Ask::at_every_event, Ask::only_at_the_end}) {
    Direction direction{config};
    play(direction, steps, ask);
    CHECK(direction.near().counters().paused == Duration::nanoseconds(100));
  }
}

}  // namespace farlink::link::test
