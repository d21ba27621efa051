// SPDX-License-Identifier: Apache-2.0
// What a frame takes on the line beyond its own bytes, and frames of others that share the line: 50 B at 400 Gb/s take
// 1 ns.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

DirectionConfig encapsulated(std::uint64_t bytes) {
  DirectionConfig config = plain();
  config.near_edge.overhead = Bytes{bytes};
  return config;
}

}  // namespace

TEST_CASE("encapsulation lengthens each frame on the line, and neither in the buffer nor at the exit port") {
  DirectionConfig config = encapsulated(150);
  config.near_edge.buffer = Bytes{100};                // two frames wait, a third finds no room
  config.far_edge.port_rate = BitRate::gigabits(200);  // 50 B: 2 ns
  Direction direction{config};
  const Log log = play(direction, {{at_ns(0), frame(0, 50), {}},
                                   {at_ns(0), frame(1, 50), {}},
                                   {at_ns(0), frame(2, 50), {}},
                                   {at_ns(0), frame(3, 50), {}}});
  CHECK(log.exit_times() == std::vector<std::int64_t>{4'000 + 2'000, 8'000 + 2'000, 12'000 + 2'000});
  CHECK(log.dropped(Cause::queue) == 1);
  CHECK(direction.near().counters().line_bytes == 3 * 200);
  CHECK(direction.near().counters().queue_peak_bytes == 100);
}

TEST_CASE("a hundred thousand MACsec frames of 4178 B last what 4210 B last, to the picosecond") {
  DirectionConfig config = encapsulated(32);
  config.near_edge.rate = BitRate::bits_per_second(400'000'000'000ULL * 238 / 255);
  Direction direction{config};
  std::vector<Output> outputs(64);
  constexpr std::uint64_t frames = 100'000;
  Instant last;
  for (std::uint64_t i = 0; i < frames; ++i) direction.enqueue(frame(i, 4'178), at_ps(0));
  for (std::size_t count = outputs.size(); count == outputs.size();) {
    count = direction.advance(at_us(100'000), outputs);
    if (count > 0) last = outputs[count - 1].stamp;
  }
  const auto line = static_cast<std::int64_t>(static_cast<unsigned __int128>(frames) * 4'210 * 8 * 1'000'000'000'000U /
                                              (400'000'000'000ULL * 238 / 255));
  CHECK((last - at_ps(line)).picoseconds() >= 0);
  CHECK((last - at_ps(line)).picoseconds() <= 1);  // and the exit port's picosecond
}

TEST_CASE("encapsulation that changes on the way holds for what starts from then on") {
  Direction direction{plain()};
  Log log;
  for (std::uint64_t i = 0; i < 3; ++i) direction.enqueue(frame(i, 50), at_ns(0));
  direction.reconfigure(encapsulated(50), at_ps(1'500));  // the second frame is under way
  collect(direction, at_us(1), log);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000, 2'000, 4'000});
}

TEST_CASE("bit errors count the bytes of the encapsulation") {
  const auto losses = [](std::uint32_t line_bytes, std::uint64_t overhead) {
    DirectionConfig config = encapsulated(overhead);
    config.impairments.bit_error = Probability::of(1e-5);
    return play(config, evenly(20'000, line_bytes, Duration::nanoseconds(100)), Ask::only_at_the_end).by_token();
  };
  const auto lost = [](const auto& frames) {
    std::vector<std::uint64_t> tokens;
    for (const auto& [token, what] : frames)
      if (what[2] == static_cast<int>(Cause::bit_error)) tokens.push_back(token);
    return tokens;
  };
  CHECK(lost(losses(1'000, 500)) == lost(losses(1'500, 0)));
  CHECK(lost(losses(1'000, 500)).size() > lost(losses(1'000, 0)).size() + 500);
}

TEST_CASE("frames of others wait in the same queue, use the line, and leave no trace at the exit") {
  DirectionConfig config = plain();
  config.fibre.delay = Duration::microseconds(1);
  Direction direction{config};
  Log log;
  direction.enqueue(frame(1, 50), at_ns(0));
  direction.near().accept_background(4'000, 0, at_ns(0));
  direction.enqueue(frame(2, 50), at_ns(0));
  direction.near().accept_background(100, 0, at_ns(0));
  CHECK(direction.background_held() == 2);
  collect(direction, at_ns(90), log);
  CHECK(direction.frames_held() == 4);
  collect(direction, at_us(10), log);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'001'000, 1'082'000});
  CHECK(direction.near().counters().frames_in == 2);
  CHECK(direction.near().counters().frames_generated == 0);
  CHECK(direction.near().counters().background_in == 2);
  CHECK(direction.near().counters().line_bytes == 4'200);
  CHECK(direction.far().counters().background_out == 2);
  CHECK(direction.far().counters().frames_out == 2);
  CHECK(direction.background_held() == 0);
  CHECK(direction.frames_held() == 0);
}

TEST_CASE("frames of others fill the shared buffer, hold the access ports, and are dropped by their own count") {
  DirectionConfig config = plain();
  config.near_edge.buffer = Bytes{10'000};
  config.near_edge.has_backpressure = true;
  config.near_edge.xoff = Bytes{5'000};
  config.near_edge.xon = Bytes{1'000};
  Direction direction{config};
  Log log;
  direction.enqueue(frame(1, 50), at_ns(0));
  for (int i = 0; i < 3; ++i) direction.near().accept_background(4'000, 0, at_ns(0));  // the third finds no room
  direction.near().accept_background(4'000, 5, at_ns(0));
  CHECK(direction.near().counters().background_dropped.queue == 2);
  CHECK(direction.near().is_holding());
  collect(direction, at_us(1), log);
  CHECK_FALSE(direction.near().is_holding());
  CHECK(direction.near().counters().dropped.queue == 2);
  CHECK(log.drops.size() == 2);
  CHECK(log.drops[0].frame.purpose == Purpose::background);
  CHECK(log.exits.size() == 1);
  CHECK(direction.is_conserved());
}

TEST_CASE("frames of others take the waves in turn and draw nothing that the job's frames draw") {
  DirectionConfig config = plain();
  config.near_edge.waves = 2;
  config.fibre.jitter = Duration::microseconds(3);
  config.impairments.loss = Probability::of(0.2);
  const auto play_with = [&](bool has_others) {
    Direction direction{config};
    Log log;
    for (std::uint64_t i = 0; i < 500; ++i) {
      const Instant now = at_us(static_cast<std::int64_t>(i) * 10 + 10);
      if (has_others && i % 2 == 0)
        for (int n = 0; n < 2; ++n) direction.near().accept_background(50, 7, now - Duration::microseconds(5));
      direction.enqueue(frame(i, 50), now);
    }
    collect(direction, at_us(10'000), log);
    CHECK(direction.far().counters().background_out + direction.near().counters().background_dropped.random ==
          (has_others ? 500 : 0));
    return log;
  };
  const Log alone = play_with(false), shared = play_with(true);
  CHECK(alone.dropped(Cause::random) > 50);
  CHECK(alone.exit_times() == shared.exit_times());
}

}  // namespace farlink::link::test
