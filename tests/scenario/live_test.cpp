// SPDX-License-Identifier: Apache-2.0
// ports, dpdk and events: what they become, and what is refused, message by message.
#include <catch2/catch.hpp>
#include <set>

#include "control/scenario/change.hpp"
#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

std::string live_text(std::string_view more = {}, std::string_view ports = "  west: [net_ring0]\n  east: [net_ring1]") {
  return "farlink: 1\n"                   // 1
         "name: lab\n"                    // 2
         "sites: {west: {}, east: {}}\n"  // 3
         "links:\n"                       // 4
         "  west-east:\n"                 // 5
         "    between: [west, east]\n"    // 6
         "    delay: 1ms\n"               // 7
         "    rate: 10gbit\n"             // 8
         "ports:\n" +                     // 9
         std::string{ports} +
         "\n" +                                           // 10, 11
         std::string{more} + (more.empty() ? "" : "\n");  // 12
}

Scenario live(std::string_view more = {}) { return parse(live_text(more), "t.yaml"); }

}  // namespace

TEST_CASE("ports are the NICs of a site, as fast as the link") {
  const Scenario s = parse(live_text("",
                                     "  west: [\"net_vhost0,iface=w.sock,queues=1\", net_ring4]\n"
                                     "  east: [\"0000:3b:00.0\", \"3b:00.1\", net_af_packet1]"),
                           "t.yaml");
  CHECK(s.sites[0].ports == std::vector<std::string>{"net_vhost0,iface=w.sock,queues=1", "net_ring4"});
  CHECK(s.sites[1].ports == std::vector<std::string>{"0000:3b:00.0", "3b:00.1", "net_af_packet1"});
  CHECK(s.sites[0].gpus == 2);
  CHECK(s.sites[1].gpus == 3);
  CHECK(s.sites[0].nic == BitRate::gigabits(10));
  CHECK(s.links[0].access == BitRate::gigabits(20));
  CHECK(s.links[0].convergence == 2);
  CHECK(std::holds_alternative<NoWorkload>(s.workload));
  CHECK(s.dpdk == Dpdk{.file_prefix = "lab"});
  CHECK(s.events.empty());
}

TEST_CASE("ports beside a workload") {
  const Scenario s = parse(live_text("workload: {flows: {pairs: 1}}"), "t.yaml");
  CHECK(std::holds_alternative<Flows>(s.workload));
  CHECK(s.sites[0].gpus == 1);
}

TEST_CASE("dpdk without ports is for a live run of the workload") {
  CHECK(parse(base_text(16, "dpdk: {max-lag: 20us}"), "t.yaml").dpdk.max_lag == Duration::microseconds(20));
}

