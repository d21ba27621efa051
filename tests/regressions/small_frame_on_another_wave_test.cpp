// SPDX-License-Identifier: Apache-2.0
// In virtual time the far edge took a frame off its fibre although it arrived later than the site could know of: a
// small frame that started later on another wave, and arrived earlier, then left behind it.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("an arrival beyond what is known is not taken before it is known to be the next") {
  DirectionConfig config = plain();
  config.near_edge.waves = 2;
  config.fibre.delay = Duration::nanoseconds(100);
  config.far_edge.port_rate = BitRate::gigabits(400);
  Descriptor large = frame(1, 10'000), small = frame(2, 50);  // 200 ns, 1 ns
  small.flow = 1;
  Direction direction{config};
  direction.enqueue(large, at_ns(0));
  // Frames that start from now on arrive behind 100 ns: that is all the far site knows. The large one arrives at 300
  // ns.
  CHECK(direction.far().next_exit(at_ns(100)) == at_ns(300));
  direction.enqueue(small, at_ns(10));  // arrives at 111 ns
  CHECK(direction.far().next_exit(at_ns(200)) == at_ns(112));
  direction.far().give_back(direction.far().take_exit());
  CHECK(direction.far().next_exit(at_ns(400)) == at_ns(500));
  direction.far().give_back(direction.far().take_exit());
  CHECK(direction.is_conserved());
}

}  // namespace farlink::link::test
