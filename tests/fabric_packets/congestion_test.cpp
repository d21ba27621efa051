// SPDX-License-Identifier: Apache-2.0
// Congestion control from the scenario to the RNICs and back into the statistics.
#include <catch2/catch.hpp>
#include <numeric>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;

scenario::Scenario flows(const std::vector<std::string>& sets) {
  const std::string text =
      "farlink: 1\nname: t\nsites:\n  west: {gpus: 4, nic: 100gbit}\n  east: {gpus: 4, nic: 50gbit}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 5us, equipment-delay: 0, rate: 100gbit, ecn: {kmin: 400kB, kmax: "
      "1600kB, pmax: 20%}}\ntransport: {qps-per-pair: 1, window: 8MiB}\nworkload: {flows: {pairs: 4, stop-frames: "
      "60000}}\n";
  return scenario::parse(text, "t.yaml", sets);
}

fabric::Statistics run(const scenario::Scenario& scenario) {
  const auto fabric = fabric_packets::make_packet_fabric(scenario, nullptr);
  fabric->run({}, {});
  return fabric->statistics();
}

}  // namespace

TEST_CASE("RNICs get the values of the scheme; shares follow the NIC of the site") {
  const auto s = flows({"transport.congestion-control={scheme: dcqcn, preset: hpcc-vendor, cnp-interval: 7us}"});
  for (const scenario::Site& site : s.sites) {
    const rnic::Config config = fabric_packets::nic_config(s, site);
    const auto& dcqcn = std::get<rnic::DcqcnConfig>(config.congestion);
    CHECK(dcqcn.additive_increase == site.nic / 5'000);
    CHECK(dcqcn.hyper_increase == site.nic / 500);
    CHECK(dcqcn.g == 1.0 / 256);
    CHECK(dcqcn.alpha_timer == units::Duration::microseconds(1));
    CHECK(dcqcn.decrease_interval == units::Duration::microseconds(4));
    CHECK(dcqcn.increase_timer == units::Duration::microseconds(300));
    CHECK(dcqcn.fast_recovery_steps == 1);
    CHECK(dcqcn.least_rate == units::BitRate::megabits(100));
    CHECK_FALSE(dcqcn.clamps_target);
    CHECK(config.cnp_interval == units::Duration::microseconds(7));
  }
  const auto limited = flows({"transport.congestion-control={scheme: rate-limit, rate: 10gbit}"});
  const rnic::Config config = fabric_packets::nic_config(limited, limited.sites[0]);
  CHECK(std::get<rnic::RateLimit>(config.congestion).rate == units::BitRate::gigabits(10));
  CHECK_FALSE(config.cnp_interval);
  CHECK(fabric_packets::nic_config(flows({}), limited.sites[0]).congestion == rnic::CongestionConfig{});
}

TEST_CASE("marks come back as CNPs and cut rates; without a scheme nobody answers them") {
  const fabric::Statistics off = run(flows({}));
  CHECK(off.links[0].ecn_marked > 0);
  CHECK(off.cnps_sent + off.cnps_received + off.rate_cuts == 0);
  const fabric::Statistics on = run(flows({"transport.congestion-control=dcqcn"}));
  CHECK(on.is_valid);
  CHECK(on.cnps_sent > 0);
  CHECK(on.cnps_received <= on.cnps_sent);
  CHECK(on.cnps_received + 100 > on.cnps_sent);  // the rest is under way
  CHECK(on.rate_cuts > 0);
  CHECK(on.rate_cuts <= on.cnps_received);
  CHECK(on.links[0].queue_peak_bytes < off.links[0].queue_peak_bytes);
}

TEST_CASE("a rate limit holds each queue pair to its rate") {
  const fabric::Statistics s = run(flows({"transport.congestion-control={scheme: rate-limit, rate: 10gbit}"}));
  REQUIRE(s.flows.size() == 4);
  for (const fabric::FlowStatistics& flow : s.flows)
    CHECK(flow.goodput_bps == Approx(10e9 * 4096 / 4178).epsilon(0.01));
  CHECK(s.links[0].queue_peak_bytes < 40'000);
  CHECK(s.rate_cuts == 0);
}
