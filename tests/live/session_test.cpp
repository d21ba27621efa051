// SPDX-License-Identifier: Apache-2.0
// A session over real link directions: what is published and when, and what state() tells about it.
#include "control/live/session.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/error.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {
namespace {

const json::value& direction(const json::object& state, std::size_t d) {
  return state.at("links").as_array().at(0).as_object().at("directions").as_array().at(d);
}
std::uint64_t count(const json::value& object, const char* key) {
  return object.as_object().at(key).to_number<std::uint64_t>();
}

}  // namespace

TEST_CASE("a set is published whole, once, and only where something differs") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  CHECK(session.set("west-east", "west->east", {"loss=100%", "delay=2ms"}) == 1);
  REQUIRE(dataplane.published.size() == 1);
  REQUIRE(dataplane.published[0].size() == 1);
  CHECK(dataplane.published[0][0].direction == 0);
  CHECK(session.set("west-east", "both", {"delay=2ms"}) == 1);
  CHECK(session.set("west-east", "both", {"delay=2ms"}) == 0);
  CHECK(dataplane.published.size() == 2);
  dataplane.send(0, 10, 1'250, at_ms(10));
  dataplane.send(1, 10, 1'250, at_ms(20));
  const json::object state = session.state();
  CHECK(count(direction(state, 0).as_object().at("dropped"), "random") == 10);
  CHECK(count(direction(state, 1), "frames_out") == 10);
  CHECK(state.at("is_conserved").as_bool());
}

TEST_CASE("a wrong set changes nothing") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  const json::object before = session.state();
  CHECK_THROWS_WITH(session.set("west-east", "both", {"loss=1%", "delay=fast"}),
                    Catch::StartsWith("set delay: 'fast'"));
  CHECK_THROWS_WITH(session.set("west-eas", "both", {"loss=1%"}), "'west-eas' is no link; did you mean 'west-east'?");
  CHECK_THROWS_WITH(session.set("west-east", "up", {"loss=1%"}), Catch::StartsWith("'up' is no direction"));
  CHECK(dataplane.published.empty());
  CHECK(session.state() == before);
}

TEST_CASE("what the dataplane has no room for is refused before it is published") {
  FakeDataplane dataplane{lab()};
  SessionOptions options;
  options.admit = [](const scenario::Scenario& next) {
    if (next.links[0].forward.delay > Duration::milliseconds(10)) throw std::runtime_error("delay: at most 10ms");
  };
  Session session{lab(), dataplane, options};
  CHECK_THROWS_WITH(session.set("west-east", "both", {"delay=11ms"}), "delay: at most 10ms");
  CHECK_THROWS_WITH(
      session.add_event({Duration::seconds(1), "west-east", scenario::DirectionChoice::both, {"delay=11ms"}}),
      "delay: at most 10ms");
  CHECK(session.next_due() == Instant::never());
  CHECK(dataplane.published.empty());
  CHECK(session.set("west-east", "both", {"delay=10ms"}) == 2);
}

TEST_CASE("lossless needs ports that hand pause frames over") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  dataplane.hands_over_pause = false;
  CHECK_THROWS_WITH(
      session.set("west-east", "both", {"lossless.pfc=segmented"}),
      "set lossless.pfc: port west-0 (net_ring) keeps pause frames to itself; leave pfc off, or use another "
      "device");
  dataplane.hands_over_pause = true;
  CHECK(session.set("west-east", "both", {"lossless.pfc=segmented"}) == 2);
}

