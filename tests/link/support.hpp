// SPDX-License-Identifier: Apache-2.0
// A link direction driven by a script: frames and pauses at given times, asked for its outputs in one of several ways.
// Conservation is checked after every step.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dataplane/link/direction.hpp"

namespace farlink::link::test {

constexpr Instant at_ps(std::int64_t n) { return Instant::at(Duration::picoseconds(n)); }
constexpr Instant at_ns(std::int64_t n) { return Instant::at(Duration::nanoseconds(n)); }
constexpr Instant at_us(std::int64_t n) { return Instant::at(Duration::microseconds(n)); }

// A byte lasts 20 ps on the line, nothing on the fibre, and next to nothing at the exit port unless a test says
// otherwise.
inline DirectionConfig plain() {
  DirectionConfig config;
  config.near_edge.rate = BitRate::gigabits(400);
  config.near_edge.buffer = Bytes::gibi(1);
  config.far_edge.port_rate = BitRate::terabits(80'000);
  config.far_edge.buffer = Bytes::gibi(1);
  return config;
}

inline Descriptor frame(std::uint64_t token, std::uint32_t line_bytes) {
  Descriptor d;
  d.token = token;
  d.line_bytes = line_bytes;
  return d;
}

inline ListedFrame listed(std::optional<std::uint32_t> destination_qp, std::optional<std::uint32_t> psn,
                          std::optional<std::uint8_t> opcode, std::uint32_t nth) {
  return {destination_qp, psn, opcode, nth};
}

struct Pause {
  std::uint16_t port = 0;
  std::uint8_t priority = 0;
  std::uint16_t quanta = 0;
};

struct Step {
  Instant at;
  Descriptor frame;
  std::optional<Pause> pause;  // instead of the frame
};

enum class Ask { at_every_event, every_microsecond, only_at_the_end };

struct Log {
  std::vector<Output> exits, drops, pauses;

  std::vector<std::int64_t> exit_times() const {
    std::vector<std::int64_t> times;
    for (const Output& o : exits) times.push_back(o.stamp.since_start().picoseconds());
    return times;
  }
  std::vector<std::uint64_t> exit_tokens() const {
    std::vector<std::uint64_t> tokens;
    for (const Output& o : exits) tokens.push_back(o.frame.token);
    return tokens;
  }
  std::uint64_t dropped(Cause cause) const {
    std::uint64_t count = 0;
    for (const Output& o : drops) count += o.cause == cause;
    return count;
  }
  // Everything about every frame, whatever the order it was told in.
  std::map<std::uint64_t, std::vector<std::int64_t>> by_token() const {
    std::map<std::uint64_t, std::vector<std::int64_t>> all;
    for (const std::vector<Output>* outputs : {&exits, &drops})
      for (const Output& o : *outputs)
        all[o.frame.token] = {o.stamp.since_start().picoseconds(), static_cast<int>(o.kind), static_cast<int>(o.cause),
                              o.frame.edits, o.frame.copies};
    return all;
  }
};

inline void collect(Direction& direction, Instant now, Log& log, std::size_t burst = 32) {
  std::vector<Output> outputs(burst);
  for (std::size_t count = burst; count == burst;) {
    count = direction.advance(now, outputs);
    for (std::size_t i = 0; i < count; ++i) {
      const Output& o = outputs[i];
      if (o.kind == Output::Kind::exit) {
        REQUIRE(o.stamp <= now);
        log.exits.push_back(o);
      } else if (o.kind == Output::Kind::drop) {
        log.drops.push_back(o);
      } else {
        log.pauses.push_back(o);
      }
    }
    REQUIRE(direction.is_conserved());
  }
}

inline void collect_until(Direction& direction, Instant until, Log& log, Ask ask, std::size_t burst, Instant& asked) {
  if (ask == Ask::at_every_event)
    for (Instant next = direction.next_event(); next < until; next = direction.next_event())
      collect(direction, next, log, burst);
  if (ask == Ask::every_microsecond)
    for (; asked < until && (asked <= at_us(100'000) || direction.next_event() < until);
         asked += Duration::microseconds(1))
      collect(direction, asked, log, burst);
}

// Plays `steps`, which are in order of time, and then lets everything out.
inline Log play(Direction& direction, const std::vector<Step>& steps, Ask ask = Ask::at_every_event,
                std::size_t burst = 32) {
  Log log;
  Instant asked;
  for (const Step& step : steps) {
    collect_until(direction, step.at, log, ask, burst, asked);
    if (step.pause)
      direction.pause(step.pause->port, step.pause->priority, step.pause->quanta, step.at);
    else
      direction.enqueue(step.frame, step.at);
    REQUIRE(direction.is_conserved());
  }
  const Instant end = at_us(1'000'000);
  if (ask == Ask::at_every_event) collect_until(direction, end, log, ask, burst, asked);
  collect(direction, end, log, burst);
  CHECK(direction.frames_held() == 0);
  CHECK(direction.next_event() == Instant::never());
  return log;
}

inline Log play(const DirectionConfig& config, const std::vector<Step>& steps, Ask ask = Ask::at_every_event,
                std::size_t burst = 32) {
  Direction direction{config};
  return play(direction, steps, ask, burst);
}

// `count` frames of `line_bytes`, tokens 0 up, one every `gap` from `first` on.
inline std::vector<Step> evenly(std::uint64_t count, std::uint32_t line_bytes, Duration gap, Instant first = {}) {
  std::vector<Step> steps;
  for (std::uint64_t i = 0; i < count; ++i)
    steps.push_back({first + gap * static_cast<std::int64_t>(i), frame(i, line_bytes), {}});
  return steps;
}

}  // namespace farlink::link::test
