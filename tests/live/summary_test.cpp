// SPDX-License-Identifier: Apache-2.0
// The table for people, line by line.
#include "control/live/summary.hpp"

#include <catch2/catch.hpp>

#include "control/live/session.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a run in a table") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  session.set("west-east", "west->east", {"loss=100%", "jitter=1us"});
  dataplane.send(0, 1'000, 1'250, at_ms(100));
  const json::value earlier = session.state();
  dataplane.send(1, 100, 1'250, at_ms(200));
  const json::value state = session.state();
  const std::string text = summary(state);
  INFO(text);
  CHECK(has(text, "lab  " + session.scenario().hash + "  200 ms\n"));
  CHECK(has(text, "  west-east  west->east               1,000              0       1,000         0    5.0 %"));
  CHECK(has(text, "    1 Gb/s, 1 ms one way; jitter 1us; loss 100%; pfc off\n"));
  CHECK(has(text, "    dropped: random 1,000\n"));
  CHECK(has(text, "  west-east  east->west                 100            100           0         0    0.5 %"));
  CHECK(has(text, "    1 Gb/s, 1 ms one way; pfc off\n    released 100: lag median 100 ns, p99 100 ns, max 100 ns\n"));
  CHECK(has(text, "  valid; frames accounted for, 0 held"));
  CHECK_FALSE(has(text, "now "));
  const std::string watched = summary(state, &earlier);
  CHECK(has(watched, "; now 0 b/s, 0 frames/s"));
  CHECK(has(watched, "; now 10 Mb/s, 1,000 frames/s"));
  CHECK_FALSE(has(summary(state, nullptr, "other"), "west->east"));
}

TEST_CASE("why it must not be used stands in the table") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  dataplane.why_invalid = {"port west-0 missed 3 frames"};
  const std::string text = summary(session.state());
  CHECK(has(text, "  INVALID: port west-0 missed 3 frames\n  no figure above may be used; "));
}

TEST_CASE("what is no state is refused") {
  for (const json::value& wrong :
       {json::value{}, json::value{json::object{}}, json::value{json::object{{"scenario", 3}}}})
    CHECK_THROWS_WITH(summary(wrong), Catch::StartsWith("this is no state of a live run"));
}

}  // namespace farlink::live::test
