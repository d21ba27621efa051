// SPDX-License-Identifier: Apache-2.0
// Exit ports: one serializer each behind a shared buffer, and the receivers' PFC.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

// The line is so fast that frames reach the far edge at once; the exit ports take 1 ns for 50 B.
DirectionConfig fast_line() {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::terabits(80'000);
  config.far_edge.port_rate = BitRate::gigabits(400);
  return config;
}

Descriptor to_port(std::uint64_t token, std::uint32_t line_bytes, std::uint16_t port, std::uint8_t priority = 0) {
  Descriptor d = frame(token, line_bytes);
  d.egress_port = port;
  d.priority = priority;
  return d;
}

}  // namespace

TEST_CASE("each exit port serializes for itself") {
  DirectionConfig config = fast_line();
  config.far_edge.ports = 2;
  const Log log = play(config, {{at_ns(0), to_port(0, 5'000, 0), {}},
                                {at_ns(0), to_port(1, 5'000, 0), {}},
                                {at_ns(0), to_port(2, 5'000, 1), {}}});
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 2, 1});
  CHECK(log.exit_times() == std::vector<std::int64_t>{100'000, 100'001, 200'000});  // 15,000 B on the line: 1.5 ps
}

TEST_CASE("the shared buffer counts a frame until its last bit has left") {
  DirectionConfig config = fast_line();
  config.far_edge.ports = 2;
  config.far_edge.buffer = Bytes{10'000};
  Direction direction{config};
  const Log log = play(direction, {{at_ns(0), to_port(0, 5'000, 0), {}},
                                   {at_ns(0), to_port(1, 5'000, 1), {}},
                                   {at_ns(99), to_port(2, 5'000, 0), {}},  // 0 leaves at 100 ns
                                   {at_ns(100), to_port(3, 5'000, 0), {}}});
  REQUIRE(log.drops.size() == 1);
  CHECK(log.drops[0].frame.token == 2);
  CHECK(log.drops[0].cause == Cause::queue);
  CHECK(log.drops[0].stamp == at_ns(99));
  CHECK(direction.far().counters().dropped.queue == 1);
  CHECK(direction.far().counters().queue_peak_bytes == 10'000);
  CHECK(direction.far().counters().frames_out == 3);
  CHECK(log.exits.back().stamp >= at_ns(200));
  CHECK(log.exits.back().stamp <= at_ns(200) + Duration::picoseconds(1));
}

TEST_CASE("65535 quanta last 335.5, 83.9 and 41.9 us at 100, 400 and 800 Gb/s (oracle O12)") {
  struct Row {
    std::uint64_t gigabits;
    std::int64_t picoseconds;
  };
  for (const Row row : {Row{100, 335'539'200}, Row{400, 83'884'800}, Row{800, 41'942'400}}) {
    DirectionConfig config = fast_line();
    config.far_edge.port_rate = BitRate::gigabits(row.gigabits);
    const std::int64_t byte = 8'000 / static_cast<std::int64_t>(row.gigabits);
    const Log log = play(config, {{at_ns(0), {}, Pause{0, 3, 65'535}}, {at_ns(1), to_port(0, 100, 0, 3), {}}});
    CHECK(log.exit_times() == std::vector<std::int64_t>{row.picoseconds + 100 * byte});
  }
}

TEST_CASE("a pause stops behind the frame being serialized, and zero quanta resume") {
  const Log log = play(fast_line(), {{at_ns(0), to_port(0, 5'000, 0, 3), {}},
                                     {at_ns(0), to_port(1, 5'000, 0, 3), {}},
                                     {at_ns(50), {}, Pause{0, 3, 65'535}},
                                     {at_ns(700), {}, Pause{0, 3, 0}}});
  CHECK(log.exit_times() == std::vector<std::int64_t>{100'000, 800'000});
}

TEST_CASE("a refresh counts from its own time") {
  // A quantum at 400 Gb/s is 1.28 ns. 100 quanta at 0, again at 100 ns: until 228 ns.
  const Log log = play(
      fast_line(),
      {{at_ns(0), {}, Pause{0, 3, 100}}, {at_ns(10), to_port(0, 50, 0, 3), {}}, {at_ns(100), {}, Pause{0, 3, 100}}});
  CHECK(log.exit_times() == std::vector<std::int64_t>{228'000 + 1'000});
}

TEST_CASE("a pause holds one priority of one port") {
  DirectionConfig config = fast_line();
  config.far_edge.ports = 2;
  const Log log = play(config, {{at_ns(0), {}, Pause{0, 3, 1'000}},  // until 1280 ns
                                {at_ns(1), to_port(0, 50, 0, 3), {}},
                                {at_ns(2), to_port(1, 50, 0, 4), {}},
                                {at_ns(3), to_port(2, 50, 1, 3), {}},
                                {at_ns(4), {}, Pause{0, 4, 500}}});  // nothing of priority 4 waits
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{1, 2, 0});
  CHECK(log.exit_times() == std::vector<std::int64_t>{3'000, 4'000, 1'281'000});
}

TEST_CASE("ends of two pauses are kept apart") {
  const Log log = play(fast_line(), {{at_ns(0), {}, Pause{0, 1, 100}},  // until 128 ns
                                     {at_ns(0), {}, Pause{0, 2, 200}},  // until 256 ns
                                     {at_ns(1), to_port(1, 50, 0, 1), {}},
                                     {at_ns(1), to_port(2, 50, 0, 2), {}}});
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{1, 2});
  CHECK(log.exit_times() == std::vector<std::int64_t>{129'000, 257'000});
}

TEST_CASE("a pause told late starts from the latest time told, and is counted") {
  Direction direction{fast_line()};
  Log log;
  direction.enqueue(to_port(0, 5'000, 0, 3), at_ns(0));
  direction.enqueue(to_port(1, 5'000, 0, 3), at_ns(0));
  collect(direction, at_ns(150), log);
  direction.pause(0, 3, 100, at_ns(50));  // as if at 150 ns: frame 1 is being serialized
  CHECK(direction.far().counters().time_went_back == 1);
  direction.enqueue(to_port(2, 50, 0, 3), at_ns(160));
  collect(direction, at_us(1), log);
  CHECK(log.exit_times() == std::vector<std::int64_t>{100'000, 200'000, 150'000 + 128'000 + 1'000});
}

TEST_CASE("next_exit and take_exit give the stamps of advance") {
  DirectionConfig config = plain();
  config.near_edge.waves = 3;
  config.fibre = {Duration::microseconds(2), Duration::nanoseconds(700)};
  config.far_edge = {4, BitRate::gigabits(300), Bytes{20'000}};
  config.impairments.duplicate = Probability::of(0.1);
  std::vector<Step> steps = evenly(5'000, 1, Duration::nanoseconds(20));
  std::uint64_t random = 7;
  for (Step& step : steps) {
    random = mix(random + 1);
    step.frame.line_bytes = 84 + static_cast<std::uint32_t>(random % 4'000);
    step.frame.flow = static_cast<std::uint32_t>(random >> 40);
    step.frame.egress_port = static_cast<std::uint16_t>((random >> 20) % 4);
  }
  const Log told = play(config, steps);
  REQUIRE(told.drops.size() > 100);

  // All is on the fibres, so every arrival is known; then again in windows that end between arrivals.
  for (const Duration window : {Duration::seconds(1), Duration::nanoseconds(130)}) {
    Direction direction{config};
    for (const Step& step : steps) direction.enqueue(step.frame, step.at);
    direction.near().settle(at_us(500));
    std::vector<std::int64_t> times;
    std::vector<std::uint64_t> tokens;
    for (Instant limit = Instant::start() + window; direction.far().next_event() != Instant::never(); limit += window) {
      for (Instant at = direction.far().next_exit(limit); at < limit; at = direction.far().next_exit(limit)) {
        Frame* out = direction.far().take_exit();
        REQUIRE(out != nullptr);
        times.push_back(at.since_start().picoseconds());
        tokens.push_back(out->descriptor.token);
        direction.far().give_back(out);
      }
    }
    CHECK(times == told.exit_times());
    CHECK(tokens == told.exit_tokens());
    CHECK(direction.far().counters().dropped.queue == told.drops.size());
    CHECK(direction.frames_held() == 0);
    CHECK(direction.is_conserved());
  }
}

}  // namespace farlink::link::test
