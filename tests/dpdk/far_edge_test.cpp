// SPDX-License-Identifier: Apache-2.0
// Far edges that hold their near edges or the senders back, live: golden departures of both directions, the same from
// mbufs through net_ring ports as from two coupled directions in virtual time, whatever a receiver's pause makes of
// them.
#include <algorithm>
#include <map>

#include "dataplane/link/direction.hpp"
#include "dataplane/link/rate_matcher.hpp"
#include "dataplane/wire/pause.hpp"
#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

using link::PauseTarget;

constexpr std::uint8_t roce_priority = 3;
enum class Mode { serializer, senders, rate_matched };

// A frame that enters direction 0 or 1 with so much payload, or quanta that the receiver at its exit port sends.
struct Input {
  std::int64_t ns = 0;
  std::uint32_t direction = 0;
  std::uint16_t payload = 0;
  std::optional<std::uint16_t> quanta;
};

struct Departure {
  std::uint32_t psn;
  std::int64_t ps;
  bool operator==(const Departure&) const = default;
};

struct Outcome {
  std::array<std::vector<Departure>, 2> left;
  std::array<link::NearCounters, 2> near;
  std::array<link::FarCounters, 2> far;
};

FrameBytes pfc(std::uint16_t quanta) {
  wire::PfcFrame frame;
  frame.source = {2, 0, 0, 0, 0, 9};
  frame.priorities = 1U << roce_priority;
  frame.quanta.fill(quanta);
  FrameBytes bytes(wire::pause_frame_bytes);
  REQUIRE(wire::build(frame, bytes) == bytes.size());
  return bytes;
}

