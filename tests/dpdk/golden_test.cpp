// SPDX-License-Identifier: Apache-2.0
// Golden departures: arrivals in, exact stamps out, the same from the live dataplane (mbufs through net_ring ports, one
// core stepping) and from the link model in virtual time. 100 B frames on the line at 400 Gb/s last 2 ns.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <unistd.h>

#include "dataplane/link/direction.hpp"
#include "tests/dpdk/support.hpp"

namespace farlink::dpdk::test {
namespace {

struct Arrival {
  std::int64_t ns;
  std::uint16_t payload;
};

struct Departure {
  std::uint32_t psn;
  std::int64_t ps;
  bool operator==(const Departure&) const = default;
};

std::vector<Departure> virtual_run(const link::DirectionConfig& config, const std::vector<Arrival>& arrivals) {
  link::Direction direction{config};
  std::vector<Departure> departures;
  std::array<link::Output, 16> outputs;
  const auto read = [&](Instant now) {
    while (const std::size_t count = direction.advance(now, outputs))
      for (std::size_t i = 0; i < count; ++i)
        if (outputs[i].kind == link::Output::Kind::exit)
          for (unsigned copy = 0; copy <= outputs[i].frame.copies; ++copy)
            departures.push_back({outputs[i].frame.psn, outputs[i].stamp.since_start().picoseconds()});
  };
  for (std::uint32_t i = 0; i < arrivals.size(); ++i) {
    const std::vector<std::byte> bytes = roce_frame(i, arrivals[i].payload);
    link::Descriptor d;
    link::classify(bytes, static_cast<std::uint32_t>(bytes.size()), d);
    direction.enqueue(d, at_ns(arrivals[i].ns));
  }
  read(at_ns(100'000'000));
  return departures;
}

std::vector<Departure> live_run(Forwarder& forwarder, RingPort& west, RingPort& east,
                                const std::vector<Arrival>& arrivals, std::int64_t poll_ns, Instant epoch) {
  auto ring = std::make_shared<link::CaptureRing>(4'096, 128);
  forwarder.start_capture(0, 0, ring, link::CapturePoint::exit);
  const auto since = [&](std::int64_t ns) { return epoch + Duration::nanoseconds(ns); };
  std::vector<std::vector<std::byte>> sent;
  std::size_t next = 0;
  std::vector<Departure> departures;
  std::vector<std::vector<std::byte>> received;
  const std::int64_t end = 2'000'000;
  std::int64_t polled = 0;
  while (polled < end) {
    for (; next < arrivals.size() && arrivals[next].ns <= polled; ++next) {
      sent.push_back(roce_frame(static_cast<std::uint32_t>(next), arrivals[next].payload));
      rte_mbuf* mbuf = to_mbuf(sent.back(), forwarder.buffers());
      REQUIRE(west.give({&mbuf, 1}) == 1);
    }
    forwarder.step(since(polled));
    for (auto& frame : take_all(east)) received.push_back(std::move(frame));
    std::int64_t step = polled + poll_ns;
    if (next < arrivals.size()) step = std::min(step, arrivals[next].ns);
    polled = step;
  }
  while (const link::CapturedFrame* frame = ring->front()) {
    link::Descriptor d;
    link::classify(frame->bytes, frame->original_bytes, d);
    departures.push_back({d.psn, (frame->stamp - epoch).picoseconds()});
    ring->pop();
  }
  CHECK(ring->missed() == 0);
  forwarder.stop_capture(0);
  REQUIRE(received.size() == departures.size());
  for (std::size_t i = 0; i < received.size(); ++i) CHECK(received[i] == sent[departures[i].psn]);
  return departures;
}

}  // namespace

TEST_CASE("live departures are those of virtual time, to the picosecond, however often the ports are polled") {
  environment();
  std::vector<Arrival> arrivals;
  // Bursts, gaps and sizes: 4096 B payload is 4178 B on the line, 83.56 ns at 400 Gb/s.
  for (std::int64_t i = 0; i < 200; ++i)
    arrivals.push_back({i / 8 * 1'000 + (i % 3 == 0 ? 0 : 5), static_cast<std::uint16_t>(i % 4 == 1 ? 4'096 : 256)});
  std::sort(arrivals.begin(), arrivals.end(), [](auto& a, auto& b) { return a.ns < b.ns; });
  link::DirectionConfig direction = plain_direction(0);
  direction.fibre.delay = Duration::microseconds(490);  // 100 km
  direction.fibre.jitter = Duration::nanoseconds(300);
  direction.impairments.loss = units::Probability::of(0.05);
  direction.impairments.duplicate = units::Probability::of(0.05);
  direction.impairments.listed = {{17, 3, std::nullopt, 1}};
  const std::vector<Departure> expected = virtual_run(direction, arrivals);
  REQUIRE(expected.size() > 150);

  int run = 0;
  for (const std::int64_t poll_ns : {100, 1'000, 37, 50'000}) {
    INFO("polled every " << poll_ns << " ns");
    const std::string number = std::to_string(run++);
    RingPort west{"west" + number, 1'024};
    RingPort east{"east" + number, 1'024};
    ForwarderConfig config = plain_config({{west.device()}, {east.device()}});
    config.name = "test" + number;
    config.links[0].directions[0] = direction;
    Forwarder forwarder{config, {1}};
    CHECK(live_run(forwarder, west, east, arrivals, poll_ns, at_ns(0)) == expected);
    const Snapshot snapshot = forwarder.snapshot();
    CHECK(snapshot.is_conserved);
    CHECK(snapshot.directions[0].near.dropped.listed == 1);
    CHECK(snapshot.directions[0].lag.count() == expected.size());
    CHECK(snapshot.directions[0].lag.early() == 0);
    CHECK(snapshot.directions[0].lag.largest() < Duration::nanoseconds(poll_ns));
  }
}

}  // namespace farlink::dpdk::test
