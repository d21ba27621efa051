// SPDX-License-Identifier: Apache-2.0
// A running lcore: what its stamps are worth. Each regression here has its story.
#include <chrono>
#include <thread>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

void wait_until(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_so() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(is_so());
}

}  // namespace

// The time was read once per iteration, before the ports were: a frame that came while the lcore stood still in
// between, or while a slow port was sending, was stamped with the time before it, and left that much too early. Seen as
// a ping of 5.3 ms over a link of 5 ms each way.
TEST_CASE("no frame is stamped earlier than it came") {
  Lab lab;
  auto captured = std::make_shared<link::CaptureRing>(32'768, 64);
  lab.forwarder().start_capture(0, 0, captured, link::CapturePoint::access);
  lab.forwarder().start();
  constexpr std::uint32_t frames = 20'000;
  std::vector<Instant> given;
  for (std::uint32_t i = 0; i < frames; ++i) {
    rte_mbuf* mbuf = to_mbuf(roce_frame(i, 4), lab.forwarder().buffers());
    given.push_back(lab.forwarder().now());
    while (lab.port(0, 0).give({&mbuf, 1}) == 0) std::this_thread::yield();
    take_all(lab.port(1, 0));
  }
  wait_until([&] {
    take_all(lab.port(1, 0));
    return lab.direction(0, 0).far.frames_out == frames;
  });
  lab.forwarder().stop(Duration::seconds(5));
  std::uint32_t early = 0, count = 0;
  while (const link::CapturedFrame* frame = captured->front()) {
    link::Descriptor d;
    link::classify(frame->bytes, frame->original_bytes, d);
    early += frame->stamp < given[d.psn] ? 1U : 0U;
    ++count;
    captured->pop();
  }
  CHECK(count == frames);
  CHECK(early == 0);
  CHECK(lab.direction(0, 0).lag.early() == 0);
}

TEST_CASE("tasks run between two bursts, in the lcore while it runs and in the caller when it does not") {
  Lab lab;
  std::thread::id here = std::this_thread::get_id(), there;
  const auto note = [&](Instant) { there = std::this_thread::get_id(); };
  lab.forwarder().call(0, note);
  CHECK(there == here);
  lab.forwarder().start();
  lab.forwarder().call(0, note);
  CHECK(there != here);
  // Several threads at once: each task runs exactly once, and none beside another.
  std::uint64_t sum = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) lab.forwarder().call(0, [&](Instant) { ++sum; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(sum == 2'000);
  lab.forwarder().stop(Duration::zero());
  lab.forwarder().call(0, note);
  CHECK(there == here);
}

TEST_CASE("a forwarder stops while others ask it") {
  Lab lab;
  lab.forwarder().start();
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> asked{0};
  std::thread asker{[&] {
    for (; !is_over; ++asked) lab.forwarder().snapshot();
  }};
  wait_until([&] { return asked > 20; });
  lab.forwarder().stop(Duration::milliseconds(10));
  const std::uint64_t before = asked;
  wait_until([&] { return asked > before + 20; });
  is_over = true;
  asker.join();
}

}  // namespace farlink::dpdk::test
