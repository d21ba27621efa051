// SPDX-License-Identifier: Apache-2.0
// A link that is not the job's alone, or not Ethernet alone: what is left of it, against arithmetic.
#include <catch2/catch.hpp>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

constexpr double share = 4096.0 / 4178.0;  // payload of a full frame on the line

constexpr double line = 100e9, round_trip = 400e-6;
constexpr double payload = 32.0 * 8 * 1024 * 1024 * 8;  // bits of the job
constexpr double window = 8.0 * 1024 * 1024 * 8;        // more than line x round trip

// One queue pair that always has something to send: its NIC is twice as fast as the link.
fabric::Statistics run(std::vector<std::string> sets) {
  const std::string text =
      "farlink: 1\nname: shared\nsites:\n  west: {gpus: 1, nic: 200gbit}\n  east: {gpus: 1, nic: 200gbit}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 200us, equipment-delay: 0, rate: 100gbit}\n"
      "transport: {window: 8MiB, qps-per-pair: 1}\nworkload: {flows: {pairs: 1, message: 8MiB, messages: 32}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "shared.yaml", sets);
  const report::Result result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  INFO(result.why_invalid);
  REQUIRE(result.is_valid);
  for (const fabric::LinkStatistics& link : result.across_sites.fabric.links) CHECK(link.is_conserved());
  CHECK(result.across_sites.fabric.retransmitted == 0);
  CHECK(result.across_sites.fabric.data_frames == 32 * 2048);
  return result.across_sites.fabric;
}

std::string background(const std::string& values) { return "links.west-east.background={" + values + "}"; }

// Bits per second of payload, without the round trip in which nothing flows yet.
double goodput(const fabric::Statistics& statistics) {
  return payload / (payload / statistics.flows.at(0).goodput_bps - round_trip);
}

// What first in first out leaves to the job beside `others` bits per second, `packet` bits on the line for each packet
// of payload. The window, but for what flies, waits in the queue, and the others' share of that queue with it; when the
// job's last frame goes, so much of theirs has not gone yet: T = (job - waiting) / (line - others).
double beside(double others, double packet = 4178 * 8) {
  const double left = line - others;
  const double on_line = packet / (4096 * 8);
  const double waiting = others * (window * on_line - left * round_trip) / left;
  return payload / ((payload * on_line - waiting) / left);
}

}  // namespace

TEST_CASE("encapsulation and framing leave rate x framing x 4096 / (4178 + overhead)") {
  CHECK(goodput(run({})) == Approx(100e9 * share).epsilon(1e-3));
  CHECK(goodput(run({"links.west-east.overhead=macsec"})) == Approx(100e9 * 4096 / 4210).epsilon(1e-3));
  CHECK(goodput(run({"links.west-east.overhead=vxlan"})) == Approx(100e9 * 4096 / 4228).epsilon(1e-3));
  CHECK(goodput(run({"links.west-east.framing=otn", "links.west-east.overhead=82B"})) ==
        Approx(100e9 * 238 / 255 * 4096 / 4260).epsilon(1e-3));
}

TEST_CASE("constant traffic of others in the same queue takes its rate, and the queue pair what is left") {
  for (const int gigabits : {10, 40, 70}) {
    const fabric::Statistics s = run({background("rate: " + std::to_string(gigabits) + "gbit")});
    CAPTURE(gigabits);
    CHECK(goodput(s) == Approx(beside(gigabits * 1e9)).epsilon(1e-3));
    const fabric::LinkStatistics& there = s.links.at(0);
    CHECK(there.dropped.total() == 0);
    CHECK(there.utilisation > 0.98);
    CHECK(there.utilisation <= 1);
    // Frames of 4096 B and 20 B of preamble and gap, for as long as the run lasts.
    const double expected = s.virtual_seconds * gigabits * 1e9 / (4116 * 8);
    CHECK(std::abs(static_cast<double>(there.frames_background) - expected) <= 2);
    CHECK(there.frames_generated == there.frames_background);
    CHECK(there.frames_absorbed + there.frames_held == there.frames_background);
    CHECK(s.links.at(1).frames_background > 0);  // both ways
  }
}

TEST_CASE("in a queue of its own it gets its fair share at most, and the rest waits") {
  const auto by_priority = [](int gigabits, int priority) {
    return goodput(run({background("rate: " + std::to_string(gigabits) + "gbit, priority: " + std::to_string(priority)),
                        "links.west-east.lossless.buffer=1GiB"}));
  };
  CHECK(by_priority(30, 0) == Approx(70e9 * share).epsilon(1e-3));
  CHECK(by_priority(60, 0) == Approx(50e9 * share).epsilon(1e-3));  // two queues, turn and turn about
  CHECK(by_priority(60, 3) == Approx(beside(60e9)).epsilon(1e-3));
}

TEST_CASE("on and off: over many periods it takes its mean; encapsulation is of its frames too") {
  const fabric::Statistics s = run({background("rate: 80gbit, on: 50us, off: 50us")});
  CHECK(goodput(s) == Approx(beside(40e9)).epsilon(5e-3));
  const fabric::Statistics drawn =
      run({background("rate: 80gbit, frame: 480B, on: 2us, off: 6us, periods: exponential"), "run.seed=3"});
  CHECK(goodput(drawn) == Approx(beside(20e9)).epsilon(0.02));
  const fabric::Statistics tagged = run({background("rate: 40gbit, frame: 480B"), "links.west-east.overhead=50B"});
  CHECK(goodput(tagged) == Approx(beside(40e9 * 550 / 500, 4228 * 8)).epsilon(1e-3));
}

TEST_CASE("reverse: off leaves the way back alone") {
  const fabric::Statistics s = run({background("rate: 40gbit"), "links.west-east.reverse.background=off"});
  CHECK(s.links.at(0).frames_background > 0);
  CHECK(s.links.at(1).frames_background == 0);
  CHECK(goodput(s) == Approx(beside(40e9)).epsilon(1e-3));
}

TEST_CASE("a job beside others: their share is convergence's, and the frames of the job stay the same") {
  const std::string text =
      "farlink: 1\nname: job\nsites:\n  west: {gpus: 4, nic: 100gbit}\n  east: {gpus: 4, nic: 100gbit}\nlinks:\n"
      "  west-east: {between: [west, east], distance: 20km, rate: 400gbit}\nworkload:\n"
      "  model: {layers: 4, hidden: 2048, heads: 16, sequence: 1024, global-batch: 16}\n"
      "  parallelism: {pipeline: 2, data: 4}\n  gpu: {flops: 2000tflops}\n";
  const report::Result alone = test::measured(text, {}, true);
  const report::Result shared = test::measured(text, {background("rate: 300gbit")}, true);
  REQUIRE(shared.is_valid);
  CHECK(shared.single_site.step_seconds == alone.single_site.step_seconds);
  CHECK(shared.across_sites.fabric.data_frames == alone.across_sites.fabric.data_frames);
  CHECK(*shared.efficiency < *alone.efficiency - 0.01);
  CHECK(alone.attribution.at(2).points == 0);
  CHECK(shared.attribution.at(2).cause == "convergence");
  CHECK(shared.attribution.at(2).points == Approx(100 * (*alone.efficiency - *shared.efficiency)));
  CHECK(shared.attribution.at(3).points == Approx(alone.attribution.at(3).points));
}
