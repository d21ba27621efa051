// SPDX-License-Identifier: Apache-2.0
#include "control/replay/record.hpp"

#include <catch2/catch.hpp>

#include "control/replay/message_id.hpp"

namespace farlink::replay {

namespace {
Span span(std::int64_t start, std::int64_t end) {
  return {units::Instant::at(units::Duration::picoseconds(start)),
          units::Instant::at(units::Duration::picoseconds(end))};
}
}  // namespace

TEST_CASE("a union of spans merges what touches and drops what is empty") {
  SpanUnion all;
  for (const Span& one : {span(0, 2), span(4, 6), span(6, 7), span(7, 7), span(10, 12), span(5, 13)}) all.add(one);
  CHECK(all.spans() == std::vector<Span>{span(0, 2), span(4, 13)});
  all.add(span(1, 20));
  CHECK(all.spans() == std::vector<Span>{span(0, 20)});
}

TEST_CASE("time outside: communication that no computing hides") {
  SpanUnion communicating, computing;
  communicating.add(span(0, 10));
  communicating.add(span(20, 30));
  CHECK(time_outside(communicating, computing).picoseconds() == 20);
  for (const Span& one : {span(2, 4), span(8, 22), span(25, 26), span(29, 40)}) computing.add(one);
  CHECK(time_outside(communicating, computing).picoseconds() == 6 + 6);
  CHECK(time_outside(computing, communicating).picoseconds() == 10 + 10);
}

TEST_CASE("a message id gives back its origin, and says when 64 bits are not enough") {
  const MessageIds ids{3, 1000, 1 << 20};
  for (const MessageOrigin& origin :
       {MessageOrigin{0, 0, 0}, MessageOrigin{2, 999, (1 << 20) - 1}, MessageOrigin{1, 0, 7}}) {
    CHECK(ids.origin_of(ids.id_of(origin)) == origin);
  }
  CHECK(ids.fit());
  CHECK(MessageIds(1ULL << 20, 1ULL << 22, 1ULL << 22).fit());
  CHECK_FALSE(MessageIds(1ULL << 20, 1ULL << 22, (1ULL << 22) + 1).fit());
}

}  // namespace farlink::replay
