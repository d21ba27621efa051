// SPDX-License-Identifier: Apache-2.0
// A steady state allocates nothing, and a frame in flight costs a cache line and little else.
#include <algorithm>

#include "tests/bench/lab.hpp"
#include "tests/link/counting_new.hpp"
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

using farlink::test::allocations;

// Some losses, marks, copies, XOFFs and pauses; `frames` frames of 1000 B, 20 ns each, read in bursts of 32.
struct Driver {
  explicit Driver(Direction& d) : direction{d} {}
  void run(std::uint64_t frames) {
    std::array<Output, 32> outputs;
    for (std::uint64_t i = 0; i < frames; ++i) {
      Descriptor d = frame(token++, 1'000);
      d.flow = static_cast<std::uint32_t>(mix(token));
      d.priority = static_cast<std::uint8_t>(token % 8);
      direction.enqueue(d, now);
      if (token % 100 == 0) direction.pause(0, 3, static_cast<std::uint16_t>(token % 200 == 0 ? 0 : 40), now);
      if (token % 16 == 0)
        while (direction.advance(now, outputs) == outputs.size()) {
        }
      peak = std::max(peak, direction.frames_held());
      now += Duration::nanoseconds(20);
    }
  }
  Direction& direction;
  Instant now;
  std::uint64_t token = 0, peak = 0;
};

DirectionConfig busy() {
  DirectionConfig config = plain();
  config.near_edge.waves = 2;
  config.near_edge.rate = BitRate::gigabits(220);
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{2'000};
  config.near_edge.xon = Bytes{1'000};
  config.near_edge.ecn = EcnMarking{Bytes{2'000}, Bytes{9'000}, Probability::of(0.5)};
  config.impairments.loss = Probability::of(0.01);
  config.impairments.bit_error = Probability::of(1e-7);
  config.impairments.burst = GilbertElliott{Probability::of(0.001), Probability::of(0.2), {}, Probability::always()};
  config.impairments.duplicate = Probability::of(0.001);
  config.impairments.listed = {listed({}, 1, {}, 1)};
  config.fibre = {Duration::microseconds(100), Duration::nanoseconds(50)};
  config.far_edge = {1, BitRate::gigabits(500), Bytes{100'000}};
  return config;
}

}  // namespace

TEST_CASE("a fixed pool never allocates after construction") {
  Direction direction{busy(), 40'000};
  Driver driver{direction};
  const auto before = allocations();
  driver.run(200'000);
  CHECK(allocations().calls == before.calls);
  CHECK(driver.peak > 4'000);
  CHECK(direction.near().counters().dropped.total() > 1'000);
  CHECK(direction.near().counters().xoff_sent > 10);
}

TEST_CASE("a growing pool allocates a cache line per frame of its peak, and then nothing") {
  const auto at_first = allocations();
  FramePool pool;
  std::vector<Frame*> taken;
  taken.reserve(100'000);
  const auto before = allocations();
  for (int i = 0; i < 4'096 * 4; ++i) taken.push_back(pool.take());
  const auto grown = allocations();
  CHECK(grown.calls - before.calls <= 4 + 3);  // four blocks, and the list of them
  CHECK(grown.live_bytes - before.live_bytes <= 4'096 * 4 * 64 + 4 * 64 + 64);
  for (Frame* f : taken) pool.give(f);
  for (std::size_t i = 0; i < taken.size(); ++i) taken[i] = pool.take();
  CHECK(allocations().calls == grown.calls);
  CHECK(at_first.calls < grown.calls);

  Direction direction{busy()};
  Driver driver{direction};
  driver.run(50'000);
  const auto steady = allocations();
  driver.run(200'000);
  CHECK(allocations().calls == steady.calls);
}

TEST_CASE("RNIC - link - RNIC: nothing per frame, and at most 192 bytes per frame in flight") {
  lab::Setup setup;
  setup.qps = 16;
  setup.nic.window = 65'536;
  setup.loss = units::Probability::of(1e-5);
  const auto empty = allocations();
  lab::Lab lab{setup};
  lab.run(600'000);
  const auto steady = allocations();
  const std::uint64_t target = lab.delivered() + 600'000;
  lab.engine().run([&lab, target] { return lab.delivered() < target; });
  CHECK(allocations().calls == steady.calls);

  virtual_time::Engine& engine = lab.engine();
  const std::uint64_t held = engine.direction(0, 0).frames_held() + engine.direction(0, 1).frames_held();
  CHECK(held > 17'000);  // 300 km at 400 Gb/s
  CHECK(allocations().live_bytes - empty.live_bytes <= 192 * static_cast<std::int64_t>(held));
}

}  // namespace farlink::link::test
