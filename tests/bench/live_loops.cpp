// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/live_loops.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <optional>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_prefetch.h>
#include <stdexcept>
#include <thread>

#include "dataplane/rnic/wire_frame.hpp"
#include "tests/bench/paced_source.hpp"

namespace farlink::bench {
namespace {

using dpdk::TscClock;
using units::Duration;
using units::Instant;

constexpr std::uint32_t fcs = 4;
constexpr double fibre_seconds_per_km = 4.8974e-6;  // G.652, group index 1.4682

std::vector<std::byte> prepared_frame(std::uint32_t frame_bytes) {
  static const std::vector<std::byte> payload(8'192, std::byte{0x5a});
  constexpr std::uint32_t headers = 58;  // Ethernet, IPv4, UDP, BTH, ICRC
  rnic::Frame frame;
  frame.opcode = wire::Opcode::send_only;
  frame.destination_qp = 17;
  frame.payload_bytes = static_cast<std::uint16_t>(frame_bytes - fcs > headers ? frame_bytes - fcs - headers : 0);
  frame.local_address = reinterpret_cast<std::uint64_t>(payload.data());
  rnic::WirePath path;
  path.source = {{2, 0, 0, 0, 0, 1}, wire::Ipv4Address{10, 0, 0, 1}};
  path.destination = {{2, 0, 0, 0, 0, 2}, wire::Ipv4Address{10, 0, 0, 2}};
  std::vector<std::byte> bytes(16'384);
  bytes.resize(std::max<std::size_t>(60, rnic::to_bytes(frame, path, bytes)));
  return bytes;
}

std::uint32_t ring_slots(std::uint64_t frames) {
  std::uint32_t slots = 1'024;
  while (slots <= frames + 64) slots *= 2;
  return slots;
}

std::string next_name(const char* what) {
  static int number = 0;
  return what + std::to_string(number++);
}

// Two ports, and the frames that go round between them: by themselves, or through whoever stands behind the ports.
class Bed {
 public:
  Bed(const LiveSetup& setup, bool is_looped)
      : setup_{setup},
        west_{port(next_name("w"), is_looped)},
        east_{port(next_name("e"), is_looped)},
        frame_{prepared_frame(setup.frame_bytes)} {}

  dpdk::RingPort& west() { return west_; }
  dpdk::RingPort& east() { return east_; }

  std::uint32_t mbufs() const { return static_cast<std::uint32_t>(setup_.circulating + 1'024); }
  std::uint32_t data_bytes() const { return static_cast<std::uint32_t>(frame_.size()); }

  // Puts half of the frames into each port.
  void fill(const dpdk::Buffers& buffers) {
    for (std::uint64_t i = 0; i < setup_.circulating; ++i) {
      rte_mbuf* mbuf = make(buffers);
      if ((i % 2 == 0 ? west_ : east_).give({&mbuf, 1}) != 1) throw std::runtime_error("bench: the ring is full");
    }
  }
  // What waits in the ports goes back, while its pool is there.
  void clear() noexcept {
    west_.clear();
    east_.clear();
  }
  // For somebody who gives them himself.
  std::vector<rte_mbuf*> stock(const dpdk::Buffers& buffers) {
    std::vector<rte_mbuf*> mbufs(setup_.circulating);
    for (rte_mbuf*& mbuf : mbufs) mbuf = make(buffers);
    return mbufs;
  }

 private:
  dpdk::RingPort port(const std::string& name, bool is_looped) const {
    const std::uint32_t slots = ring_slots(setup_.circulating);
    return is_looped ? dpdk::RingPort::looped(name, slots) : dpdk::RingPort{name, slots};
  }
  rte_mbuf* make(const dpdk::Buffers& buffers) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(buffers.pool());
    if (mbuf == nullptr) throw std::runtime_error("bench: out of mbufs");
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame_.size())), frame_.data(), frame_.size());
    return mbuf;
  }

  LiveSetup setup_;
  dpdk::RingPort west_, east_;
  std::vector<std::byte> frame_;
};

int call_function(void* argument) {
  (*static_cast<std::function<void()>*>(argument))();
  return 0;
}

void run_on(unsigned lcore, std::function<void()> body) {
  rte_eal_remote_launch(call_function, &body, lcore);
  rte_eal_wait_lcore(lcore);
}

void sleep_seconds(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::uint64_t forward(dpdk::Port& from, dpdk::Port& to, bool touches_header) {
  std::array<rte_mbuf*, 64> mbufs;
  const std::uint16_t count = from.receive(mbufs);
  if (touches_header) {
    constexpr std::uint16_t ahead = 4;
    for (std::uint16_t i = 0; i < count && i < ahead; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void*));
    for (std::uint16_t i = 0; i < count; ++i) {
      if (i + ahead < count) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + ahead], void*));
      auto* header = rte_pktmbuf_mtod(mbufs[i], volatile std::uint8_t*);
      header[24] = static_cast<std::uint8_t>(header[24] + header[16]);
    }
  }
  const std::uint16_t sent = to.transmit({mbufs.data(), count});
  for (std::uint16_t i = sent; i < count; ++i) rte_pktmbuf_free(mbufs[i]);
  return sent;
}

