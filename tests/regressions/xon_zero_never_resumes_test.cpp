// SPDX-License-Identifier: Apache-2.0
// XON was told below its threshold, so `xon: 0B` held the access ports for ever.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("with XON at zero the access ports resume when the queue is empty") {
  DirectionConfig config = plain();
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = config.near_edge.xon = Bytes{0};
  const Log log = play(config, evenly(3, 50, Duration::zero()));  // two queued; the last starts at 2 ns
  REQUIRE(log.pauses.size() == 2);
  CHECK(log.pauses[1].kind == Output::Kind::xon);
  CHECK(log.pauses[1].stamp == at_ns(2));
}

}  // namespace farlink::link::test
