// SPDX-License-Identifier: Apache-2.0
// Lossless modes from a scenario's keys to a run's figures: a receiver slower than the link, over 400 us.
#include <catch2/catch.hpp>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;

fabric::Statistics run(const std::string& lossless) {
  const std::string text =
      "farlink: 1\nname: slow\nsites:\n  west: {gpus: 1, nic: 100gbit}\n  east: {gpus: 1, nic: 100gbit}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 400us, equipment-delay: 0, rate: 100gbit, lossless: {far-rate: "
      "40gbit, " +
      lossless +
      "}}\ntransport: {window: 64MiB, qps-per-pair: 2, retry: endless}\n"
      "workload: {flows: {pairs: 1, message: 16MiB, messages: 4}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "slow.yaml");
  const report::Result result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  INFO(result.why_invalid);
  REQUIRE(result.is_valid);
  for (const fabric::LinkStatistics& link : result.across_sites.fabric.links) CHECK(link.is_conserved());
  return result.across_sites.fabric;
}

// 4 x 16 MiB on each of two queue pairs at 40 Gb/s of line, and the ways there and back.
constexpr double ideal_seconds = 2.0 * 4 * 16'777'216 / 4096 * 4178 * 8 / 40e9 + 800e-6;

}  // namespace

TEST_CASE("off: a far edge that fills drops, and the flow pays for it") {
  const fabric::LinkStatistics link = run("pfc: off, far-buffer: 8MiB").links.at(0);
  CHECK(link.dropped.queue > 1'000);
  CHECK(link.dropped.headroom == 0);
  CHECK(link.pause_frames == 0);
}

TEST_CASE("end-to-end, segmented, relay and rate-matched lose nothing and take the time that the receiver takes") {
  for (const std::string mode : {"end-to-end", "segmented", "relay", "rate-matched"}) {
    INFO(mode);
    const fabric::Statistics all = run("pfc: " + mode + ", far-buffer: 24MiB");
    const fabric::LinkStatistics &there = all.links.at(0), &back = all.links.at(1);
    CHECK(there.dropped.total() == 0);
    CHECK(all.retransmitted == 0);
    CHECK(there.far_pauses > 0);
    CHECK(there.far_paused_seconds > 0);
    CHECK(there.far_buffer_bytes == 24U << 20);
    CHECK(there.far_queue_peak_bytes < 24U << 20);
    CHECK(there.pause_frames > there.far_pauses);
    CHECK(back.frames_generated == there.pause_frames);
    CHECK(back.frames_absorbed + back.frames_held >= back.frames_generated);
    CHECK(back.far_pauses == 0);
    CHECK(all.virtual_seconds == Approx(ideal_seconds).epsilon(0.05));
  }
}

TEST_CASE("too little headroom drops with a cause of its own") {
  const fabric::LinkStatistics link =
      run("pfc: end-to-end, far-xoff: 2MiB, headroom: 1MiB, far-buffer: 3MiB").links.at(0);
  CHECK(link.dropped.headroom > 0);
  CHECK(link.dropped.total() == link.dropped.headroom);
}

TEST_CASE("a far buffer that rate matching cannot work with is refused before anything runs") {
  CHECK_THROWS_WITH(run("pfc: rate-matched, far-buffer: 4MiB"), Catch::Contains("lossless.far-buffer"));
}
