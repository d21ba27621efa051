// SPDX-License-Identifier: Apache-2.0
// farlink link and capture against a control service in this process, whose links carry nothing, and whose clock goes
// on by 100 ms every so often.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "control/json/json.hpp"
#include "control/server/live_server.hpp"
#include "tests/cli/process.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class LiveRun {
 public:
  LiveRun() : server_{folder_.path() / "lab.sock"}, thread_{[this] { run(); }} {}
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;
  ~LiveRun() { end(); }
  void end() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Outcome ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--socket", server_.path().string()});
    return run_farlink(folder_.path(), arguments);
  }
  json::value state() const { return json::parse(ask({"link", "show", "--json", "-"}).out); }
  const Folder& folder() const noexcept { return folder_; }
  bool was_told() const noexcept { return was_told_; }

 private:
  void run() {
    live::test::FakeDataplane dataplane{live::test::lab()};
    live::Session session{live::test::lab(), dataplane};
    const auto tick = [&] { dataplane.run_until(dataplane.now + units::Duration::milliseconds(100)); };
    was_told_ = server_.run(
        session, [this] { return is_over_.load(); }, tick);
  }

  Folder folder_;
  server::LiveServer server_;
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> was_told_ = false;
  std::thread thread_;
};

std::string setting(const json::value& state, std::size_t direction, std::string_view key) {
  const json::value& found = state.at("links").as_array().at(0).at("directions").as_array().at(direction);
  return std::string{found.at("settings").at(key).as_string()};
}

}  // namespace

TEST_CASE("show prints the table, or the state as JSON") {
  const LiveRun run;
  const Outcome table = run.ask({"link", "show"});
  INFO(table.err);
  CHECK(table.status == 0);
  CHECK(contains(table.out, "west-east  west->east"));
  CHECK(contains(table.out, "valid; frames accounted for, 0 held"));
  CHECK(run.ask({"link", "show", "west-east"}).status == 0);
  const Outcome both = run.ask({"link", "show", "--json", "state.json"});
  CHECK(contains(both.out, "west-east  west->east"));
  CHECK(json::parse(run.folder().read("state.json")).at("scenario").as_string() == "lab");
  CHECK(run.state().at("scenario").as_string() == "lab");
}

TEST_CASE("set changes all of its values or none") {
  const LiveRun run;
  const Outcome done = run.ask({"link", "set", "west-east", "loss=0.1%", "delay=1.5ms"});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out == "west-east: changed in both directions\n");
  const Outcome one = run.ask({"link", "set", "west-east", "loss=2%", "--direction", "east->west"});
  CHECK(one.out == "west-east: changed in one direction\n");
  CHECK(run.ask({"link", "set", "west-east", "loss=2%", "--direction", "east->west"}).out ==
        "west-east: nothing to change, the values were in force already\n");
  const Outcome wrong = run.ask({"link", "set", "west-east", "delay=9ms", "los=1%"});
  CHECK(wrong.status == 2);
  CHECK(wrong.err == "farlink: set los: there is no such path; did you mean 'loss'?\n");
  const json::value state = run.state();
  CHECK(setting(state, 0, "delay") == "1.5ms");
  CHECK(setting(state, 0, "loss") == "0.1%");
  CHECK(setting(state, 1, "loss") == "2%");
}

TEST_CASE("events, now and later") {
  const LiveRun run;
  const Outcome cut = run.ask({"link", "event", "west-east", "cut", "50ms"});
  INFO(cut.err);
  CHECK(contains(cut.out, "west-east: due at "));
  CHECK(run.ask({"link", "event", "west-east", "set", "loss=1%", "--in", "1h"}).status == 0);
  const json::value state = run.state();
  CHECK(state.at("events_waiting").to_number<int>() >= 1);
  CHECK(state.at("events_waiting").to_number<int>() + state.at("events_happened").to_number<int>() <= 3);
  const Outcome wrong = run.ask({"link", "event", "west-east", "explode"});
  CHECK(wrong.status == 2);
  CHECK(wrong.err == "farlink: link event: write it as cut 50ms, or as set loss=1% delay=2ms\n");
}

TEST_CASE("a capture ends by its duration, and its file is there") {
  const LiveRun run;
  const Outcome outcome = run.ask({"capture", "west-east", "--at", "line", "--duration", "100ms", "-w", "a.pcapng"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "a.pcapng: 0 frames, 0 missed\n"));
  CHECK(run.folder().files() == std::vector<std::string>{"a.pcapng", "lab.sock"});
}

TEST_CASE("a capture that cannot be leaves no file") {
  const LiveRun run;
  const Outcome refused = run.ask({"capture", "west-east", "--at", "exit", "--filter", "udp porrt", "-w", "a.pcapng"});
  CHECK(refused.status == 2);
  CHECK_FALSE(refused.err.empty());
  CHECK(run.ask({"capture", "west-east", "--at", "sky", "-w", "a.pcapng"}).status == 2);
  CHECK(run.ask({"capture", "west-east", "--at", "exit", "-w", "-"}).status == 2);
  CHECK(run.ask({"capture", "west-eas", "--at", "exit", "-w", "a.pcapng"}).err ==
        "farlink: 'west-eas' is no link; did you mean 'west-east'?\n");
  CHECK(run.folder().files() == std::vector<std::string>{"lab.sock"});
}

TEST_CASE("stop ends the run, and then nobody answers") {
  LiveRun run;
  CHECK(run.ask({"link", "stop"}).status == 0);
  run.end();
  CHECK(run.was_told());
}

TEST_CASE("nobody there") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), {"link", "show", "--socket", "./none.sock"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err == "farlink: socket ./none.sock: there is no such socket; start a live run with farlink up\n");
  CHECK(run_farlink(folder.path(), {"link"}).status == 2);
  CHECK(run_farlink(folder.path(), {"link", "set", "west-east"}).status == 2);
}

}  // namespace farlink::cli_test
