// SPDX-License-Identifier: Apache-2.0
// The forwarder on its lcore for a long time: numbered frames go round between two in-process ports that give back what
// is sent, while values change and captures come and go. At the end every one of them is there, once, and as it was.
// FARLINK_SOAK_SECONDS (20) and FARLINK_SOAK_MPPS (1, both directions together) say for how long and how fast; what
// paces the frames is how many there are on 300 km of fibre.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

double number_from_environment(const char* name, double fallback) {
  const char* text = std::getenv(name);
  if (text == nullptr) return fallback;
  const double value = std::strtod(text, nullptr);
  if (!(value > 0)) throw std::invalid_argument(std::string{name} + "=" + text + ": give a number above 0");
  return value;
}

constexpr Duration fibre = Duration::nanoseconds(1'469'210);  // 300 km of G.652

// Sizes and priorities of all kinds, so that frames of one direction overtake each other at the edges.
FrameBytes numbered(std::uint32_t number) {
  constexpr std::array<std::uint16_t, 5> payloads{0, 64, 256, 1'024, 4'096};
  FrameBytes frame = roce_frame(number, payloads[number % payloads.size()]);
  frame[15] = static_cast<std::byte>((number % 8) << 5 | 2U);  // DSCP, ECT(0): outside of what the ICRC covers
  return frame;
}

class Soak {
 public:
  Soak()
      : frames_{frames_wanted()},
        slots_{std::bit_ceil(frames_ + 1)},
        west_{RingPort::looped("soak-west", slots_)},
        east_{RingPort::looped("soak-east", slots_)},
        forwarder_{config(), {1}} {}

  std::uint32_t frames() const { return frames_; }
  Forwarder& forwarder() { return forwarder_; }

  // Spread over the time that the fibre holds, which keeps the distances. By the lcore itself: it alone may put frames
  // into a ring that it also sends to.
  void start() {
    forwarder_.start();
    const Duration gap = fibre * 2 / frames_;
    const Instant begin = forwarder_.now();
    for (std::uint32_t given = 0; given < frames_;) {
      forwarder_.call(0, [&](Instant now) {
        for (; given < frames_ && begin + gap * (given / 2) <= now; ++given) put(given, given % 2 == 0 ? west_ : east_);
      });
    }
  }

  // How often each frame is there, once all is at rest.
  std::map<std::uint32_t, std::uint32_t> collect() {
    std::map<std::uint32_t, std::uint32_t> times;
    for (RingPort* port : {&west_, &east_}) {
      for (const FrameBytes& bytes : take_all(*port)) {
        link::Descriptor d;
        link::classify(bytes, static_cast<std::uint32_t>(bytes.size()), d);
        ++times[d.psn];
        damaged_ += bytes == numbered(d.psn) ? 0U : 1U;
      }
    }
    return times;
  }
  std::uint32_t damaged() const { return damaged_; }

 private:
  static std::uint32_t frames_wanted() {
    environment();  // before the first ring
    return static_cast<std::uint32_t>(number_from_environment("FARLINK_SOAK_MPPS", 1) * 1e6 * fibre.seconds());
  }
  ForwarderConfig config() {
    ForwarderConfig config = plain_config({{west_.device()}, {east_.device()}});
    config.name = "soak";
    config.mbufs = frames_ + 2'048;
    config.frame_bytes = 4'200;
    config.max_lag = Duration::seconds(100);
    for (link::DirectionConfig& d : config.links[0].directions) {
      d.fibre.delay = fibre;
      d.fibre.jitter = Duration::microseconds(1);
    }
    return config;
  }
  void put(std::uint32_t number, RingPort& port) {
    rte_mbuf* mbuf = to_mbuf(numbered(number), forwarder_.buffers());
    if (port.give({&mbuf, 1}) != 1) throw std::logic_error("the ring is too small");
  }

  std::uint32_t frames_, slots_;
  RingPort west_, east_;
  Forwarder forwarder_;
  std::uint32_t damaged_ = 0;
};

std::uint64_t carried(const Snapshot& snapshot) {
  return snapshot.directions[0].far.frames_out + snapshot.directions[1].far.frames_out;
}

// Nothing may be lost, for whatever reason.
void check_nothing_is_lost(const Snapshot& snapshot) {
  CHECK(snapshot.is_conserved);
  CHECK(snapshot.why_invalid == std::vector<std::string>{});
  for (const DirectionSnapshot& d : snapshot.directions) {
    CHECK(d.near.dropped.total() + d.far.dropped.total() + d.no_frame == 0);
    CHECK(d.lag.early() == 0);
    CHECK(d.near.time_went_back + d.far.time_went_back == 0);
  }
}

// What a lab does to a running link, second by second.
void disturb(Forwarder& forwarder, int second) {
  std::vector<link::DirectionConfig> configs;
  for (const DirectionSnapshot& d : forwarder.snapshot().directions) {
    configs.push_back(d.config);
    configs.back().fibre.delay = fibre + Duration::microseconds(second % 3);
  }
  forwarder.publish(configs);
  if (second % 4 == 1)
    forwarder.start_capture(0, 0, std::make_shared<link::CaptureRing>(256, 64),
                            static_cast<link::CapturePoint>(second / 4 % 3));
  if (second % 4 == 2) forwarder.stop_capture(0);
}

}  // namespace

TEST_CASE("frames go round for as long as one likes, and none is lost, doubled, damaged or early") {
  const double seconds = number_from_environment("FARLINK_SOAK_SECONDS", 20);
  Soak soak;
  soak.start();
  const Snapshot first = soak.forwarder().snapshot();
  Snapshot last = first;
  for (int second = 0; (last.now - first.now).seconds() < seconds; ++second) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    disturb(soak.forwarder(), second);
    last = soak.forwarder().snapshot();
    check_nothing_is_lost(last);
    if (second % 60 == 59) {
      std::printf("%5d s: %llu frames carried\n", second + 1, static_cast<unsigned long long>(carried(last)));
      std::fflush(stdout);
    }
  }
  const double mpps = static_cast<double>(carried(last) - carried(first)) / (last.now - first.now).seconds() * 1e-6;
  soak.forwarder().stop_capture(0);
  soak.forwarder().stop(Duration::seconds(10));

  const Snapshot end = soak.forwarder().snapshot();
  check_nothing_is_lost(end);
  CHECK(end.directions[0].held + end.directions[1].held == 0);
  CHECK(mpps > 0.01);  // it did go round, however little of the CPU it got
  // All that are there in the least time that a round takes.
  CHECK(mpps < static_cast<double>(soak.frames()) / fibre.seconds() * 1e-6);
  const auto times = soak.collect();
  CHECK(times.size() == soak.frames());
  CHECK(std::all_of(times.begin(), times.end(), [](const auto& each) { return each.second == 1; }));
  CHECK(soak.damaged() == 0);
  CHECK(soak.forwarder().buffers().free() == soak.forwarder().buffers().count());
  std::printf("%.0f s: %llu frames carried, %.3f Mpps; lag median %.1f us, p99 %.1f us\n", seconds,
              static_cast<unsigned long long>(carried(end)), mpps, end.directions[0].lag.quantile(0.5).seconds() * 1e6,
              end.directions[0].lag.quantile(0.99).seconds() * 1e6);
}

}  // namespace farlink::dpdk::test
