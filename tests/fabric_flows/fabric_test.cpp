// SPDX-License-Identifier: Apache-2.0
// Single messages against times worked out by hand. A message of 1,000 packets of 4 KiB in one request has 1,000 x
// 4,178 + 20 bytes on the line: 334.2416 us at 100 Gb/s; a packet takes 0.33424 us.
#include <catch2/catch.hpp>
#include <memory>

#include "control/fabric_flows/rate_fabric.hpp"
#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;
using units::Instant;

constexpr double message_us = 334.2416, packet_us = 0.33424;

struct Post {
  std::uint32_t source = 0, destination = 0;
  std::uint64_t packets = 1'000;
};

// Sends everything at the start.
class Script final : public fabric::SiteDriver {
 public:
  Script(std::uint32_t first, std::uint32_t last, const std::vector<Post>& posts) {
    for (const Post& post : posts) {
      if (post.source >= first && post.source < last) posts_.push_back(post);
      if (post.destination >= first && post.destination < last) ++to_come_;
    }
  }
  void start(fabric::SiteFabric& fabric, Instant now) override {
    for (std::uint64_t id = 0; id < posts_.size(); ++id)
      fabric.send({posts_[id].source, posts_[id].destination, units::Bytes{posts_[id].packets * 4096}, id}, now);
  }
  void on_wake(std::uint64_t, Instant) override {}
  void on_delivered(const fabric::Message& message, Instant, Instant now) override {
    delivered.push_back({message, now.seconds() * 1e6});
  }
  void on_acknowledged(const fabric::Message&, Instant now) override { acknowledged.push_back(now.seconds() * 1e6); }
  bool is_finished() const override { return delivered.size() == to_come_ && acknowledged.size() == posts_.size(); }
  std::string waiting_for() const override { return "messages"; }

  std::vector<std::pair<fabric::Message, double>> delivered;  // us
  std::vector<double> acknowledged;

 private:
  std::vector<Post> posts_;
  std::size_t to_come_ = 0;
};

struct Ran {
  std::vector<std::pair<fabric::Message, double>> delivered;
  std::vector<double> acknowledged;
  fabric::Statistics statistics;
};

// Ranks 0-3 west, 4-7 east, 100 Gb/s each; 1 ms one way, one queue pair a pair.
Ran run(const std::vector<Post>& posts, std::vector<std::string> sets = {}) {
  const std::string text =
      "farlink: 1\nname: hand\nsites: {west: {gpus: 4, nic: 100gbit}, east: {gpus: 4, nic: 100gbit}}\n"
      "links: {west-east: {between: [west, east], delay: 1ms, equipment-delay: 0, rate: 100gbit}}\n"
      "transport: {qps-per-pair: 1}\n"
      "workload:\n  model: {layers: 4, hidden: 1024, heads: 8, vocabulary: 32000, sequence: 1024, global-batch: 4, "
      "micro-batch: 1}\n  parallelism: {tensor: 4, pipeline: 2, data: 1, across-sites: pipeline}\n"
      "  gpu: {flops: 312tflops, utilisation: 45%}\n";
  const scenario::Scenario scenario = scenario::parse(text, "hand.yaml", sets);
  trace::Graph graph;
  graph.site_of_rank = {0, 0, 0, 0, 1, 1, 1, 1};
  const auto fabric = fabric_flows::make_rate_fabric(scenario, &graph);
  Script west{0, 4, posts}, east{4, 8, posts};
  fabric::SiteDriver* drivers[] = {&west, &east};
  fabric->run(drivers, {});
  return {east.delivered, west.acknowledged, fabric->statistics()};
}

}  // namespace

