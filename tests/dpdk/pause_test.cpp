// SPDX-License-Identifier: Apache-2.0
// PFC and pause frames of live ports: what a receiver says holds the far edge, what the near edge says goes out as
// frames, `off` ignores both, and none of them crosses. Ports of 51.2 Gb/s, so that a quantum is 10 ns.
#include "dataplane/wire/pause.hpp"

#include <variant>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

using Frames = std::vector<FrameBytes>;

constexpr BitRate port_rate = BitRate::megabits(51'200);
constexpr std::uint8_t roce_priority = 3;  // of roce_frame(), by its DSCP of 26; ethernet() has 0

FrameBytes pfc(std::uint8_t priorities, std::uint16_t quanta) {
  wire::PfcFrame frame;
  frame.source = {2, 0, 0, 0, 0, 9};
  frame.priorities = priorities;
  frame.quanta.fill(quanta);
  FrameBytes bytes(wire::pause_frame_bytes);
  REQUIRE(wire::build(frame, bytes) == bytes.size());
  return bytes;
}

FrameBytes pause(std::uint16_t quanta) {
  FrameBytes bytes(wire::pause_frame_bytes);
  REQUIRE(wire::build(wire::PauseFrame{{2, 0, 0, 0, 0, 9}, quanta}, bytes) == bytes.size());
  return bytes;
}

LabOptions lossless(std::vector<unsigned> ports = {1, 1}, bool has_pfc = true) {
  LabOptions options;
  options.ports = std::move(ports);
  options.change = [has_pfc](ForwarderConfig& config) {
    for (SiteConfig& site : config.sites) site.port_rate = port_rate;
    config.links[0].has_pfc = has_pfc;
    for (link::DirectionConfig& d : config.links[0].directions) d.far_edge.port_rate = port_rate;
  };
  return options;
}

// A near edge of 10 Mb/s: 1250 bytes on the line take 1 ms. XOFF above four such frames, XON at two.
LabOptions narrow(std::vector<unsigned> ports, bool has_pfc = true) {
  LabOptions options = lossless(std::move(ports), has_pfc);
  options.change = [further = options.change](ForwarderConfig& config) {
    further(config);
    for (link::DirectionConfig& d : config.links[0].directions) {
      d.near_edge.rate = BitRate::megabits(10);
      d.near_edge.has_backpressure = config.links[0].has_pfc;
      d.near_edge.xoff = Bytes{5'000};
      d.near_edge.xon = Bytes{2'500};
    }
  };
  return options;
}
FrameBytes one_millisecond(std::uint32_t psn) { return roce_frame(psn, 1'168); }  // 1250 bytes on the line

}  // namespace

TEST_CASE("a receiver's PFC holds that priority alone, until its quanta run out, to the nanosecond") {
  Lab lab{lossless()};
  lab.step_at(us(99));
  lab.send(1, 0, pfc(1U << roce_priority, 1'000));  // 10 us
  lab.step_at(us(100));
  const FrameBytes held = roce_frame(1, 100), other = ethernet(2, 1);
  lab.send(0, 0, held);
  lab.send(0, 0, other);
  lab.step_at(us(101));
  lab.step_at(us(109));
  CHECK(lab.take(1, 0) == Frames{other});
  // Held until 110 us, then 182 bytes on the line at 51.2 Gb/s: 28.4 ns.
  lab.step_at(Duration::nanoseconds(110'028));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(Duration::nanoseconds(110'029));
  CHECK(lab.take(1, 0) == Frames{held});
  CHECK(lab.counters(1, 0).pause_received == 1);
}

TEST_CASE("quanta of 0 resume at once, a further hold prolongs, and a hold of other priorities does not matter") {
  Lab lab{lossless()};
  const FrameBytes frame = roce_frame(1, 100);
  lab.send(1, 0, pfc(0xff, 1'000));
  lab.step_at(us(100));
  lab.send(0, 0, frame);
  lab.send(1, 0, pfc(0xff, 1'000));
  lab.step_at(us(105));
  lab.step_at(us(114));
  CHECK(lab.take(1, 0).empty());
  lab.send(1, 0, pfc(1U << roce_priority, 0));
  lab.step_at(us(114));
  lab.step_at(Duration::nanoseconds(114'029));
  CHECK(lab.take(1, 0) == Frames{frame});

  lab.send(1, 0, pfc(static_cast<std::uint8_t>(~(1U << roce_priority)), 0xffff));
  lab.step_at(us(200));
  lab.send(0, 0, frame);
  lab.step_at(us(201));
  lab.step_at(us(202));
  CHECK(lab.take(1, 0) == Frames{frame});
}

TEST_CASE("an old pause frame holds all priorities") {
  Lab lab{lossless()};
  lab.send(1, 0, pause(1'000));
  lab.step_at(us(100));
  lab.send(0, 0, roce_frame(1, 100));
  lab.send(0, 0, ethernet(2, 1));
  lab.step_at(us(101));
  lab.step_at(us(109));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(us(111));
  CHECK(lab.take(1, 0).size() == 2);
}

TEST_CASE("a receiver at one port does not hold the others of its site, and holds every link that leads to it") {
  LabOptions options = lossless({1, 2, 1});
  options.links = {{0, 1}, {1, 2}};
  options.change = [further = options.change](ForwarderConfig& config) {
    further(config);
    config.links[1].has_pfc = true;
    for (link::DirectionConfig& d : config.links[1].directions) d.far_edge.port_rate = port_rate;
  };
  Lab lab{options};
  lab.send(1, 0, ethernet(0, 20));
  lab.send(1, 1, ethernet(0, 21));
  lab.settle();
  for (const auto& [site, port] : {std::pair{0U, 0U}, {1U, 0U}, {1U, 1U}, {2U, 0U}}) lab.take(site, port);
  lab.send(1, 0, pfc(1, 1'000));
  lab.step_at(us(100));
  for (const std::uint32_t site : {0U, 2U}) {
    lab.send(site, 0, ethernet(20, 10));
    lab.send(site, 0, ethernet(21, 10));
  }
  lab.step_at(us(101));
  lab.step_at(us(109));
  CHECK(lab.take(1, 0).empty());
  CHECK(lab.take(1, 1).size() == 2);
  lab.step_at(us(111));
  CHECK(lab.take(1, 0).size() == 2);
}

TEST_CASE("the near edge's XOFF goes out on every access port, again before it runs out, and XON when it is drained") {
  Lab lab{narrow({2, 1})};
  lab.send(1, 0, ethernet(0, 2));
  lab.step_at(us(1));
  lab.step_at(Duration::milliseconds(1));
  for (std::uint32_t port = 0; port < 2; ++port) lab.take(0, port);

  for (std::uint32_t i = 0; i < 7; ++i) lab.send(0, i % 2, one_millisecond(i));
  std::array<std::vector<std::pair<std::int64_t, wire::PfcFrame>>, 2> told;
  for (std::int64_t t = 2'000; t <= 12'000; t += 10) {
    lab.step_at(us(t));
    for (std::uint32_t port = 0; port < 2; ++port) {
      for (const FrameBytes& bytes : lab.take(0, port)) {
        const auto frame = wire::parse_mac_control(bytes);
        REQUIRE(std::holds_alternative<wire::PfcFrame>(frame));
        told[port].emplace_back(t, std::get<wire::PfcFrame>(frame));
      }
    }
  }
  // Seven frames at 2 ms: one goes straight into the serializer, six wait. At 6 ms two are left, which is XON.
  for (std::uint32_t port = 0; port < 2; ++port) {
    INFO("west-" << port);
    REQUIRE(told[port].size() >= 3);
    for (std::size_t i = 0; i < told[port].size(); ++i) {
      const auto& [time, frame] = told[port][i];
      const bool is_last = i + 1 == told[port].size();
      CHECK(frame.priorities == 1U << roce_priority);
      CHECK(frame.quanta[roce_priority] == (is_last ? 0 : wire::max_pause_quanta));
      if (i > 0 && !is_last) CHECK(time - told[port][i - 1].first < 656);   // 65535 quanta are 655.35 us
      if (i > 0 && !is_last) CHECK(time - told[port][i - 1].first >= 327);  // no flood of them either
      const rte_ether_addr& mac = lab.forwarder().port(0, port).mac();
      CHECK(std::equal(frame.source.begin(), frame.source.end(), std::begin(mac.addr_bytes)));
    }
    CHECK(told[port].front().first == 2'000);
    CHECK(told[port].back().first == 6'000);
    CHECK(lab.counters(0, port).pause_sent == told[port].size());
  }
  CHECK(lab.direction(0, 0).near.xoff_sent == 1);
  CHECK(lab.direction(0, 0).near.paused == Duration::milliseconds(4));
  CHECK(lab.take(1, 0).size() == 7);
}

TEST_CASE("with `off` a receiver's pause is absorbed and ignored, and a full queue says nothing to the sender") {
  Lab lab{narrow({1, 1}, false)};
  lab.send(1, 0, pfc(0xff, 0xffff));
  lab.step_at(us(100));
  for (std::uint32_t i = 0; i < 7; ++i) lab.send(0, 0, one_millisecond(i));
  lab.step_at(us(101));
  lab.step_at(Duration::milliseconds(2));
  CHECK(lab.take(1, 0).size() == 1);
  CHECK(lab.take(0, 0).empty());
  CHECK(lab.counters(1, 0).pause_received == 1);
  CHECK(lab.counters(0, 0).pause_sent == 0);
  lab.step_at(Duration::milliseconds(10));
}

TEST_CASE("no pause frame crosses, whoever sent it and whatever is in it") {
  for (const bool has_pfc : {true, false}) {
    Lab lab{lossless({2, 2}, has_pfc)};
    FrameBytes unknown = pause(5);
    unknown[15] = std::byte{0x77};  // a MAC control opcode that nobody knows
    FrameBytes short_one(14, std::byte{0xff});
    short_one[12] = std::byte{0x88};
    short_one[13] = std::byte{0x08};
    for (const FrameBytes& frame : {pfc(8, 5), pfc(8, 0), pause(5), unknown, short_one}) lab.send(0, 0, frame);
    lab.settle();
    for (const auto& [site, port] : {std::pair{0U, 1U}, {1U, 0U}, {1U, 1U}}) CHECK(lab.take(site, port).empty());
    CHECK(lab.counters(0, 0).pause_received == 5);
    CHECK(lab.direction(0, 0).near.frames_in == 0);
  }
}

TEST_CASE("with a site for each lcore a pause passes between them, and holds from the next iteration on") {
  LabOptions options = lossless();
  options.lcores = {1, 2};
  Lab lab{options};
  lab.send(1, 0, pfc(1U << roce_priority, 1'000));
  lab.step_at(us(100));
  lab.send(0, 0, roce_frame(1, 100));
  lab.step_at(us(101));  // the lcore of west sees the message here: 1000 quanta from now on
  lab.step_at(us(110));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(us(112));
  CHECK(lab.take(1, 0).size() == 1);
}

}  // namespace farlink::dpdk::test
