// SPDX-License-Identifier: Apache-2.0
// Further lcores move the frames of the ports: what arrives is the same for any number of them, in order, conserved,
// with the release lag of every frame taken where it really left.
#include <chrono>
#include <thread>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

std::vector<unsigned> lcores_up_to(unsigned count) {
  std::vector<unsigned> lcores;
  for (unsigned i = 1; i <= count; ++i) lcores.push_back(i);
  return lcores;
}

// Host 1 and 2 at the ports of site 0, 3 and 4 at those of site 1.
LabOptions two_by_two(unsigned lcores) {
  LabOptions options{.ports = {2, 2}};
  options.lcores = lcores_up_to(lcores);
  return options;
}

using Arrivals = std::vector<std::vector<FrameBytes>>;

Arrivals run_stepped(unsigned lcores) {
  Lab lab{two_by_two(lcores)};
  Arrivals arrivals(4);
  const auto collect = [&] {
    lab.settle();
    for (std::uint32_t port = 0; port < 4; ++port)
      for (FrameBytes& frame : lab.take(port / 2, port % 2)) arrivals[port].push_back(std::move(frame));
  };
  for (std::uint8_t host = 1; host <= 4; ++host) {  // a broadcast each: now all are known
    lab.send((host - 1U) / 2, (host - 1U) % 2, ethernet(0, host));
    collect();
  }
  for (unsigned i = 0; i < 64; ++i) {
    for (std::uint8_t from = 1; from <= 4; ++from) {
      const auto to = static_cast<std::uint8_t>(1 + (from + i % 3) % 4);
      lab.send((from - 1U) / 2, (from - 1U) % 2, ethernet(to, from, 0x88b5, 100 + i, i));
    }
  }
  collect();
  const Snapshot snapshot = lab.forwarder().snapshot();
  for (const DirectionSnapshot& direction : snapshot.directions)
    CHECK(direction.lag.count() == direction.far.frames_out + direction.generated);
  return arrivals;
}

// The test's own lcores share CPUs with each other where there are few.
std::vector<unsigned> four_cpus() {
  const unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
  return {0, 1 % cpus, 2 % cpus, 3 % cpus};
}

}  // namespace

TEST_CASE("what arrives does not depend on how many lcores move it") {
  environment(four_cpus());
  const Arrivals one = run_stepped(1);
  CHECK(one[0].size() > 64);
  for (unsigned lcores = 2; lcores <= 12; ++lcores) {
    INFO(lcores << " lcores");
    CHECK(run_stepped(lcores) == one);
  }
}

TEST_CASE("the snapshot tells which lcore does what") {
  environment(four_cpus());
  const auto does = [](unsigned lcores) {
    LabOptions options;
    options.lcores = lcores_up_to(lcores);
    Lab lab{options};
    std::vector<std::string> all;
    for (const WorkerSnapshot& worker : lab.forwarder().snapshot().workers) {
      std::string text = worker.does;  // net_ring_l12s0p0 -> s0p0
      for (auto at = text.find("net_ring_l"); at != std::string::npos; at = text.find("net_ring_l"))
        text.erase(at, text.find('s', at + 9) - at);
      all.push_back(text);
    }
    return all;
  };
  using Strings = std::vector<std::string>;
  CHECK(does(1) == Strings{"west->east, east->west"});
  CHECK(does(2) == Strings{"west->east", "east->west"});
  CHECK(does(3) == Strings{"west->east", "east->west", "receives s0p0, receives s1p0, sends s1p0, sends s0p0"});
  CHECK(does(4) == Strings{"west->east", "east->west", "receives s0p0, sends s0p0", "receives s1p0, sends s1p0"});
  CHECK(does(6) == Strings{"west->east", "east->west", "receives s0p0", "receives s1p0", "sends s0p0", "sends s1p0"});
  CHECK(does(9) == does(6));  // there is nothing left to do
}

TEST_CASE("running lcores hand every frame over, in order") {
  environment(four_cpus());
  for (const unsigned lcores : {3U, 4U}) {
    LabOptions options;
    options.lcores = lcores_up_to(lcores);
    options.change = [](ForwarderConfig& config) {
      config.idle = Idle::yield;
      config.max_lag = Duration::seconds(10);  // the lcores share CPUs here
    };
    Lab lab{options};
    lab.forwarder().start();
    constexpr std::uint32_t frames = 20'000;
    std::vector<FrameBytes> arrived;
    const auto take = [&] {
      for (FrameBytes& frame : lab.take(1, 0)) arrived.push_back(std::move(frame));
    };
    for (std::uint32_t i = 0; i < frames; ++i) {
      while (lab.forwarder().buffers().free() < 1'000) take();
      rte_mbuf* mbuf = to_mbuf(roce_frame(i, 4), lab.forwarder().buffers());
      while (lab.port(0, 0).give({&mbuf, 1}) == 0) std::this_thread::yield();
      if (i % 64 == 0 && (i / 2'000) % 2 == 0) take();  // now and then the receiver looks away for 2000 frames
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (arrived.size() < frames && std::chrono::steady_clock::now() < end) take();
    lab.forwarder().stop(Duration::seconds(5));
    REQUIRE(arrived.size() == frames);
    std::uint32_t out_of_place = 0;
    for (std::uint32_t i = 0; i < frames; ++i) out_of_place += arrived[i] != roce_frame(i, 4) ? 1U : 0U;
    CHECK(out_of_place == 0);
    const Snapshot snapshot = lab.forwarder().snapshot();
    CHECK(snapshot.is_conserved);
    CHECK(snapshot.why_invalid == std::vector<std::string>{});
    CHECK(snapshot.directions[0].lag.count() == frames);
    CHECK(snapshot.directions[0].lag.early() == 0);
    CHECK(lab.counters(1, 0).sent == frames);
  }
}

// What was received and not yet looked at when the forwarder stops crosses all the same.
TEST_CASE("nothing stays behind between two lcores") {
  environment(four_cpus());
  LabOptions options;
  options.lcores = lcores_up_to(4);
  options.change = [](ForwarderConfig& config) { config.idle = Idle::yield; };
  for (int attempt = 0; attempt < 20; ++attempt) {
    Lab lab{options};
    std::vector<rte_mbuf*> mbufs;
    for (std::uint32_t i = 0; i < 500; ++i) mbufs.push_back(to_mbuf(roce_frame(i, 4), lab.forwarder().buffers()));
    lab.forwarder().start();
    REQUIRE(lab.port(0, 0).give(mbufs) == 500);
    lab.forwarder().stop(Duration::seconds(5));
    const PortCounters in = lab.counters(0, 0), out = lab.counters(1, 0);
    CHECK(in.received == out.sent);
    CHECK(lab.take(1, 0).size() == in.received);
    lab.port(0, 0).clear();  // what nobody has looked at
    CHECK(lab.forwarder().snapshot().is_conserved);
  }
}

}  // namespace farlink::dpdk::test