dpdk::ForwarderConfig link_config(const LiveSetup& setup, Bed& bed) {
  dpdk::ForwarderConfig config;
  config.name = next_name("bench");
  config.mbufs = bed.mbufs();
  config.frame_bytes = bed.data_bytes();
  config.max_lag = Duration::seconds(10);
  config.sites = {{"west", {bed.west().device()}, units::BitRate::gigabits(400)},
                  {"east", {bed.east().device()}, units::BitRate::gigabits(400)}};
  dpdk::LinkConfig link;
  link.name = "west-east";
  link.east = 1;
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    link::DirectionConfig& d = link.directions[direction];
    d.near_edge.rate = units::BitRate::gigabits(400);
    d.near_edge.buffer = units::Bytes::gibi(4);
    d.far_edge.port_rate = units::BitRate::gigabits(400);
    d.far_edge.buffer = units::Bytes::gibi(4);
    d.fibre.delay = Duration::from_seconds(setup.kilometres * fibre_seconds_per_km);
    d.impairments.loss = units::Probability::of(setup.loss);
    d.direction = direction;
  }
  config.links.push_back(link);
  return config;
}

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::uint64_t carried(const dpdk::Snapshot& snapshot) {
  return snapshot.directions[0].far.frames_out + snapshot.directions[1].far.frames_out;
}

}  // namespace

LivePoint measure_io(const LiveSetup& setup, unsigned lcore, bool touches_header) {
  Bed bed{setup, true};
  const dpdk::Buffers buffers{next_name("io"), bed.mbufs(), bed.data_bytes()};
  std::uint64_t frames = 0;
  double seconds = 0, cpu_seconds = 0;
  {
    dpdk::Port west{{bed.west().device(), bed.data_bytes()}, buffers};
    dpdk::Port east{{bed.east().device(), bed.data_bytes()}, buffers};
    bed.fill(buffers);
    run_on(lcore, [&] {
      const TscClock clock;
      const auto turn = [&] { return forward(west, east, touches_header) + forward(east, west, touches_header); };
      for (int i = 0; i < 20'000; ++i) turn();
      cpu_seconds = -thread_seconds();
      const Instant begin = clock.sample();
      const Instant end = begin + Duration::from_seconds(setup.seconds);
      Instant now = begin;
      for (; now < end; now = clock.sample()) frames += turn();
      seconds = (now - begin).seconds();
      cpu_seconds += thread_seconds();
    });
  }
  bed.clear();
  LivePoint point;
  point.loop = touches_header ? "csum" : "io";
  point.frame_bytes = setup.frame_bytes;
  point.circulating = setup.circulating;
  point.mpps = static_cast<double>(frames) / seconds * 1e-6;
  point.cpu_share = cpu_seconds / seconds;
  return point;
}

LivePoint measure_link(const LiveSetup& setup, unsigned lcore, double paced_mpps) {
  const bool is_paced = paced_mpps > 0;
  Bed bed{setup, !is_paced};
  dpdk::Forwarder forwarder{link_config(setup, bed), {lcore}};
  std::optional<PacedSource> source;
  if (!is_paced) bed.fill(forwarder.buffers());
  forwarder.start();
  if (is_paced) source.emplace(bed.west(), bed.east(), paced_mpps, bed.stock(forwarder.buffers()));
  sleep_seconds(0.3);
  const dpdk::Snapshot before = forwarder.snapshot();
  sleep_seconds(setup.seconds);
  const dpdk::Snapshot after = forwarder.snapshot();
  if (source) source->stop();
  forwarder.stop(Duration::milliseconds(200));
  LivePoint point;
  point.loop = "link";
  point.frame_bytes = setup.frame_bytes;
  point.circulating = setup.circulating;
  point.kilometres = setup.kilometres;
  point.mpps = static_cast<double>(carried(after) - carried(before)) / (after.now - before.now).seconds() * 1e-6;
  point.cpu_share = (after.workers[0].cpu_time - before.workers[0].cpu_time) / (after.now - before.now);
  for (std::size_t i = 0; i < after.directions.size(); ++i) {
    const dpdk::DirectionSnapshot& d = after.directions[i];
    point.lag.add(d.lag.since(before.directions[i].lag));  // without the first touch of memory
    point.frames_in_flight += d.held;
    point.lost += d.no_frame + d.lag.early();
  }
  for (const dpdk::PortSnapshot& port : after.ports) point.lost += port.counters.refused + port.counters.no_mbuf;
  point.lost += after.is_conserved ? 0U : 1U;
  point.longest_gap = after.workers[0].longest_gap;
  bed.clear();
  return point;
}

LivePoint measure_polling(double mpps, double seconds, unsigned lcore) {
  LivePoint point;
  point.loop = "poll";
  point.mpps = mpps;
  // The other CPU is as busy as it is with the source, or the host would have more to give.
  std::atomic<bool> is_done{false};
  std::thread companion{[&] {
    const TscClock clock;
    while (!is_done.load(std::memory_order_relaxed)) static_cast<void>(clock.sample());
  }};
  run_on(lcore, [&] {
    const TscClock clock;
    const Duration gap = Duration::from_seconds(1e-6 / mpps);
    Instant last = clock.sample();
    Instant due = last;
    const Instant end = last + Duration::from_seconds(seconds);
    for (Instant now = last; now < end; now = clock.sample()) {
      point.longest_gap = std::max(point.longest_gap, now - last);
      last = now;
      for (; due <= now; due += gap) point.lag.record(now - due);
    }
  });
  is_done.store(true, std::memory_order_relaxed);
  companion.join();
  return point;
}

}  // namespace farlink::bench
