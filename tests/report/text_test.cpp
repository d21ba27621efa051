// SPDX-License-Identifier: Apache-2.0
// The table against files that people have read: tests/report/golden.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "control/report/format.hpp"
#include "control/report/to_text.hpp"
#include "tests/report/fixture.hpp"

using namespace farlink;
using report::to_text;

namespace {

std::string golden(const std::string& name) {
  std::ifstream file{"tests/report/golden/" + name, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("the table of a training run, a bench and an invalid run") {
  CHECK(to_text(test::training_result()) == golden("training.txt"));
  CHECK(to_text(test::lab_result()) == golden("lab.txt"));
  CHECK(to_text(test::invalid_result()) == golden("invalid.txt"));
}

TEST_CASE("the table lists the first events, and says how many more there were") {
  report::Result result = test::training_result();
  CHECK(to_text(result).find("events") == std::string::npos);
  for (int i = 0; i < 25; ++i)
    result.across_sites.fabric.events.push_back({1.567 + i, "west-east", "both", "cut 50ms"});
  result.across_sites.fabric.reconnects = 2;
  const std::string text = to_text(result);
  CHECK(text.find("\n  events\n    1.567 s     west-east  both           cut 50ms\n") != std::string::npos);
  result.across_sites.fabric.events[0].lag_seconds = 12e-6;  // of a live run
  CHECK(to_text(result).find("both           cut 50ms, 12 us late\n") != std::string::npos);
  CHECK(text.find("    and 5 more, which the JSON result lists\n") != std::string::npos);
  CHECK(text.find("2 queue pairs failed and were opened anew") != std::string::npos);
}

TEST_CASE("the table fits a terminal") {
  const std::string text = to_text(test::training_result());
  std::size_t lines = 0;
  for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string::npos; from = to + 1, ++lines) {
    const std::string line = text.substr(from, to - from);
    INFO(line);
    CHECK(report::width(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
  CHECK(lines >= 25);
  CHECK(lines <= 35);
}

TEST_CASE("a deterministic table has no wall time in it") {
  report::Result first = test::training_result();
  report::Result second = first;
  second.across_sites.fabric.wall_seconds = 99;
  second.across_sites.fabric.threads = 4;
  CHECK(to_text(first, true) == to_text(second, true));
  CHECK(to_text(first, true).find("wall") == std::string::npos);
  CHECK(to_text(first) != to_text(second));
}

TEST_CASE("lost frames that nobody accounts for are said") {
  report::Result r = test::training_result();
  r.across_sites.fabric.links[0].frames_out -= 1;
  CHECK(to_text(r).find("FRAMES NOT ACCOUNTED FOR") != std::string::npos);
  CHECK(to_text(r).find("every frame accounted for") == std::string::npos);
}

TEST_CASE("a far edge that held back has a line of its own") {
  report::Result r = test::training_result();
  CHECK(to_text(r).find("far edge") == std::string::npos);
  fabric::LinkStatistics& l = r.across_sites.fabric.links[0];
  l.far_queue_peak_bytes = 12 << 20;
  l.far_buffer_bytes = 20 << 20;
  l.far_paused_seconds = 0.0015;
  l.far_pauses = 3;
  l.pause_frames = 40;
  CHECK(to_text(r).find("    far edge: queue peak 12 MiB of 20 MiB, held back 1.5 ms in 3 pauses, 40 pause frames\n") !=
        std::string::npos);
  l.pauses_expired = 2;
  l.watchdog_dropped = 9;
  CHECK(to_text(r).find("; 2 pauses expired; watchdog dropped 9\n") != std::string::npos);
}

TEST_CASE("a cause that gained points is a gain, and an unmet expectation is not met") {
  report::Result r = test::training_result();
  r.attribution[4] = {"schedule", -0.5, true};
  r.expectations[0].is_met = false;
  const std::string text = to_text(r);
  CHECK(text.find("schedule                -0.50  (gain) ") != std::string::npos);
  CHECK(text.find("NOT MET  efficiency >= 95%") != std::string::npos);
}

TEST_CASE("expectations of other metrics say what was measured, in their own unit") {
  report::Result r = test::training_result();
  r.expectations = {{"mfu", ">= 40%", 0.3997, false}, {"exposed-communication", "<= 5s", 4.429, true}};
  const std::string text = to_text(r);
  CHECK(text.find("NOT MET  mfu >= 40%, measured 39.97 %\n") != std::string::npos);
  CHECK(text.find("met      exposed-communication <= 5s, measured 4.429 s\n") != std::string::npos);
}

TEST_CASE("what congestion control did is said where there is some") {
  report::Result r = test::training_result();
  CHECK(to_text(r).find("congestion  ") == std::string::npos);
  r.across_sites.fabric.cnps_sent = 12'345;
  r.across_sites.fabric.cnps_received = 12'340;
  r.across_sites.fabric.rate_cuts = 678;
  CHECK(to_text(r).find("  congestion  12,345 CNPs sent, 12,340 received, 678 rate cuts\n") != std::string::npos);
}

TEST_CASE("several seeds show their spread") {
  report::Result r = test::training_result();
  r.efficiency_error = 0.0003;
  r.seeds = 5;
  CHECK(to_text(r).find("97.21 % +- 0.03 % (5 seeds)") != std::string::npos);
}

TEST_CASE("text from outside cannot steer the terminal") {
  const std::string text = to_text(test::hostile_result());
  CHECK(text.find('\x1B') == std::string::npos);
}
