// SPDX-License-Identifier: Apache-2.0
// Golden departures, in numbers to check in the head: 50 B at 400 Gb/s take 1 ns.
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("a frame leaves after serialization, fibre, and serialization at the exit port") {
  DirectionConfig config = plain();
  config.fibre.delay = Duration::microseconds(5);
  config.far_edge.port_rate = BitRate::gigabits(200);  // 50 B: 2 ns
  CHECK(play(config, {{at_ns(10), frame(1, 50), {}}}).exit_times() ==
        std::vector<std::int64_t>{10'000 + 1'000 + 5'000'000 + 2'000});
}

TEST_CASE("frames of two sizes that arrive together follow each other") {
  // 50 50 4000 50 4000 50 B -> 1 1 80 1 80 1 ns of the line
  std::vector<Step> steps;
  const std::uint32_t sizes[] = {50, 50, 4000, 50, 4000, 50};
  for (std::uint64_t i = 0; i < 6; ++i) steps.push_back({at_ns(0), frame(i, sizes[i]), {}});
  const Log log = play(plain(), steps);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000, 2'000, 82'000, 83'000, 163'000, 164'000});
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("waves serialize side by side, chosen by the flow") {
  DirectionConfig config = plain();
  config.near_edge.waves = 2;
  std::vector<Step> steps;
  const std::uint32_t flows[] = {0, 1, 2, 3, 4};  // waves 0 1 0 1 0
  for (std::uint64_t i = 0; i < 5; ++i) {
    steps.push_back({at_ns(0), frame(i, 50), {}});
    steps.back().frame.flow = flows[i];
  }
  const Log log = play(config, steps);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000, 1'000, 2'000, 2'000, 3'000});
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("an idle line starts a frame when it arrives, not when the last one ended") {
  CHECK(play(plain(), {{at_ns(0), frame(0, 50), {}}, {at_ns(100), frame(1, 50), {}}}).exit_times() ==
        std::vector<std::int64_t>{1'000, 101'000});
}

TEST_CASE("a million frames of fractional picoseconds do not drift, and a new busy period starts even") {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::gigabits(6'400);  // 86 B: 107.5 ps
  Direction direction{config};
  std::vector<Output> outputs(64);
  constexpr std::int64_t frames = 1'000'000;
  std::int64_t seen = 0, wrong = 0;
  const auto read = [&](Instant now) {
    for (std::size_t count = outputs.size(); count == outputs.size();) {
      count = direction.advance(now, outputs);
      for (std::size_t i = 0; i < count; ++i) {
        ++seen;
        wrong += outputs[i].stamp != at_ps(seen * 1'075 / 10);  // floor(n x 107.5)
      }
    }
  };
  for (std::int64_t i = 0; i < frames; ++i) {
    direction.enqueue(frame(static_cast<std::uint64_t>(i), 86), at_ps(0));
    if (i % 1024 == 0) read(at_ps(0));
  }
  read(at_us(200));
  CHECK(seen == frames);
  CHECK(wrong == 0);
  CHECK(direction.near().counters().line_bytes == 86U * static_cast<std::uint64_t>(frames));

  // Half a picosecond is not carried over the gap: 107 and 215 again.
  direction.enqueue(frame(1, 86), at_us(200));
  direction.enqueue(frame(2, 86), at_us(200));
  REQUIRE(direction.advance(at_us(201), outputs) == 2);
  CHECK(outputs[0].stamp == at_us(200) + Duration::picoseconds(107));
  CHECK(outputs[1].stamp == at_us(200) + Duration::picoseconds(215));
}

TEST_CASE("time that goes back is taken for the latest time told, and counted") {
  Direction direction{plain()};
  std::vector<Output> outputs(4);
  direction.enqueue(frame(1, 50), at_ns(100));
  direction.enqueue(frame(2, 50), at_ns(40));
  CHECK(direction.near().counters().time_went_back == 1);
  REQUIRE(direction.advance(at_ns(200), outputs) == 2);
  CHECK(outputs[0].stamp == at_ns(101));
  CHECK(outputs[1].stamp == at_ns(102));
  CHECK(direction.advance(at_ns(150), outputs) == 0);
  CHECK(direction.near().counters().time_went_back == 2);
}

TEST_CASE("a full span is filled and the rest comes with the next call") {
  Direction direction{plain()};
  for (std::uint64_t i = 0; i < 5; ++i) direction.enqueue(frame(i, 50), at_ns(0));
  std::vector<Output> outputs(2);
  CHECK(direction.advance(at_ns(4), outputs) == 2);
  CHECK(direction.advance(at_ns(4), outputs) == 2);
  CHECK(outputs[1].frame.token == 3);
  CHECK(direction.advance(at_ns(4), outputs) == 0);
  CHECK(direction.next_event() == at_ns(5));
  CHECK(direction.frames_held() == 1);
}

}  // namespace farlink::link::test