TEST_CASE("one flow: RNIC, wave, fibre, port; and its acknowledgement") {
  const Ran ran = run({{0, 4}});
  REQUIRE(ran.delivered.size() == 1);
  const double expected = message_us + packet_us + 1'000 + packet_us;
  CHECK(ran.delivered[0].second == Approx(expected).margin(1e-4));
  CHECK(ran.acknowledged.at(0) == Approx(expected + 1'000 + 3 * 0.00688).margin(1e-4));
  CHECK(ran.statistics.data_frames == 1'000);
  CHECK(ran.statistics.fabric == "flows");
  CHECK(ran.statistics.is_valid);
  CHECK(ran.statistics.messages.messages == 1);
}

TEST_CASE("two flows on one wave: the last of both waits for everything, the other's last packet is one ahead") {
  const Ran ran = run({{0, 4}, {1, 5}});
  REQUIRE(ran.delivered.size() == 2);
  const double last = 2 * message_us + 1'000 + packet_us;
  CHECK(ran.delivered[0].second == Approx(last - packet_us).margin(1e-3));
  CHECK(ran.delivered[1].second == Approx(last).margin(1e-3));
  CHECK(ran.statistics.links[0].queue_peak_bytes == Approx(4'178'020).epsilon(1e-4));
}

TEST_CASE("convergence 4: four RNICs into a wave of one of them") {
  const Ran ran = run({{0, 4}, {1, 5}, {2, 6}, {3, 7}});
  REQUIRE(ran.delivered.size() == 4);
  CHECK(ran.delivered[3].second == Approx(4 * message_us + 1'000 + packet_us).margin(1e-3));
}

TEST_CASE("a RNIC shares its rate among the receivers it sends to") {
  const Ran ran = run({{0, 4}, {0, 5, 500}}, {"links.west-east.rate=400gbit"});
  REQUIRE(ran.delivered.size() == 2);
  // Half of the rate until the shorter has ended, after twice its 500 packets; then all of it.
  const double wave = packet_us / 4, half_us = message_us / 2;
  CHECK(ran.delivered[0].first.destination == 5);
  CHECK(ran.delivered[0].second == Approx(2 * half_us + wave + 1'000 + packet_us).margin(2e-3));
  CHECK(ran.delivered[1].second == Approx(message_us + half_us + wave + 1'000 + packet_us).margin(2e-3));
}

TEST_CASE("two senders to one receiver: its port takes both, one after the other") {
  const Ran ran = run({{0, 4}, {1, 4}}, {"links.west-east.rate=400gbit"});
  REQUIRE(ran.delivered.size() == 2);
  CHECK(ran.delivered[1].second == Approx(2 * message_us + 1'000 + packet_us / 4).margin(1));
}

TEST_CASE("messages of a pair come in order, one behind the other") {
  const Ran ran = run({{0, 4}, {0, 4, 1}, {0, 4}});
  REQUIRE(ran.delivered.size() == 3);
  for (std::uint64_t id = 0; id < 3; ++id) CHECK(ran.delivered[id].first.id == id);
  CHECK(ran.delivered[2].second == Approx(2 * message_us + 2 * packet_us + 1'000 + packet_us).margin(2e-3));
}

// 100 packets are under way at most, so that 1,000 of them need ten round trips, nine of which are waited for.
TEST_CASE("a window that is used up: window over round trip") {
  const Ran ran = run({{0, 4}}, {"transport.window=400KiB"});
  REQUIRE(ran.delivered.size() == 1);
  // The first eighth of a window is known after a round trip, and the next window follows on it.
  const double eighth = 12.5 * packet_us;
  CHECK(ran.delivered[0].second ==
        Approx(9 * (2'000 + eighth + 2 * packet_us) + 100 * packet_us + 2 * packet_us + 1'000).margin(5));
}

TEST_CASE("a rate limit holds for each queue pair") {
  const Ran ran = run({{0, 4}}, {"transport.congestion-control={scheme: rate-limit, rate: 10gbit}"});
  CHECK(ran.delivered.at(0).second == Approx(10 * message_us + 2 * packet_us + 1'000).margin(1e-2));
}

TEST_CASE("queue pairs of one pair may share a wave, and then they have half of what they could") {
  const std::vector<std::string> two_waves{"links.west-east.rate=", "links.west-east.waves={count: 2, rate: 50gbit}"};
  const std::vector<std::string> sets{two_waves[1], "links.west-east.balancer=planned"};
  const Ran planned = run({{0, 4}, {1, 5}}, sets);
  REQUIRE(planned.delivered.size() == 2);  // each has a wave of half its rate
  CHECK(planned.delivered[1].second == Approx(2 * message_us + 1'000 + packet_us).margin(1));
}

TEST_CASE("losses: every message comes, every packet is counted once, and the same seed gives the same times") {
  std::vector<Post> posts;
  for (int i = 0; i < 50; ++i) posts.push_back({0, 4, 200});
  const std::vector<std::string> lossy{"links.west-east.loss=0.1%", "transport.ack-timeout=10"};
  const Ran one = run(posts, lossy), again = run(posts, lossy), clean = run(posts);
  REQUIRE(one.delivered.size() == 50);
  CHECK(one.statistics.data_frames == 10'000);
  CHECK(one.statistics.links[0].dropped.random >= 3);  // 10 on average
  CHECK(one.statistics.links[0].dropped.random <= 22);
  CHECK(one.statistics.links[0].is_conserved());
  CHECK(one.statistics.retransmitted > one.statistics.links[0].dropped.random);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(one.delivered[i].first.id == i);
    CHECK(one.delivered[i].second == again.delivered[i].second);
    CHECK(one.delivered[i].second >= clean.delivered[i].second - 1e-3);
  }
  // Each loss costs the round trip or, where nothing follows, the timer of 4.2 ms.
  CHECK(one.delivered[49].second > clean.delivered[49].second + 2'000);
}

TEST_CASE("without back-pressure, a queue that outgrows its buffer is no result") {
  const std::vector<std::string> sets{"links.west-east.lossless={pfc: off, buffer: 1MiB}"};
  const Ran ran = run({{0, 4}, {1, 5}}, sets);
  CHECK_FALSE(ran.statistics.is_valid);
  CHECK_THAT(ran.statistics.why_invalid, Catch::Contains("use --fabric packets"));
  CHECK(run({{0, 4}}, sets).statistics.is_valid);
}

TEST_CASE("lab flows are refused") {
  const scenario::Scenario scenario = scenario::parse(
      "farlink: 1\nname: bench\nsites: {west: {gpus: 1, nic: 100gbit}, east: {gpus: 1, nic: 100gbit}}\n"
      "links: {west-east: {between: [west, east], distance: 1km, rate: 100gbit}}\nworkload: {flows: {messages: 1}}\n",
      "bench.yaml", {});
  CHECK_THROWS_WITH(fabric_flows::make_rate_fabric(scenario, nullptr), Catch::Contains("workload.flows"));
}
