// SPDX-License-Identifier: Apache-2.0
// Which wave a frame takes, by policy; waves without light; waves that are not equally long.
#include "dataplane/link/balancer.hpp"

#include <set>

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

NearEdgeConfig waves_of(std::uint32_t waves, Balancing balancing = Balancing::flow_hash) {
  NearEdgeConfig config;
  config.waves = waves;
  config.balancing = balancing;
  config.flowlet_gap = Duration::microseconds(10);
  return config;
}

Balancer balancer(const NearEdgeConfig& config) { return Balancer{config, Random{1, 0, 0, Stage::flowlet}}; }

// Four waves of 100 Gb/s: a frame of 1,250 B lasts 100 ns on one.
DirectionConfig four_waves() {
  DirectionConfig config = plain();
  config.near_edge.waves = 4;
  config.near_edge.rate = BitRate::gigabits(100);
  config.fibre.delay = Duration::microseconds(1);
  return config;
}

Descriptor of_flow(std::uint64_t token, std::uint32_t flow, std::uint32_t line_bytes = 1'250) {
  Descriptor d = frame(token, line_bytes);
  d.flow = flow;
  return d;
}

}  // namespace

TEST_CASE("ECMP: a flow stays on the wave of its hash") {
  Balancer ecmp = balancer(waves_of(5));
  for (std::uint32_t flow = 0; flow < 100; ++flow) CHECK(ecmp.choose(flow, flow, at_ns(flow)) == flow % 5);
}

TEST_CASE("flows of a wave that is avoided are spread over the others, and no other flow moves") {
  NearEdgeConfig config = waves_of(4);
  config.lost_waves = {{1, true}, {2, false}};  // the second stalls whoever is on it
  Balancer ecmp = balancer(config);
  std::array<int, 4> moved{};
  for (std::uint32_t flow = 0; flow < 4'000; ++flow) {
    const std::uint32_t wave = ecmp.choose(flow, 0, at_ns(0));
    if (flow % 4 != 1)
      CHECK(wave == flow % 4);
    else
      ++moved.at(wave);
  }
  CHECK(moved[1] == 0);
  for (const std::size_t wave : {0U, 2U, 3U}) CHECK(moved.at(wave) == Approx(1'000.0 / 3).margin(2));
  ecmp.reconfigure(waves_of(4));
  CHECK(ecmp.choose(5, 0, at_ns(0)) == 1);
}

TEST_CASE("with nowhere to go, flows stay") {
  NearEdgeConfig config = waves_of(2);
  config.lost_waves = {{0, true}, {1, true}};
  Balancer ecmp = balancer(config);
  for (std::uint32_t flow = 0; flow < 10; ++flow) CHECK(ecmp.choose(flow, 0, at_ns(0)) == flow % 2);
}

TEST_CASE("per packet: one wave after the other, those that are avoided left out") {
  NearEdgeConfig config = waves_of(3, Balancing::per_packet);
  Balancer spray = balancer(config);
  for (std::uint32_t i = 0; i < 9; ++i) CHECK(spray.choose(7, i, at_ns(i)) == i % 3);
  config.lost_waves = {{1, true}};
  spray.reconfigure(config);
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < 8; ++i) seen.insert(spray.choose(7, i, at_ns(i)));
  CHECK(seen == std::set<std::uint32_t>{0, 2});
}

TEST_CASE("flowlets: a flow stays while it pauses for less than the gap, and is drawn anew at the gap") {
  Balancer flowlet = balancer(waves_of(64, Balancing::flowlet));
  std::uint64_t ordinal = 0;
  Instant now = at_ns(0);
  const std::uint32_t first = flowlet.choose(3, ordinal++, now);
  for (int i = 0; i < 1'000; ++i) {
    now += Duration::picoseconds(9'999'999);
    CHECK(flowlet.choose(3, ordinal++, now) == first);
  }
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1'000; ++i) {
    now += Duration::microseconds(10);
    seen.insert(flowlet.choose(3, ordinal++, now));
  }
  CHECK(seen.size() == 64);  // all of them, but for one chance in 100,000
  // Another flow has its own pauses.
  const std::uint32_t other = flowlet.choose(4, ordinal++, now);
  CHECK(flowlet.choose(4, ordinal++, now + Duration::microseconds(9)) == other);
}

