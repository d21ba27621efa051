// SPDX-License-Identifier: Apache-2.0
// What transport presets do to one flow over a distance, against closed forms.
#include <catch2/catch.hpp>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;

// Messages one after the other, 100 Gb/s, no loss.
fabric::FlowStatistics run(const std::string& preset, int kilometres, const std::string& flows) {
  const std::string text =
      "farlink: 1\nname: presets\nsites: {west: {gpus: 1, nic: link}, east: {gpus: 1, nic: link}}\nlinks:\n"
      "  west-east: {between: [west, east], distance: " +
      std::to_string(kilometres) +
      "km, medium: hpe-measured, rate: 100gbit}\n"
      "transport: {preset: " +
      preset + ", qps-per-pair: 1}\nworkload: {flows: {" + flows + "}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "presets.yaml", {});
  const auto result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  INFO(result.why_invalid);
  CHECK(result.is_valid);
  return result.across_sites.fabric.flows.at(0);
}

}  // namespace

// The round trip takes 4145 us over 400 km and 5179 over 500; the shortest timer 4194, after four acknowledgements.
TEST_CASE("preset connectx-5: the adaptive timer is quiet over 400 km, and fires in vain over 500") {
  const std::string twenty = "message: 64KiB, depth: 1, messages: 20";
  const auto near = run("connectx-5", 400, twenty), far = run("connectx-5", 500, twenty);
  CHECK(near.timeouts == 0);
  CHECK(near.retransmitted == 0);
  CHECK(far.timeouts == 16);
  CHECK(far.retransmitted == 16);  // slow restart: one packet each time
  CHECK(near.completion.messages == 20);
  CHECK(far.completion.messages == 20);
  CHECK(run("connectx-7", 500, twenty).timeouts == 0);
}

TEST_CASE("preset soft-roce: 128 packets in a round trip; irn: one bandwidth-delay product fills the line") {
  // Of the window 64 packets wait for the acknowledgement of their last one.
  const double round_trip = (123.2 + 1009.27) * 1e-6, packet = 4178 * 8 / 100e9;
  CHECK(run("soft-roce", 100, "message: 64MiB, messages: 2").goodput_bps ==
        Approx(128 * 4096 * 8 / (round_trip + 64 * packet)).epsilon(0.005));
  CHECK(run("irn", 100, "message: 512MiB, messages: 1").goodput_bps == Approx(98.04e9).epsilon(0.04));
}
