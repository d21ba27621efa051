// SPDX-License-Identifier: Apache-2.0
// Requests to a live run, answered by a session over real link directions: what each does, and what each refuses.
#include "control/server/live_service.hpp"

#include <catch2/catch.hpp>

#include "control/server/client.hpp"
#include "control/server/live_server.hpp"
#include "tests/live/fake_dataplane.hpp"
#include "tests/server/running_server.hpp"

namespace farlink::server::test {
namespace {

using live::test::at_ms;
using live::test::FakeDataplane;
using live::test::lab;

struct Lab {
  FakeDataplane dataplane{lab()};
  live::Session session{lab(), dataplane};
  LiveService service{session};

  json::object ask(const std::string& request) { return service.answer(json::parse(request).as_object()); }
  std::string refusal(const std::string& request) {
    try {
      static_cast<void>(ask(request));
      return {};
    } catch (const std::exception& error) {
      return error.what();
    }
  }
};

}  // namespace

TEST_CASE("show, set and event") {
  Lab lab;
  CHECK(lab.ask(R"({"op": "show"})").at("state").at("scenario").as_string() == "lab");
  CHECK(lab.ask(R"({"op": "set", "link": "west-east", "values": ["loss=1%", "delay=2ms"]})").at("changed") == 2);
  CHECK(lab.ask(R"({"op": "set", "link": "west-east", "values": ["loss=2%"], "direction": "east->west"})")
            .at("changed") == 1);
  CHECK(lab.dataplane.directions[0]->config().impairments.loss == units::Probability::of(0.01));
  CHECK(lab.dataplane.directions[1]->config().impairments.loss == units::Probability::of(0.02));
  lab.dataplane.run_until(at_ms(100));
  CHECK(lab.ask(R"({"op": "event", "link": "west-east", "cut": "5ms", "in": "1ms"})").at("due_seconds").as_double() ==
        Approx(0.101));
  CHECK(lab.session.next_due() == at_ms(101));
  static_cast<void>(lab.ask(R"({"op": "event", "link": "west-east", "values": ["loss=0"]})"));
  CHECK(lab.session.next_due() == at_ms(100));
  lab.session.work();
  CHECK(lab.dataplane.directions[1]->config().impairments.loss.is_zero());
}

TEST_CASE("captures, from start to stop") {
  Lab lab;
  const Folder folder;
  const std::string file = (folder.path() / "a.pcapng").string();
  const json::object started =
      lab.ask(R"({"op": "capture-start", "link": "west-east", "at": "exit", "direction": "east->west", "snap": 128,
                  "count": 7, "duration": "1s", "filter": "udp", "file": ")" +
              file + "\"}");
  CHECK(started.at("capture").at("file").as_string() == file);
  REQUIRE(lab.dataplane.requests.size() == 1);
  CHECK(lab.dataplane.requests[0].point == link::CapturePoint::exit);
  CHECK(lab.dataplane.requests[0].snap_bytes == 128);
  CHECK(lab.dataplane.requests[0].direction == 1U);
  CHECK_FALSE(lab.ask(R"({"op": "capture-status", "link": "west-east"})").at("capture").at("is_finished").as_bool());
  CHECK(lab.ask(R"({"op": "capture-stop", "link": "west-east"})").at("capture").at("is_finished").as_bool());
  CHECK(fs::exists(file));
}

TEST_CASE("stop is remembered") {
  Lab lab;
  CHECK_FALSE(lab.service.is_stop_wanted());
  CHECK(lab.ask(R"({"op": "stop"})").empty());
  CHECK(lab.service.is_stop_wanted());
}

TEST_CASE("requests that are refused, word by word") {
  Lab lab;
  struct Row {
    const char* request;
    const char* message;
  };
  const std::vector<Row> rows{
      {"{}", "'op' must be there, and a text"},
      {R"({"op": 3})", "'op' must be there, and a text"},
      {R"({"op": "fly"})",
       "'fly' is no request; one of show, set, event, capture-start, capture-status, capture-stop, stop"},
      {R"({"op": "show", "link": "x"})", "'link' is no member of this request; allowed: op"},
      {R"({"op": "set", "lnk": "x"})", "'lnk' is no member of this request; allowed: link, values, direction"},
      {R"({"op": "set"})", "'link' must be there, and a text"},
      {R"({"op": "set", "link": "west-east"})", "'values' must be there, and a list of texts"},
      {R"({"op": "set", "link": "west-east", "values": [3]})", "'values' is a list of texts, such as [\"loss=1%\"]"},
      {R"({"op": "set", "link": "west-east", "values": []})",
       "set: nothing to set; name values such as loss=0.1% or delay=1.5ms"},
      {R"({"op": "set", "link": "west-east", "values": ["los=1%"]})",
       "set los: there is no such path; did you mean 'loss'?"},
      {R"({"op": "set", "link": "west-east", "values": ["loss={"]})", nullptr},
      {R"({"op": "set", "link": "eest", "values": ["loss=1%"]})", "'eest' is no link; the links are west-east"},
      {R"({"op": "event", "link": "west-east"})", "an event has either 'cut' or 'values'"},
      {R"({"op": "event", "link": "west-east", "cut": "1ms", "values": []})", "an event has either 'cut' or 'values'"},
      {R"({"op": "event", "link": "west-east", "cut": "0"})", "'cut' must be above 0"},
      {R"({"op": "event", "link": "west-east", "cut": "1ns"})",
       "'1ns' is finer than the timeline; write whole microseconds"},
      {R"({"op": "event", "link": "west-east", "cut": "300h"})", "'300h': too large; at most 1000000s"},
      {R"({"op": "event", "link": "west-east", "cut": "1ms", "in": 3})", "'in' must be there, and a text"},
      {R"({"op": "event", "link": "west-east", "cut": "1ms", "direction": "up"})",
       "'up' is no direction of link 'west-east'; one of both, west->east, east->west"},
      {R"({"op": "capture-start", "link": "west-east", "at": "sky", "file": "/tmp/a"})",
       "'sky' is no place of a capture; one of access, line, exit"},
      {R"({"op": "capture-start", "link": "west-east", "at": "line", "file": "a"})",
       "'a': a capture goes to a file by its whole path"},
      {R"({"op": "capture-start", "link": "west-east", "at": "line", "file": "/tmp/a", "count": -1})",
       "'count' is a whole number from 1 to 1000000000000"},
      {R"({"op": "capture-start", "link": "west-east", "at": "line", "file": "/tmp/a", "snap": 1.5})",
       "'snap' is a whole number from 1 to 9216"},
      {R"({"op": "capture-stop", "link": "west-east"})", "capture: link 'west-east' is not being captured"},
  };
  for (const Row& row : rows) {
    INFO(row.request);
    const std::string refusal = lab.refusal(row.request);
    CHECK_FALSE(refusal.empty());
    if (row.message != nullptr) CHECK(refusal == row.message);
  }
  CHECK(lab.dataplane.published.empty());
  CHECK(lab.session.next_due() == units::Instant::never());
}

TEST_CASE("a live server serves a session, works between requests, and ends when it is told to") {
  const Folder folder;
  LiveServer server{folder.socket()};
  int ticks = 0;
  bool is_told = false;
  std::thread runner{[&] {
    FakeDataplane dataplane{lab()};
    live::Session session{lab(), dataplane};
    is_told = server.run(
        session, [] { return false; }, [&] { ++ticks; });
  }};
  Client client{folder.socket()};
  CHECK(client.ask({{"op", "set"}, {"link", "west-east"}, {"values", json::array{"loss=1%"}}}).at("changed") == 2);
  CHECK(client.ask({{"op", "show"}}).at("state").at("valid").as_bool());
  std::this_thread::sleep_for(std::chrono::milliseconds{250});
  CHECK(client.ask({{"op", "stop"}}).at("ok").as_bool());
  runner.join();
  CHECK(is_told);
  CHECK(ticks >= 2);
}

TEST_CASE("a live server ends when it is interrupted") {
  const Folder folder;
  FakeDataplane dataplane{lab()};
  live::Session session{lab(), dataplane};
  LiveServer server{folder.socket()};
  int ticks = 0;
  CHECK_FALSE(server.run(
      session, [&] { return ticks == 3; }, [&] { ++ticks; }));
  CHECK(ticks == 3);
}

}  // namespace farlink::server::test