// 100 Gb/s over 10 us into an exit of 40 Gb/s, both ways; losses (of pauses too), copies, jitter.
std::array<link::DirectionConfig, 2> narrow_exit(Mode mode) {
  link::DirectionConfig config = plain_direction(0);
  config.near_edge.rate = BitRate::gigabits(100);
  config.near_edge.buffer = Bytes{400'000};
  config.near_edge.pause_target = mode == Mode::senders ? PauseTarget::senders : PauseTarget::serializer;
  config.fibre.delay = us(10);
  config.fibre.jitter = Duration::nanoseconds(300);
  config.impairments.loss = units::Probability::of(0.01);
  config.impairments.duplicate = units::Probability::of(0.005);
  config.far_edge.port_rate = BitRate::gigabits(40);
  if (mode == Mode::rate_matched) {
    const link::RateMatchingConfig matching{config.near_edge.rate, us(23), us(2)};
    config.far_edge.buffer = link::RateMatcher::least_buffer(matching);
    config.far_edge.control = matching;
  } else {
    link::FarThresholdConfig thresholds;
    thresholds.xoff = Bytes{60'000};
    thresholds.xon = Bytes{30'000};
    thresholds.headroom = Bytes{280'000};
    thresholds.refresh = us(7);
    config.far_edge.buffer = thresholds.xoff + thresholds.headroom;
    config.far_edge.control = thresholds;
  }
  std::array<link::DirectionConfig, 2> both{config, config};
  both[1].direction = 1;
  return both;
}

// Bursts of full frames both ways, and a receiver that stops twice, once for longer than anything can be queued.
std::vector<Input> traffic() {
  std::vector<Input> inputs;
  for (std::int64_t i = 0; i < 300; ++i) {
    inputs.push_back({i / 50 * 60'000 + i % 50 * 337, 0, static_cast<std::uint16_t>(i % 7 == 0 ? 256 : 4'096), {}});
    if (i % 3 == 0) inputs.push_back({i * 1'201 + 11, 1, 2'048, {}});
  }
  inputs.push_back({70'003, 0, 0, 3'000});    // 38.4 us at 40 Gb/s
  inputs.push_back({150'007, 0, 0, 50'000});  // 640 us
  inputs.push_back({190'009, 0, 0, 0});       // and not that long after all
  std::sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) { return a.ns < b.ns; });
  return inputs;
}

// One event after the other: what the far edges tell, then what leaves, then the serializers, then what comes in.
class Coupled {
 public:
  explicit Coupled(const std::array<link::DirectionConfig, 2>& configs)
      : directions_{{link::Direction{configs[0]}, link::Direction{configs[1]}}} {}

  Outcome run(const std::vector<Input>& inputs, std::int64_t end_ns) {
    std::array<std::uint32_t, 2> psn{};
    std::size_t next = 0;
    for (;;) {
      Instant t = next < inputs.size() ? at_ns(inputs[next].ns) : at_ns(end_ns);
      for (link::Direction& d : directions_) t = std::min(t, d.next_event());
      for (std::uint32_t i = 0; i < 2; ++i) far_edge(i, t);
      for (link::Direction& d : directions_) d.near().settle(t);
      if (t == at_ns(end_ns)) break;
      for (; next < inputs.size() && at_ns(inputs[next].ns) == t; ++next) enter(inputs[next], t, psn);
      link::Output ignored;
      for (link::Direction& d : directions_)
        while (d.near().take_output(ignored)) continue;
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
      outcome_.near.at(i) = directions_.at(i).near().counters();
      outcome_.far.at(i) = directions_.at(i).far().counters();
      CHECK(directions_.at(i).is_conserved());
    }
    return outcome_;
  }

 private:
  void enter(const Input& input, Instant t, std::array<std::uint32_t, 2>& psn) {
    link::Direction& d = directions_.at(input.direction);
    if (input.quanta) return d.pause(0, roce_priority, *input.quanta, t);
    const FrameBytes bytes = roce_frame(psn.at(input.direction)++, input.payload);
    link::Descriptor descriptor;
    link::classify(bytes, static_cast<std::uint32_t>(bytes.size()), descriptor);
    d.enqueue(descriptor, t);
  }

  void far_edge(std::uint32_t i, Instant t) {
    link::FarEdge& far = directions_.at(i).far();
    link::Direction& other = directions_.at(1 - i);
    for (;;) {
      if (far.next_signal() <= t) {
        other.near().send_signal(far.take_signal(t), t);
        continue;
      }
      std::array<link::Output, 1> out;
      if (far.advance(t, out) == 0) return;
      if (out[0].kind == link::Output::Kind::pause) {
        if (other.near().pause_target() == PauseTarget::serializer) other.near().obey(link::to_signal(out[0].frame), t);
      } else if (out[0].kind == link::Output::Kind::exit) {
        for (unsigned copy = 0; copy <= out[0].frame.copies; ++copy)
          outcome_.left.at(i).push_back({out[0].frame.psn, out[0].stamp.since_start().picoseconds()});
      }
    }
  }

  std::array<link::Direction, 2> directions_;
  Outcome outcome_;
};

std::vector<Departure> captured(link::CaptureRing& ring) {
  std::vector<Departure> departures;
  while (const link::CapturedFrame* frame = ring.front()) {
    link::Descriptor d;
    link::classify(frame->bytes, frame->original_bytes, d);
    departures.push_back({d.psn, frame->stamp.since_start().picoseconds()});
    ring.pop();
  }
  CHECK(ring.missed() == 0);
  return departures;
}

LabOptions controlled(const std::array<link::DirectionConfig, 2>& configs, std::vector<unsigned> lcores = {1}) {
  LabOptions options;
  options.lcores = std::move(lcores);
  options.change = [configs](ForwarderConfig& config) {
    config.links[0].directions = configs;
    config.links[0].has_pfc = true;
  };
  return options;
}

struct Pfc {
  std::int64_t ns;
  std::uint16_t quanta;
};

// The lab stepped every poll_ns and whenever something comes in. Pause frames to the access ports go to `told`.
Outcome live_run(Lab& lab, const std::vector<Input>& inputs, std::int64_t poll_ns, std::int64_t end_ns,
                 std::array<std::vector<Pfc>, 2>& told) {
  std::array<std::shared_ptr<link::CaptureRing>, 2> rings;
  for (std::uint32_t i = 0; i < 2; ++i) {
    rings.at(i) = std::make_shared<link::CaptureRing>(4'096, 128);
    lab.forwarder().start_capture(0, i, rings.at(i), link::CapturePoint::exit);
  }
  std::array<std::uint32_t, 2> psn{};
  std::size_t next = 0;
  for (std::int64_t now = 0; now <= end_ns;) {
    for (; next < inputs.size() && inputs[next].ns <= now; ++next) {
      const Input& input = inputs[next];
      if (input.quanta)
        lab.send(1 - input.direction, 0, pfc(*input.quanta));
      else
        lab.send(input.direction, 0, roce_frame(psn.at(input.direction)++, input.payload));
    }
    lab.step_at(Duration::nanoseconds(now));
    for (std::uint32_t site = 0; site < 2; ++site) {
      for (const FrameBytes& bytes : lab.take(site, 0)) {
        const auto frame = wire::parse_mac_control(bytes);
        if (const auto* pause = std::get_if<wire::PfcFrame>(&frame)) {
          CHECK(pause->priorities == 1U << roce_priority);
          told.at(site).push_back({now, pause->quanta[roce_priority]});
        }
      }
    }
    if (now == end_ns) break;
    std::int64_t then = std::min(now + poll_ns, end_ns);
    if (next < inputs.size()) then = std::min(then, inputs[next].ns);
    now = then;
  }
  Outcome outcome;
  for (std::uint32_t i = 0; i < 2; ++i) {
    outcome.left.at(i) = captured(*rings.at(i));
    outcome.near.at(i) = lab.direction(0, i).near;
    outcome.far.at(i) = lab.direction(0, i).far;
  }
  lab.forwarder().stop_capture(0);
  return outcome;
}

constexpr std::int64_t end_ns = 1'500'000;

}  // namespace

TEST_CASE("a far edge that holds back does it live at the picosecond of virtual time, however often ports are polled") {
  for (const Mode mode : {Mode::serializer, Mode::senders, Mode::rate_matched}) {
    const auto configs = narrow_exit(mode);
    const Outcome expected = Coupled{configs}.run(traffic(), end_ns);
    REQUIRE(expected.left[0].size() > 100);
    REQUIRE(expected.far[0].signals_sent > 3);
    REQUIRE(expected.near[1].frames_generated == expected.far[0].signals_sent);
    for (const std::int64_t poll_ns : {100, 37, 1'000, 50'000}) {
      INFO("mode " << static_cast<int>(mode) << ", polled every " << poll_ns << " ns");
      Lab lab{controlled(configs)};
      std::array<std::vector<Pfc>, 2> told;
      const Outcome live = live_run(lab, traffic(), poll_ns, end_ns, told);
      for (std::uint32_t i = 0; i < 2; ++i) {
        INFO("direction " << i);
        CHECK(live.left.at(i) == expected.left.at(i));
        CHECK(live.far.at(i).xoff_sent == expected.far.at(i).xoff_sent);
        CHECK(live.far.at(i).signals_sent == expected.far.at(i).signals_sent);
        CHECK(live.far.at(i).frames_absorbed == expected.far.at(i).frames_absorbed);
        CHECK(live.far.at(i).queue_peak_bytes == expected.far.at(i).queue_peak_bytes);
        CHECK(live.far.at(i).dropped.total() == expected.far.at(i).dropped.total());
        CHECK(live.near.at(i).dropped.total() == expected.near.at(i).dropped.total());
        CHECK(live.near.at(i).time_went_back == 0);
        if (mode != Mode::senders) CHECK(live.near.at(i).pauses_expired == expected.near.at(i).pauses_expired);
      }
      CHECK(lab.forwarder().snapshot().why_invalid.empty());
      if (mode != Mode::senders) {
        CHECK(told[0].empty());  // no near edge of these has thresholds of its own
        continue;
      }
      // Held and let go, and every hold renewed before its quanta end: 83.9 us at 400 Gb/s.
      REQUIRE(told[0].size() >= 2);
      CHECK(told[0].front().quanta == wire::max_pause_quanta);
      CHECK(told[0].back().quanta == 0);
    }
  }
}

TEST_CASE("XOFF of a receiver comes back to the access port a round trip later, and holds until XON has come back") {
  auto configs = narrow_exit(Mode::senders);
  for (link::DirectionConfig& config : configs) {
    config.fibre.jitter = Duration::zero();
    config.impairments = {};
  }
  Lab lab{controlled(configs)};
  std::vector<Input> inputs;
  inputs.push_back({1'000, 0, 0, 0xffff});  // 838.8 us
  for (std::int64_t i = 0; i < 20; ++i) inputs.push_back({2'000 + i * 1'000, 0, 4'096, {}});
  inputs.push_back({60'000, 0, 0, 0});
  std::array<std::vector<Pfc>, 2> told;
  const Outcome outcome = live_run(lab, inputs, 10, 200'000, told);
  // The 15th frame, which came at 16 us, takes the queue beyond 60,000 B: it has left the line 334.24 ns later and
  // arrives after 10 us; the pause is 88 B, 7.04 ns on the line, and 10 us on its way.
  REQUIRE(told[0].size() >= 2);
  CHECK(told[0].front().quanta == wire::max_pause_quanta);
  CHECK(told[0].front().ns == 16'000 + 340 + 10'000 + 10'010);
  CHECK(told[0].back().quanta == 0);
  // At 60 us the first of 20 starts; 30,000 B or less are left when the 13th has left, 835.6 ns each: 10,862.8 ns.
  CHECK(told[0].back().ns == 60'000 + 10'863 + 10'007);
  CHECK(outcome.left[0].size() == 20);
  CHECK(outcome.far[0].dropped.total() == 0);
  CHECK(outcome.far[0].xoff_sent == 1);
  CHECK(lab.counters(0, 0).pause_sent == told[0].size());
  CHECK(told[1].empty());
}

TEST_CASE("with an lcore for each site pauses pass between them, and nothing is lost where the headroom suffices") {
  for (const Mode mode : {Mode::serializer, Mode::rate_matched}) {
    auto configs = narrow_exit(mode);
    for (link::DirectionConfig& config : configs) {
      config.impairments = {};
      config.near_edge.buffer = Bytes::mebi(4);
      if (mode == Mode::rate_matched) config.far_edge.buffer = config.far_edge.buffer + Bytes{50'000};
    }
    Lab lab{controlled(configs, {1, 2})};
    std::array<std::vector<Pfc>, 2> told;
    const Outcome outcome = live_run(lab, traffic(), 200, end_ns, told);
    CHECK(outcome.left[0].size() == 300);
    CHECK(outcome.left[1].size() == 100);
    for (std::uint32_t i = 0; i < 2; ++i) {
      CHECK(outcome.far.at(i).dropped.total() == 0);
      CHECK(outcome.near.at(i).dropped.total() == 0);
      CHECK(outcome.near.at(i).frames_generated == outcome.far.at(1 - i).signals_sent);
      CHECK(outcome.far.at(i).frames_absorbed == outcome.near.at(i).frames_generated);
    }
    CHECK(outcome.far[0].signals_sent > 3);
  }
}

TEST_CASE("a link becomes lossless and stops being it while it runs, and nobody stays held") {
  LabOptions options;
  options.change = [](ForwarderConfig& config) {
    for (link::DirectionConfig& d : config.links[0].directions) d.near_edge.rate = BitRate::gigabits(1);
  };
  Lab lab{options};
  auto configs = narrow_exit(Mode::senders);
  for (link::DirectionConfig& config : configs) {
    config.impairments = {};
    config.near_edge.has_backpressure = true;
    config.near_edge.xoff = config.near_edge.xon = Bytes{200'000};
  }
  lab.step_at(us(1'000));
  lab.forwarder().publish({configs[0], configs[1]});
  lab.send(1, 0, pfc(0xffff));
  lab.step_at(us(1'001));
  for (std::uint32_t i = 0; i < 20; ++i) lab.send(0, 0, roce_frame(i, 4'096));
  for (std::int64_t t = 1'002; t < 1'040; ++t) lab.step_at(us(t));
  CHECK(lab.take(1, 0).empty());
  const std::vector<FrameBytes> held = lab.take(0, 0);
  REQUIRE(held.size() == 1);
  CHECK(lab.direction(0, 0).far.xoff_sent == 1);
  for (link::DirectionConfig& config : configs) {
    config.near_edge.has_backpressure = false;
    config.far_edge.control = std::monostate{};
  }
  lab.forwarder().publish({configs[0], configs[1]});
  lab.step_at(us(1'041));
  const std::vector<FrameBytes> released = lab.take(0, 0);
  REQUIRE(released.size() == 1);
  const auto frame = wire::parse_mac_control(released[0]);
  REQUIRE(std::holds_alternative<wire::PfcFrame>(frame));
  CHECK(std::get<wire::PfcFrame>(frame).quanta[roce_priority] == 0);
  // The receiver's own pause stays in force: 838.8 us at 40 Gb/s.
  for (std::int64_t t = 1'042; t < 1'839; ++t) lab.step_at(us(t));
  CHECK(lab.take(1, 0).empty());
  for (std::int64_t t = 1'840; t < 1'870; ++t) lab.step_at(us(t));
  CHECK(lab.take(1, 0).size() == 20);
  CHECK(lab.take(0, 0).empty());
}

}  // namespace farlink::dpdk::test
