// SPDX-License-Identifier: Apache-2.0
// What holds for every run: never early, spacing, order, conservation, the same stamps however it is asked, and however
// the outputs are read. Random traffic from fixed seeds over links that differ in every stage.
#include <algorithm>

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

struct Case {
  const char* what;
  DirectionConfig config;
  bool has_pauses = false;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"one wave", plain()});

  DirectionConfig waves = plain();
  waves.near_edge.waves = 4;
  waves.near_edge.rate = BitRate::gigabits(100);
  waves.near_edge.buffer = Bytes{60'000};
  waves.near_edge.ecn = EcnMarking{Bytes{3'000}, Bytes{12'000}, Probability::of(0.3)};
  waves.fibre.delay = Duration::microseconds(3);
  waves.far_edge = {3, BitRate::gigabits(150), Bytes{30'000}};
  all.push_back({"four waves into small buffers", waves});

  DirectionConfig rough = plain();
  rough.fibre = {Duration::microseconds(7), Duration::microseconds(2)};
  rough.near_edge.waves = 2;
  rough.near_edge.rate = BitRate::bits_per_second(133'333'333'333);
  rough.near_edge.scheduler = Scheduler::strict;
  rough.impairments.loss = Probability::of(0.02);
  rough.impairments.burst = GilbertElliott{Probability::of(0.01), Probability::of(0.2), {}, Probability::always()};
  rough.impairments.bit_error = Probability::of(1e-7);
  rough.impairments.corrupt = Probability::of(0.02);
  rough.impairments.duplicate = Probability::of(0.05);
  rough.impairments.ce_mark = Probability::of(0.01);
  rough.far_edge = {2, BitRate::bits_per_second(266'666'666'667), Bytes{100'000}};
  all.push_back({"every impairment", rough});

  DirectionConfig held = waves;
  held.near_edge.buffer = Bytes::mebi(64);
  held.near_edge.has_backpressure = true;
  held.near_edge.xoff = Bytes{20'000};
  held.near_edge.xon = Bytes{10'000};
  held.far_edge.buffer = Bytes::mebi(64);
  all.push_back({"thresholds, and receivers that pause", held, true});
  return all;
}

std::vector<Step> traffic(const Case& c, std::uint64_t seed) {
  std::vector<Step> steps;
  Instant now;
  std::uint64_t random = seed;
  for (std::uint64_t token = 0; token < 3'000; ++token) {
    random = mix(random + 0x9e3779b97f4a7c15ULL);
    if (random % 4 == 0) now += Duration::picoseconds(static_cast<std::int64_t>((random >> 8) % 200'000));
    if (random % 997 == 0) now += Duration::microseconds(5);
    Descriptor d = frame(token, 84 + static_cast<std::uint32_t>((random >> 16) % 3 == 0 ? (random >> 20) % 4'095 : 2));
    d.flow = static_cast<std::uint32_t>((random >> 32) % 7);
    d.priority = static_cast<std::uint8_t>((random >> 40) % 8);
    d.egress_port = static_cast<std::uint16_t>((random >> 44) % c.config.far_edge.ports);
    d.ecn = (random >> 50) % 8 == 0 ? Ecn::not_ect : Ecn::ect0;
    steps.push_back({now, d, {}});
    if (c.has_pauses && (random >> 52) % 20 == 0)
      steps.push_back({now, {}, Pause{d.egress_port, d.priority, static_cast<std::uint16_t>((random >> 56) % 3 * 40)}});
  }
  return steps;
}

constexpr std::uint64_t seeds[] = {1, 2, 3};

template <class Check>
void for_each_case(Check check) {
  for (const Case& c : cases()) {
    for (const std::uint64_t seed : seeds) {
      INFO(c.what << ", seed " << seed);
      check(c, traffic(c, seed));
    }
  }
}

std::map<std::uint64_t, Instant> arrivals(const std::vector<Step>& steps) {
  std::map<std::uint64_t, Instant> all;
  for (const Step& step : steps)
    if (!step.pause) all[step.frame.token] = step.at;
  return all;
}

}  // namespace

TEST_CASE("P1 never early, and P2 exits of a port at least a serialization apart") {
  for_each_case([](const Case& c, const std::vector<Step>& steps) {
    const auto sent = arrivals(steps);
    std::map<std::uint16_t, Instant> last;
    for (const Output& o : play(c.config, steps).exits) {
      const Bytes line{o.frame.line_bytes}, port{o.frame.line_bytes * (1ULL + o.frame.copies)};
      const Duration at_port = units::serialization_time(port, c.config.far_edge.port_rate);
      const Instant earliest = sent.at(o.frame.token) + units::serialization_time(line, c.config.near_edge.rate) +
                               c.config.fibre.delay + at_port;
      REQUIRE(o.stamp >= earliest);
      const auto before = last.find(o.frame.egress_port);
      if (before != last.end()) REQUIRE(o.stamp >= before->second + at_port);
      last[o.frame.egress_port] = o.stamp;
    }
  });
}

TEST_CASE("P2 frames of a wave reach the far edge at least a serialization apart") {
  for_each_case([](const Case& c, const std::vector<Step>& steps) {
    DirectionConfig config = c.config;
    config.fibre.jitter = Duration::zero();  // keeps the order, not the spacing
    config.impairments.duplicate = Probability::never();
    config.far_edge.port_rate = BitRate::terabits(80'000);  // next to nothing
    if (c.has_pauses) return;
    std::map<std::uint32_t, Instant> last;
    for (const Output& o : play(config, steps).exits) {
      const std::uint32_t wave = o.frame.flow % config.near_edge.waves;
      const Duration line = units::serialization_time(Bytes{o.frame.line_bytes}, config.near_edge.rate);
      if (last.count(wave) > 0) REQUIRE(o.stamp + Duration::picoseconds(8) >= last[wave] + line);
      last[wave] = o.stamp;
    }
  });
}

TEST_CASE("P3 first in, first out per flow, priority and port; P4 every token exactly once") {
  for_each_case([](const Case& c, const std::vector<Step>& steps) {
    const Log log = play(c.config, steps);  // checks conservation after every step
    std::map<std::vector<std::uint32_t>, std::uint64_t> last;
    std::vector<int> told(3'000);
    for (const Output& o : log.exits) {
      const std::vector<std::uint32_t> lane{o.frame.flow, o.frame.priority, o.frame.egress_port};
      if (last.count(lane) > 0) REQUIRE(o.frame.token > last[lane]);
      last[lane] = o.frame.token;
      ++told[o.frame.token];
    }
    for (const Output& o : log.drops) ++told[o.frame.token];
    CHECK(std::all_of(told.begin(), told.end(), [](int times) { return times == 1; }));
    CHECK(std::is_sorted(log.exits.begin(), log.exits.end(),
                         [](const auto& a, const auto& b) { return a.stamp < b.stamp; }));
  });
}

TEST_CASE("P5 and P6: stamps, losses and counters do not depend on when or in which portions the outputs are read") {
  for_each_case([](const Case& c, const std::vector<Step>& steps) {
    Direction direction{c.config};
    const auto at_every_event = play(direction, steps, Ask::at_every_event);
    REQUIRE(at_every_event.exits.size() > 1'000);
    for (const Ask ask : {Ask::at_every_event, Ask::every_microsecond, Ask::only_at_the_end}) {
      for (const std::size_t burst : {1U, 32U}) {
        Direction other{c.config};
        const Log log = play(other, steps, ask, burst);
        CHECK(log.exit_tokens() == at_every_event.exit_tokens());
        CHECK(log.by_token() == at_every_event.by_token());
        const NearCounters &a = direction.near().counters(), &b = other.near().counters();
        CHECK(a.xoff_sent == b.xoff_sent);
        CHECK(a.paused == b.paused);
        CHECK(a.ecn_marked == b.ecn_marked);
        CHECK(a.queue_peak_bytes == b.queue_peak_bytes);
        CHECK(direction.far().counters().queue_peak_bytes == other.far().counters().queue_peak_bytes);
        const auto &x = direction.near().activity().all(), &y = other.near().activity().all();
        CHECK(std::equal(x.begin(), x.end(), y.begin(), [](const auto& p, const auto& q) {
          return p.line_bytes == q.line_bytes && p.queue_peak_bytes == q.queue_peak_bytes;
        }));
      }
    }
  });
}

TEST_CASE("P7 the same seed gives the same run, with a pool that grows or one that is fixed") {
  for_each_case([](const Case& c, const std::vector<Step>& steps) {
    Direction fixed{c.config, 4'096};
    CHECK(play(fixed, steps).by_token() == play(c.config, steps).by_token());
    CHECK(fixed.frame_capacity() == 4'096);
  });
}

}  // namespace farlink::link::test
