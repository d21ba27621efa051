// SPDX-License-Identifier: Apache-2.0
// Congestion control from the scenario to the RNICs and back into the statistics.
#include <catch2/catch.hpp>

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

TEST_CASE("Swift's base delay is that of the empty link, and a lone packet takes it") {
  const auto s = flows({"transport.congestion-control=swift",
                        "workload.flows={pairs: 1, message: 4kB, depth: 1, "
                        "messages: 3}"});
  const rnic::Config config = fabric_packets::nic_config(s, s.sites[0]);
  const auto& swift = std::get<rnic::SwiftConfig>(config.congestion);
  // 10 us, 4178 B at 100, 100 and 50 Gb/s, 86 B at 50, 100 and 100 Gb/s.
  CHECK(swift.base_delay == units::Duration::picoseconds(10'000'000 + 4178 * (80 + 80 + 160) + 86 * (160 + 80 + 80)));
  CHECK(swift.initial_window == Approx(100e9 / 8 * swift.base_delay.seconds() / 4178).epsilon(1e-3));
  const fabric::Statistics alone = run(s);
  // A message of one packet of 4000 bytes carries a RETH of 16 bytes.
  CHECK(alone.flows[0].completion.max_seconds == Approx(swift.base_delay.seconds() - 80 * 320e-12).epsilon(1e-9));
  const auto given = flows({"transport.congestion-control={scheme: swift, base-delay: 77us}"});
  const rnic::Config fixed = fabric_packets::nic_config(given, given.sites[1]);
  CHECK(std::get<rnic::SwiftConfig>(fixed.congestion).base_delay == units::Duration::microseconds(77));
}

namespace {

// Highest queue in the second half of the run, in seconds of the link's rate.
double late_queue_seconds(const fabric::LinkStatistics& link) {
  std::uint64_t most = 0;
  for (std::size_t i = link.samples.size() / 2; i < link.samples.size(); ++i)
    most = std::max(most, link.samples[i].queue_peak_bytes);
  return static_cast<double>(most) * 8 / link.rate_bps;
}

}  // namespace

TEST_CASE("Swift keeps the queue at its target, the link full, and flows fair") {
  const auto s = flows({"transport.congestion-control={scheme: swift, target: 30us, flow-scaling: 0}",
                        "sites.east.nic=100gbit", "workload.flows={pairs: 2, message: 1MiB, stop-frames: 200000}"});
  const fabric::Statistics result = run(s);
  CHECK(late_queue_seconds(result.links[0]) > 25e-6);
  CHECK(late_queue_seconds(result.links[0]) < 40e-6);
  CHECK(result.links[0].utilisation > 0.98);
  CHECK(result.links[0].ecn_marked == 0);  // 30 us are 375 kB
  CHECK(result.rate_cuts > 0);
  CHECK(result.cnps_sent == 0);
  CHECK(result.flows[0].goodput_bps == Approx(result.flows[1].goodput_bps).epsilon(0.1));
}

TEST_CASE("Swift with more queue pairs than packets: windows below one keep the queue from their number") {
  const auto s =
      flows({"transport.congestion-control={scheme: swift, target: 10us, flow-scaling: 0}", "sites.east.nic=100gbit",
             "transport.qps-per-pair=128", "workload.flows={pairs: 4, message: 64KiB, stop-frames: 200000}"});
  const fabric::Statistics result = run(s);
  // 512 queue pairs with one packet each would be 171 us.
  CHECK(late_queue_seconds(result.links[0]) < 60e-6);
  CHECK(result.links[0].utilisation > 0.9);
  CHECK(result.timeouts == 0);
}

namespace {

// Four RNICs at line rate into a line of theirs, a round trip of 1 ms, DCQCN with the thresholds of a data centre.
fabric::LinkStatistics long_link(const std::string& who_answers) {
  const fabric::Statistics s = run(
      flows({"transport.congestion-control={scheme: dcqcn, preset: hpcc-paper}", "sites.east.nic=100gbit",
             "links.west-east.delay=500us", "transport.window=4bdp", "workload.flows={pairs: 4, stop-frames: 400000}",
             "links.west-east.ecn={kmin: 400kB, kmax: 1600kB, pmax: 20%, cnp: " + who_answers + "}"}));
  REQUIRE(s.is_valid);
  CHECK(s.links[0].is_conserved());
  CHECK(s.links[1].is_conserved());
  CHECK(s.rate_cuts > 0);
  CHECK(s.links[0].dropped.total() == 0);
  CHECK((s.links[0].near_cnps > 0) == (who_answers == "near-edge"));
  if (who_answers == "near-edge") {
    CHECK(s.cnps_sent == s.links[0].near_cnps);
    CHECK(s.cnps_received == s.cnps_sent);
    CHECK(s.links[0].frames_generated == s.cnps_sent);
  }
  return s.links[0];
}

double late_utilisation(const fabric::LinkStatistics& link) {
  const std::size_t end = link.samples.size() - 1, first = end / 2;
  double sum = 0;
  for (std::size_t i = first; i < end; ++i) sum += link.samples[i].utilisation;
  return sum / static_cast<double>(end - first);
}

}  // namespace

TEST_CASE("over a long link CNPs of the near edge keep the queue where its thresholds are, and the line busy") {
  const fabric::LinkStatistics far = long_link("receiver"), near = long_link("near-edge");
  CHECK(late_utilisation(far) < 0.85);
  CHECK(late_utilisation(near) > 0.99);
  // A round trip of what three RNICs too many send, and more, against a little over Kmax.
  CHECK(far.queue_peak_bytes > 37'500'000);
  CHECK(near.queue_peak_bytes < 2'000'000);
  CHECK(late_queue_seconds(near) * 100e9 / 8 < 1'600'000);
}
