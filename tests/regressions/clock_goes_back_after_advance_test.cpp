// SPDX-License-Identifier: Apache-2.0
// Only enqueue() remembered the time: a frame enqueued before the time of an advance() was not counted as going back,
// and could leave before outputs that had been handed out.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("a frame enqueued before the last advance starts at the time of that advance") {
  Direction direction{plain()};
  Log log;
  direction.enqueue(frame(1, 50), at_ns(0));
  collect(direction, at_ns(500), log);
  direction.enqueue(frame(2, 50), at_ns(100));
  collect(direction, at_us(1), log);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000, 501'000});
  CHECK(direction.near().counters().time_went_back == 1);
}

}  // namespace farlink::link::test
