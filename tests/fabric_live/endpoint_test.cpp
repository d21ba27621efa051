// SPDX-License-Identifier: Apache-2.0
// Software RNICs in real frames on both sides of a live link, stepped at times of the test: nothing here depends on how
// fast the machine is. A full frame of 4178 B on the line lasts 33.424 ns at 1 Tb/s, 83.56 ns at 400 Gb/s.
#include "dataplane/dpdk/endpoint.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "dataplane/wire/pause.hpp"
#include "tests/dpdk/support.hpp"

namespace farlink::dpdk::test {
namespace {

constexpr std::int64_t poll_ns = 50;

struct Lab {
  explicit Lab(link::DirectionConfig forward, bool has_pfc = false, rnic::Config nic = {}) {
    static int labs = 0;
    environment();
    const std::string number = std::to_string(labs++);
    west_port.emplace("w" + number, 1'024);
    east_port.emplace("e" + number, 1'024);
    ForwarderConfig config = plain_config({{west_port->device()}, {east_port->device()}});
    config.name = "lab" + number;
    config.links[0].has_pfc = has_pfc;
    config.links[0].directions[0] = forward;
    forwarder.emplace(config, std::vector<unsigned>{1});
    EndpointConfig side;
    side.nic = nic;
    side.port_rate = BitRate::gigabits(400);
    side.max_lag = Duration::microseconds(1);
    side.path = {forward.fibre.delay, forward.near_edge.rate, forward.far_edge.port_rate};
    west.emplace(side, *west_port, forwarder->buffers().pool());
    side.site = 1;
    side.far_site = 0;
    east.emplace(side, *east_port, forwarder->buffers().pool());
    forwarder->attach(0, *west);
    forwarder->attach(1, *east);
    qp = west->open(0, rnic::first_qp_number, 0, 7);
    REQUIRE(east->open(0, qp, 0, 7) == rnic::first_qp_number);
  }
  ~Lab() {
    west.reset();
    east.reset();
  }

  void write(std::uint32_t bytes, std::uint64_t id) {
    endpoint::Posted posted;
    posted.request.operation = rnic::Operation::write_with_immediate;
    posted.request.bytes = bytes;
    posted.request.immediate = static_cast<std::uint32_t>(id);
    posted.request.id = id;
    posted.caused = at_ns(now_ns);
    posted.qp = qp;
    REQUIRE(west->channel().posted.push(posted));
  }

  // Steps until west has an acknowledgement of everything, or for ten milliseconds.
  std::optional<endpoint::Completed> run() {
    endpoint::Completed completed;
    for (const std::int64_t end = now_ns + 10'000'000; now_ns < end; now_ns += poll_ns) {
      forwarder->step(at_ns(now_ns));
      if (west->channel().completed.pop(completed)) return completed;
    }
    return std::nullopt;
  }

  std::optional<RingPort> west_port, east_port;
  std::optional<Forwarder> forwarder;
  std::optional<Endpoint> west, east;
  std::uint32_t qp = 0;
  std::int64_t now_ns = 1'000;
};

link::DirectionConfig hundred_kilometres() {
  link::DirectionConfig config = plain_direction(0);
  config.fibre.delay = Duration::microseconds(490);
  return config;
}

}  // namespace

TEST_CASE("a message crosses in real frames, takes what its path takes, and is acknowledged") {
  Lab lab{hundred_kilometres()};
  lab.write(1U << 20, 5);  // 256 full frames
  const auto done = lab.run();
  REQUIRE(done);
  CHECK(done->completion.kind == rnic::Completion::Kind::sent);
  CHECK(done->completion.id == 5);
  endpoint::Completed received;
  REQUIRE(lab.east->channel().completed.pop(received));
  CHECK(received.completion.kind == rnic::Completion::Kind::received);
  CHECK(received.completion.immediate == 5);
  // 256 frames out of the NIC, then one through the line and one out of the exit port, 490 us of fibre between:
  // 258 x 83.56 ns + 490 us after 1 us, each of three hand-overs up to a poll late.
  const std::int64_t expected_ns = 1'000 + 258 * 83'560 / 1'000 + 490'000;
  const std::int64_t received_ns = received.at.since_start().picoseconds() / 1'000;
  CHECK(received_ns >= expected_ns);
  CHECK(received_ns <= expected_ns + 4 * poll_ns);
  CHECK(lab.west->counters().sent == 256);
  CHECK(lab.east->counters().received == 256);
  CHECK(lab.east->nic(0).responder(rnic::first_qp_number).counters().delivered == 256);
  CHECK(lab.east->nic(0).corrupt() == 0);
  CHECK(lab.east->counters().foreign == 0);
  CHECK(lab.east->excess_delay().count() == 256);
  CHECK(lab.east->excess_delay().early() == 0);
  CHECK(lab.east->excess_delay().largest() <= Duration::nanoseconds(4 * poll_ns));
  CHECK(lab.west->lag().count() == 256);
  CHECK(lab.west->lag().largest() <= Duration::nanoseconds(poll_ns));
  CHECK(lab.west->counters().late == 0);
  CHECK(lab.forwarder->snapshot().is_conserved);
}

TEST_CASE("a frame is held against the path that was in force when it was sent") {
  Lab lab{hundred_kilometres()};
  lab.write(4096, 1);
  for (; lab.now_ns < 100'000; lab.now_ns += poll_ns) lab.forwarder->step(at_ns(lab.now_ns));
  link::DirectionConfig longer = hundred_kilometres();
  longer.fibre.delay = Duration::microseconds(590);
  const Instant adopted = lab.forwarder->publish({longer});
  CHECK(adopted == at_ns(lab.now_ns - poll_ns));
  lab.east->change_path({longer.fibre.delay, longer.near_edge.rate, longer.far_edge.port_rate}, adopted);
  lab.write(4096, 2);
  REQUIRE(lab.run());
  REQUIRE(lab.run());
  CHECK(lab.east->excess_delay().count() == 2);
  CHECK(lab.east->excess_delay().early() == 0);
  CHECK(lab.east->excess_delay().largest() <= Duration::nanoseconds(4 * poll_ns));
  CHECK(lab.west->first_sent_at() > at_ns(1'000));
  CHECK(lab.west->first_sent_at() <= at_ns(1'000 + 84 + poll_ns));
  CHECK(lab.east->first_sent_at() > at_ns(490'000));
}

TEST_CASE("a listed frame is lost once, and go-back-N sends from there again") {
  link::DirectionConfig forward = hundred_kilometres();
  forward.impairments.listed = {{rnic::first_qp_number, 250, std::nullopt, 1}};
  Lab lab{forward};
  lab.write(1U << 20, 1);
  REQUIRE(lab.run());
  const auto& requester = lab.west->nic(0).requester(lab.qp).counters();
  CHECK(requester.retransmitted == 6);  // PSN 250 to 255
  CHECK(requester.timeouts == 0);
  CHECK(lab.west->counters().sent == 262);
  CHECK(lab.east->counters().received == 261);
  CHECK(lab.east->nic(0).responder(rnic::first_qp_number).counters().delivered == 256);
  CHECK(lab.forwarder->snapshot().directions[0].near.dropped.listed == 1);
}

TEST_CASE("a frame whose bits were turned on the way has a bad ICRC and is not delivered") {
  link::DirectionConfig forward = hundred_kilometres();
  forward.impairments.corrupt = units::Probability::always();
  Lab lab{forward};
  lab.write(4096, 1);
  for (; lab.now_ns < 600'000; lab.now_ns += poll_ns) lab.forwarder->step(at_ns(lab.now_ns));
  CHECK(lab.east->counters().received == 1);
  CHECK(lab.east->nic(0).corrupt() == 1);
  CHECK(lab.east->nic(0).responder(rnic::first_qp_number).counters().delivered == 0);
  CHECK(lab.east->excess_delay().count() == 0);
}

TEST_CASE("PFC of the link holds the RNICs, and nothing is lost in a shallow buffer") {
  link::DirectionConfig forward = hundred_kilometres();
  forward.near_edge.rate = BitRate::gigabits(40);
  forward.near_edge.has_backpressure = true;
  forward.near_edge.buffer = Bytes::kibi(128);
  forward.near_edge.xoff = Bytes::kibi(64);
  forward.near_edge.xon = Bytes::kibi(32);
  Lab lab{forward, true};
  lab.write(4U << 20, 1);  // 1024 frames, 856 us at 40 Gb/s
  const auto done = lab.run();
  REQUIRE(done);
  const Snapshot snapshot = lab.forwarder->snapshot();
  CHECK(snapshot.directions[0].near.dropped.total() == 0);
  CHECK(snapshot.directions[0].near.queue_peak_bytes >= 64 * 1024);
  CHECK(snapshot.directions[0].near.queue_peak_bytes <= 64 * 1024 + 8 * 4178);
  CHECK(lab.west->counters().pauses > 10);
  CHECK(lab.west->counters().sent == 1'024);
  CHECK(lab.west->nic(0).requester(lab.qp).counters().retransmitted == 0);
  const std::int64_t line_ns = 1'024 * 4'178 * 8 / 40;
  const std::int64_t took_ns = done->at.since_start().picoseconds() / 1'000 - 1'000;
  CHECK(took_ns >= line_ns + 490'000);
  CHECK(took_ns <= line_ns + 490'000 + 2'000);  // and the acknowledgement's way back, which has no fibre
}

TEST_CASE("a hold ends by itself when its quanta are over, and XON ends it before") {
  Lab lab{plain_direction(0)};
  wire::PfcFrame pfc;
  pfc.priorities = 1U << 3;
  pfc.quanta[3] = 1'000;  // 512,000 bit times: 1.28 us at 400 Gb/s
  const auto step = [&] {
    lab.forwarder->step(at_ns(lab.now_ns));
    lab.now_ns += poll_ns;
  };
  const auto tell = [&] {
    std::vector<std::byte> bytes(wire::pause_frame_bytes);
    wire::build(pfc, bytes);
    rte_mbuf* mbuf = to_mbuf(bytes, lab.forwarder->buffers());
    REQUIRE(lab.forwarder->port(0, 0).transmit({&mbuf, 1}) == 1);
    step();
  };
  const auto sent_at = [&](std::uint64_t id) {
    lab.write(64, id);
    const std::uint64_t before = lab.west->counters().sent;
    while (lab.west->counters().sent == before && lab.now_ns < 1'000'000) step();
    return lab.now_ns - poll_ns;
  };
  std::int64_t told_at = lab.now_ns;
  tell();
  CHECK(sent_at(1) == told_at + 1'350);  // free at the first poll after 1.28 us; 3 ns of its own, so at the next
  tell();
  pfc.quanta[3] = 0;
  tell();
  told_at = lab.now_ns;
  CHECK(sent_at(2) == told_at + poll_ns);
}

TEST_CASE("what is no frame for these RNICs is counted and harms nothing") {
  Lab lab{plain_direction(0)};
  std::vector<std::byte> bytes = roce_frame(0, 64);  // to 02:00:00:00:00:02, an RNIC that is not there
  rte_mbuf* mbuf = to_mbuf(bytes, lab.forwarder->buffers());
  REQUIRE(lab.forwarder->port(0, 0).transmit({&mbuf, 1}) == 1);
  bytes.assign(60, std::byte{0xff});
  mbuf = to_mbuf(bytes, lab.forwarder->buffers());
  REQUIRE(lab.forwarder->port(0, 0).transmit({&mbuf, 1}) == 1);
  bytes.assign(5, std::byte{2});
  mbuf = to_mbuf(bytes, lab.forwarder->buffers());
  REQUIRE(lab.forwarder->port(0, 0).transmit({&mbuf, 1}) == 1);
  lab.forwarder->step(at_ns(lab.now_ns));
  CHECK(lab.west->counters().received == 3);
  CHECK(lab.west->counters().foreign == 3);
}

}  // namespace farlink::dpdk::test