TEST_CASE("events run on the dataplane's clock, and their lateness is told") {
  const scenario::Scenario scenario = lab("events: [{at: 10ms, link: west-east, direction: west->east, cut: 5ms}]\n");
  FakeDataplane dataplane{scenario};
  Session session{scenario, dataplane};
  CHECK(session.until_work() == Duration::milliseconds(10));
  session.work();
  CHECK(dataplane.published.empty());
  dataplane.run_until(at_us(10'300));
  CHECK(session.until_work() == Duration::zero());
  session.work();
  REQUIRE(dataplane.published.size() == 1);
  dataplane.send(0, 7, 1'250, at_us(15'299));
  session.work();
  CHECK(dataplane.published.size() == 1);
  dataplane.run_until(at_us(15'300));
  session.work();
  dataplane.send(0, 3, 1'250, at_ms(30));
  const json::object state = session.state();
  CHECK(count(direction(state, 0).as_object().at("dropped"), "cut") == 7);
  CHECK(count(direction(state, 0), "frames_out") == 3);
  const json::array& events = state.at("events").as_array();
  REQUIRE(events.size() == 2);
  CHECK(events[0].at("what").as_string() == "cut 5ms");
  CHECK(events[0].at("due_seconds").as_double() == Approx(0.010));
  CHECK(events[0].at("applied_seconds").as_double() == Approx(0.0103));
  CHECK(events[1].at("what").as_string() == "cut ends");
  CHECK(state.at("valid").as_bool());
}

TEST_CASE("an event given while it runs, and one that cannot be") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  dataplane.run_until(at_ms(50));
  session.add_event({Duration::milliseconds(50), "west-east", scenario::DirectionChoice::both, {"loss=1%"}});
  session.work();
  CHECK(dataplane.published.size() == 1);
  CHECK_THROWS_AS(
      session.add_event({Duration::milliseconds(60), "west-east", scenario::DirectionChoice::both, {"los=1%"}}),
      scenario::ScenarioError);
  // Sound when it was given, but not beside what was set since.
  session.add_event(
      {Duration::milliseconds(60), "west-east", scenario::DirectionChoice::both, {"lossless.xon=100MiB"}});
  session.set("west-east", "both", {"lossless.xoff=2MiB", "lossless.xon=1MiB"});
  dataplane.run_until(at_ms(60));
  session.work();
  CHECK_FALSE(session.is_valid());
  const json::object state = session.state();
  CHECK_FALSE(state.at("valid").as_bool());
  CHECK(state.at("why_invalid").as_array().at(0).as_string() ==
        "event 'set lossless.xon=100MiB' on west-east: set lossless.xon: is above xoff; xon <= xoff <= buffer");
}

TEST_CASE("the state: counters, lag, values in force, and a utilisation that follows the rate") {
  FakeDataplane dataplane{lab()};
  SessionOptions options;
  options.version = "1.2.3";
  Session session{lab(), dataplane, options};
  dataplane.send(0, 100, 1'250, at_ms(100));  // 10^6 bits of 10^8
  json::object state = session.state();
  CHECK(direction(state, 0).at("utilisation").as_double() == Approx(0.01).epsilon(1e-9));
  session.set("west-east", "west->east", {"rate=100mbit"});
  dataplane.run_until(at_ms(200));  // 10^6 bits of 1.1 x 10^8
  state = session.state();
  const json::value& forward = direction(state, 0);
  CHECK(forward.at("utilisation").as_double() == Approx(1 / 110.0).epsilon(1e-9));
  CHECK(forward.at("direction").as_string() == "west->east");
  CHECK(count(forward, "frames_in") == 100);
  CHECK(count(forward, "frames_out") == 100);
  CHECK(count(forward, "wire_bytes") == 125'000);
  CHECK(count(forward, "rate_bps") == 100'000'000);
  CHECK(forward.at("one_way_delay_seconds").as_double() == 0.001);
  CHECK(forward.at("is_adopted").as_bool());
  CHECK_FALSE(forward.at("is_cut").as_bool());
  CHECK(forward.at("settings").at("rate").as_string() == "100mbit");
  CHECK(count(forward.at("lag"), "count") == 100);
  CHECK(count(forward.at("lag"), "median_ns") == 100);
  CHECK(count(forward.at("lag"), "p99_ns") == 100);
  CHECK(count(forward.at("lag"), "max_ns") == 100);
  CHECK(state.at("version").as_string() == "1.2.3");
  CHECK(state.at("scenario").as_string() == "lab");
  CHECK(state.at("now_seconds").as_double() == Approx(0.2));
  CHECK(state.at("held").to_number<int>() == 0);
  CHECK(state.at("ports").as_array().size() == 1);
  for (const char* key : {"queue", "headroom", "random", "burst", "bit-error", "listed", "cut"})
    CHECK(count(forward.at("dropped"), key) == 0);
}

TEST_CASE("why a run is invalid comes from the dataplane too") {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  CHECK(session.is_valid());
  dataplane.why_invalid = {"port west-0 missed 3 frames"};
  CHECK_FALSE(session.is_valid());
  const json::object state = session.state();
  CHECK_FALSE(state.at("valid").as_bool());
  CHECK(state.at("why_invalid").as_array() == json::array{"port west-0 missed 3 frames"});
}

}  // namespace farlink::live::test