TEST_CASE("a flowlet leaves a wave that is to be avoided at once") {
  NearEdgeConfig config = waves_of(2, Balancing::flowlet);
  Balancer flowlet = balancer(config);
  const std::uint32_t before = flowlet.choose(3, 0, at_ns(0));
  config.lost_waves = {{before, true}};
  flowlet.reconfigure(config);
  CHECK(flowlet.choose(3, 1, at_ns(1)) == 1 - before);
}

TEST_CASE("skew: each wave is later than the one before by the same step") {
  DirectionConfig config = four_waves();
  config.near_edge.balancing = Balancing::per_packet;
  config.near_edge.skew = Duration::nanoseconds(900);
  Direction direction{config};
  Log log;
  for (std::uint64_t i = 0; i < 4; ++i) direction.enqueue(of_flow(i, 7), at_ns(0));
  collect(direction, at_us(10), log);
  CHECK(log.exit_tokens() == std::vector<std::uint64_t>{0, 1, 2, 3});
  std::vector<std::int64_t> ns;
  for (const std::int64_t ps : log.exit_times()) ns.push_back(ps / 1'000);
  CHECK(ns == std::vector<std::int64_t>{1'100, 1'400, 1'700, 2'000});
}

TEST_CASE("a wave without light loses what starts on it, also what was queued; the others lose nothing") {
  for (const bool is_avoided : {false, true}) {
    DirectionConfig dark = four_waves();
    dark.near_edge.lost_waves = {{1, is_avoided}};
    Direction direction{four_waves()};
    Log log;
    for (std::uint64_t i = 0; i < 12; ++i) direction.enqueue(of_flow(i, static_cast<std::uint32_t>(i)), at_ns(0));
    direction.reconfigure(dark, at_ns(50));  // 1 is being serialized, 5 and 9 wait on its wave
    for (std::uint64_t i = 12; i < 20; ++i) direction.enqueue(of_flow(i, static_cast<std::uint32_t>(i)), at_ns(60));
    direction.reconfigure(four_waves(), at_us(2));
    for (std::uint64_t i = 20; i < 24; ++i) direction.enqueue(of_flow(i, static_cast<std::uint32_t>(i)), at_us(2));
    collect(direction, at_us(100), log);
    std::set<std::uint64_t> lost;
    for (const Output& o : log.drops) lost.insert(o.frame.token);
    CHECK(lost == (is_avoided ? std::set<std::uint64_t>{5, 9} : std::set<std::uint64_t>{5, 9, 13, 17}));
    CHECK(log.dropped(Cause::cut) == lost.size());
    CHECK(direction.frames_held() == 0);
  }
}

TEST_CASE("with every policy, frames add up, and how often it is asked changes nothing") {
  for (const Balancing balancing : {Balancing::flow_hash, Balancing::flowlet, Balancing::per_packet}) {
    DirectionConfig config = four_waves();
    config.near_edge.balancing = balancing;
    config.near_edge.flowlet_gap = Duration::nanoseconds(40);
    config.near_edge.skew = Duration::nanoseconds(333);
    config.near_edge.lost_waves = {{3, true}};
    config.impairments.loss = Probability::of(0.01);
    std::vector<std::map<std::uint64_t, std::vector<std::int64_t>>> seen;
    for (const Ask ask : {Ask::at_every_event, Ask::every_microsecond, Ask::only_at_the_end}) {
      Direction direction{config};
      Log log;
      Instant asked;
      for (std::uint64_t i = 0; i < 2'000; ++i) {
        const Instant now = at_ps(static_cast<std::int64_t>(i * 27'000 + mix(i) % 20'000));
        collect_until(direction, now, log, ask, 32, asked);
        direction.enqueue(
            of_flow(i, static_cast<std::uint32_t>(mix(i) % 9), 100 + static_cast<std::uint32_t>(mix(i) % 1'000)), now);
      }
      collect(direction, at_us(10'000), log);
      CHECK(direction.frames_held() == 0);
      CHECK(log.exits.size() + log.drops.size() == 2'000);
      seen.push_back(log.by_token());
    }
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0] == seen[2]);
  }
}

}  // namespace farlink::link::test