TEST_CASE("what dpdk says") {
  const Dpdk dpdk = live(
                        "dpdk: {lcores: [1, 3], memory: 512MiB, hugepages: false, idle: yield, args: [--no-pci, -v], "
                        "mtu: 1514B, mean-frame: 256B, max-lag: 20us, file-prefix: mine}")
                        .dpdk;
  CHECK(dpdk == Dpdk{.lcores = {1, 3},
                     .memory = Bytes::mebi(512),
                     .hugepages = Hugepages::off,
                     .idle = Idle::yield,
                     .args = {"--no-pci", "-v"},
                     .mtu = Bytes{1'514},
                     .mean_frame = Bytes{256},
                     .max_lag = Duration::microseconds(20),
                     .file_prefix = "mine"});
  CHECK(live("dpdk: {hugepages: true}").dpdk.hugepages == Hugepages::on);
  CHECK(live("dpdk: {hugepages: auto}").dpdk.hugepages == Hugepages::automatic);
  CHECK(live("dpdk: {mtu: 512B}").dpdk.mean_frame == Bytes{512});
}

TEST_CASE("events are in order of time, with their values as texts") {
  const Scenario s = live(
      "events:\n"
      "  - {at: 20s, link: west-east, cut: 50ms}\n"
      "  - {at: 10s, link: west-east, direction: east->west, set: {loss: 1%, ecn: {kmin: 1MiB, kmax: 2MiB, pmax: 1%},\n"
      "     listed-loss: [{qp: 17, psn: 3}], burst-loss: off}}\n"
      "  - {at: 1us, link: west-east, direction: both, set: {lossless: {pfc: off}}}");
  REQUIRE(s.events.size() == 3);
  CHECK(s.events[0] == Event{.at = Duration::microseconds(1), .link = "west-east", .set = {"lossless.pfc=off"}});
  CHECK(s.events[1] == Event{.at = Duration::seconds(10),
                             .link = "west-east",
                             .direction = DirectionChoice::reverse,
                             .set = {"loss=1%", "ecn.kmin=1MiB", "ecn.kmax=2MiB", "ecn.pmax=1%",
                                     "listed-loss=[{qp: 17, psn: 3}]", "burst-loss=off"}});
  CHECK(s.events[2] == Event{.at = Duration::seconds(20), .link = "west-east", .cut = Duration::milliseconds(50)});
}

TEST_CASE("ports that cannot be") {
  const auto with_ports = [](std::string_view ports) { return refusal(live_text("", ports)); };
  CHECK(with_ports("  west: [net_ring0]\n  eats: [net_ring1]") ==
        "t.yaml:11: 'ports.eats' is no site; did you mean 'east'?");
  CHECK(with_ports("  west: [net_ring0]") == "t.yaml:9: 'ports.east' is missing; every site has at least one port");
  CHECK(with_ports("  west: [net_ring0]\n  east: []") ==
        "t.yaml:11: 'ports.east' has no ports; name a PCI address or a virtual device (net_...)");
  CHECK(with_ports("  west: [net_ring0]\n  east: [\"net_ring0,nodeaction=1\"]") ==
        "t.yaml:11: 'ports.east' 'net_ring0' is named twice; a device is one port");
  CHECK(with_ports("  west: [\"3b:00.0\"]\n  east: [\"0000:3b:00.0\"]") ==
        "t.yaml:11: 'ports.east' '0000:3b:00.0' is named twice; a device is one port");
  CHECK(with_ports("  west: [net_ring0]\n  east: [eth0]") ==
        "t.yaml:11: 'ports.east' 'eth0' is no device; write a PCI address such as 0000:3b:00.0, or a virtual device "
        "such as net_vhost0,iface=west.sock");
  CHECK(with_ports("  west: net_ring0\n  east: [net_ring1]") ==
        "t.yaml:10: 'ports.west' must be a list; live: the DPDK devices of each site, as PCI addresses or virtual "
        "devices (net_...)");
  CHECK(refusal(live_text(), {"sites.west.gpus=4"}) ==
        "--set sites.west.gpus: = 4, but the site has 1 ports; leave it out, each port is one NIC");
}

TEST_CASE("a near edge between ports marks and notifies nobody") {
  const std::string ecn = "ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%, cnp: near-edge}";
  const std::string why = "'near-edge' is for virtual time; a link between ports marks, and the receivers answer";
  CHECK(refusal(live_text(), {"links.west-east." + ecn}).find(why) != std::string::npos);
  CHECK(refusal(live_text(), {"links.west-east.reverse." + ecn}).find(why) != std::string::npos);
  const Scenario live = parse(live_text(), "t.yaml");
  CHECK_THROWS_WITH(with_values(live, "west-east", DirectionChoice::both, std::vector{ecn}), Catch::Contains(why));
}

TEST_CASE("a link between ports takes every lossless mode but relay, and what its far edge tells") {
  const std::vector<std::string> sets{"links.west-east.lossless.pfc=end-to-end",
                                      "links.west-east.lossless.headroom=1MiB",
                                      "links.west-east.lossless.far-rate=1gbit"};
  const Scenario s = parse(live_text(), "t.yaml", sets);
  CHECK(s.links[0].lossless.pfc == PfcMode::end_to_end);
  CHECK(s.links[0].lossless.headroom == Bytes::mebi(1));
  CHECK(s.links[0].lossless.far_rate == BitRate::gigabits(1));
  CHECK(refusal(live_text(), {"links.west-east.lossless.pfc=relay"}) ==
        "--set links.west-east.lossless.pfc: 'relay' is for virtual time; a link between ports takes off, segmented, "
        "end-to-end or rate-matched");
}

TEST_CASE("dpdk and events that cannot be") {
  const auto with = [](std::string_view more) { return refusal(live_text(more)); };
  CHECK(with("dpdk: {lcores: [1, x]}") ==
        "t.yaml:12: 'dpdk.lcores[1]' 'x': not a whole number; digits alone are allowed");
  CHECK(with("dpdk: {lcores: [1, 1]}") == "t.yaml:12: 'dpdk.lcores' name CPU 1 twice");
  CHECK(with("dpdk: {mtu: 9217B}") == "t.yaml:12: 'dpdk.mtu' '9217B': too large; at most 9KiB");
  CHECK(with("dpdk: {mtu: 1514B, mean-frame: 2kB}") ==
        "t.yaml:12: 'dpdk.mean-frame' is above the mtu, the largest frame");
  CHECK(with("dpdk: {lcore: [1]}") == "t.yaml:12: 'dpdk.lcore' is not a key here; did you mean 'lcores'?");
  CHECK(with("events: [{at: 1s, link: west-east}]") ==
        "t.yaml:12: 'events[0]' needs one of set, ramp, cut, protection or wave-loss");
  CHECK(with("events: [{at: 1s, link: west-east, cut: 1s, set: {loss: 1%}}]") ==
        "t.yaml:12: 'events[0].set' and 'cut' exclude each other; give one of set, ramp, cut, protection or wave-loss");
  CHECK(with("events: [{link: west-east, cut: 1s}]") ==
        "t.yaml:12: 'events[0].at' is missing; since the links started, in whole microseconds");
  CHECK(with("events: [{at: 1500ns, link: west-east, cut: 1s}]") ==
        "t.yaml:12: 'events[0].at' '1.5us' is finer than the timeline; write whole microseconds");
  CHECK(with("events: [{at: 1s, link: west-eats, cut: 1s}]") ==
        "t.yaml:12: 'events[0].link' 'west-eats' is no link; did you mean 'west-east'?");
  CHECK(with("events: [{at: 1s, link: west-east, direction: north, cut: 1s}]") ==
        "t.yaml:12: 'events[0].direction' 'north' is no direction of link 'west-east'; one of both, west->east, "
        "east->west");
  CHECK(with("events: [{at: 1s, link: west-east, set: {waves: {count: 2}}}]").find("'events[0].set.waves'") !=
        std::string::npos);
  CHECK(with("events: [{at: 1s, link: west-east, set: {}}]") ==
        "t.yaml:12: 'events[0].set' names no value; write one such as {loss: 1%}");
  // Sound by itself, but not beside what was set before.
  CHECK(with("events: [{at: 2s, link: west-east, set: {lossless: {xon: 4MiB}}},\n"
             "         {at: 1s, link: west-east, set: {lossless: {xoff: 2MiB, xon: 1MiB}}}]") ==
        "t.yaml:12: 'events[0].set' set lossless.xon: is above xoff; xon <= xoff <= buffer");
}

TEST_CASE("a scenario carries something: a workload, or what comes through its ports") {
  CHECK(refusal("farlink: 1\nname: a\nsites: {west: {gpus: 1}, east: {gpus: 1}}\nlinks: {west-east: {between: [west, "
                "east], delay: 1ms, rate: 1gbit}}\n") == "t.yaml:1: a scenario needs workload or ports");
}

TEST_CASE("live values change the hash, and --set reaches them") {
  std::set<std::string> hashes{live().hash, base().hash};
  for (const std::string set :
       {"ports={west: [net_ring0], east: [net_ring2]}", "ports.east=[net_ring3]", "dpdk.mtu=1514B", "dpdk.max-lag=1us",
        "events=[{at: 1s, link: west-east, cut: 1s}]", "events=[{at: 2s, link: west-east, cut: 1s}]",
        "events=[{at: 1s, link: west-east, cut: 2s}]", "events=[{at: 1s, link: west-east, set: {loss: 1%}}]",
        "events=[{at: 1s, link: west-east, set: {loss: 2%}}]"}) {
    INFO(set);
    CHECK(hashes.insert(parse(live_text(), "t.yaml", std::vector{set}).hash).second);
  }
  CHECK(parse(live_text(), "t.yaml", std::vector<std::string>{"dpdk.lcores=[1]"}).hash == live().hash);
  CHECK(refusal(live_text(), {"ports.eas=[net_ring0]"}) == "--set ports.eas: is no site; did you mean 'east'?");
  CHECK(refusal(live_text(), {"dpdk.mtuu=1514B"}) ==
        "--set dpdk.mtuu: there is no such path; did you mean 'dpdk.mtu'?");
}

}  // namespace farlink::scenario
