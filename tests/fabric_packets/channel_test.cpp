// SPDX-License-Identifier: Apache-2.0
// Channels with a buffer: what is under way at a time, and the rate that follows from it over a distance.
#include "control/fabric_packets/channel.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;
using fabric_packets::Channel;

constexpr double line_share = 4096.0 / 4178;
constexpr double kibibyte = 1024, mebibyte = 1024 * kibibyte;

// Two RNICs as fast as the link; one message on each channel.
fabric::Statistics run(int kilometres, int gigabits, const std::string& message, const std::vector<std::string>& sets) {
  const std::string text =
      "farlink: 1\nname: channels\nsites: {west: {gpus: 1, nic: link}, east: {gpus: 1, nic: link}}\nlinks:\n"
      "  west-east: {between: [west, east], distance: " +
      std::to_string(kilometres) + "km, medium: hpe-measured, rate: " + std::to_string(gigabits) +
      "gbit}\nworkload: {flows: {messages: 1, message: " + message + "}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "channels.yaml", sets);
  const auto result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  INFO(result.why_invalid);
  CHECK(result.is_valid);
  return result.across_sites.fabric;
}

double goodput(int kilometres, int gigabits, const std::string& message, const std::vector<std::string>& sets) {
  return run(kilometres, gigabits, message, sets).flows.at(0).goodput_bps;
}

double round_trip(int kilometres) { return (123.2 + 10.0927 * kilometres) * 1e-6; }

// A place of the buffer is taken for its chunk's time on the line and a round trip; of the last round the last chunk is
// behind the others.
double expected(double message, double buffer, double chunk, int kilometres, double rate) {
  const double on_line = chunk * 8 / (rate * line_share);
  const double places = buffer / chunk, rounds = message / buffer;
  return message * 8 / (rounds * (round_trip(kilometres) + on_line) + (places - 1) * on_line);
}

}  // namespace

TEST_CASE("a channel cuts messages into chunks, and sends as many as its buffer holds") {
  const scenario::Channels settings{
      .count = 2, .buffer = units::Bytes{4'000}, .chunk = units::Bytes{1'500}, .queue_pairs = 2};
  Channel channel{settings, 0}, other{settings, 1};
  other.push(1, 1);
  CHECK(other.take().queue_pair == 1);
  CHECK_FALSE(channel.can_send());
  CHECK(channel.push(7, 4'000) == 3);
  CHECK(channel.push(8, 0) == 1);
  std::vector<std::uint64_t> taken;
  const auto take = [&] {
    const Channel::Chunk chunk = channel.take();
    taken.insert(taken.end(), {chunk.message, chunk.bytes, chunk.queue_pair});
  };
  take();
  take();
  CHECK_FALSE(channel.can_send());  // of three chunks two fit
  channel.release();
  take();
  CHECK_FALSE(channel.can_send());
  channel.release();
  take();
  CHECK(taken == std::vector<std::uint64_t>{7, 1'500, 0, 7, 1'500, 1, 7, 1'000, 0, 8, 0, 1});
  channel.release();
  CHECK_FALSE(channel.can_send());
}

TEST_CASE("a channel of 4 MiB carries 29.7 Gb/s over 100 km and 10.6 over 300, whatever the link could") {
  for (const auto& [kilometres, limit] : {std::pair{100, 29.7e9}, {300, 10.6e9}}) {
    for (const int rate : {100, 400}) {
      const double measured = goodput(kilometres, rate, "256MiB", {"transport.channels=1"});
      INFO(kilometres << " km, " << rate << " Gb/s");
      CHECK(measured ==
            Approx(expected(256 * mebibyte, 4 * mebibyte, 512 * kibibyte, kilometres, rate * 1e9)).epsilon(0.003));
      // A chunk's own time makes it less than buffer / RTT, which it would be on a line without end.
      if (rate == 400) CHECK(measured == Approx(limit).epsilon(0.02));
    }
  }
}

TEST_CASE("channels add up until they fill the link, and a larger buffer is as good as more of them") {
  // Their chunks share the line, so that each takes about four times as long.
  CHECK(goodput(300, 100, "64MiB", {"transport.channels=4"}) ==
        Approx(4 * expected(64 * mebibyte, 4 * mebibyte, 512 * kibibyte, 300, 25e9)).epsilon(0.015));
  CHECK(goodput(300, 100, "256MiB",
                {"transport.channels=1", "transport.channel-buffer=16MiB", "transport.chunk=512KiB"}) ==
        Approx(expected(256 * mebibyte, 16 * mebibyte, 512 * kibibyte, 300, 100e9)).epsilon(0.003));
  // Sixteen of them have more than the bandwidth-delay product of 39 MB.
  CHECK(goodput(300, 100, "64MiB", {"transport.channels=16"}) == Approx(100e9 * line_share).epsilon(0.05));
  // Point-to-point transfers of such libraries have chunks of 128 KiB, and a quarter of all that.
  CHECK(goodput(100, 400, "64MiB", {"transport.channels=1", "transport.channel-buffer=1MiB"}) ==
        Approx(expected(64 * mebibyte, mebibyte, 128 * kibibyte, 100, 400e9)).epsilon(0.003));
}

TEST_CASE("chunks take the queue pairs of their channel in turn, and a queue pair that fails is replaced") {
  const auto two = run(100, 100, "64MiB", {"transport.channels=2", "transport.qps-per-channel=2"});
  // Of what is under way on four queue pairs a chunk has the whole line at the most, and a quarter at the least.
  const auto with_rate = [](double rate) {
    return 2 * expected(64 * mebibyte, 4 * mebibyte, 512 * kibibyte, 100, rate);
  };
  CHECK(two.flows.at(0).goodput_bps < with_rate(100e9));
  CHECK(two.flows[0].goodput_bps > with_rate(25e9));
  const auto cut = run(100, 100, "64MiB",
                       {"transport.channels=2", "transport.qps-per-channel=2", "transport.on-error=reconnect",
                        "transport.reconnect-after=1ms", "transport.ack-timeout=10", "transport.retry=1",
                        "workload.flows.messages=3", "events=[{at: 5ms, link: west-east, cut: 20ms}]"});
  CHECK(cut.reconnects >= 4);
  CHECK(cut.flows.at(0).completion.messages == 6);
  CHECK(cut.flows[0].goodput_bps * cut.virtual_seconds / 8 == Approx(6 * 64 * mebibyte).epsilon(0.01));
  for (const fabric::LinkStatistics& link : cut.links) CHECK(link.is_conserved());
}

TEST_CASE("a job's messages go over channels: an activation takes a round trip for each eight chunks") {
  const auto measure = [](const std::vector<std::string>& sets) {
    const std::string text =
        "farlink: 1\nname: job\nsites: {west: {gpus: 1, nic: 400gbit}, east: {gpus: 1, nic: 400gbit}}\nlinks:\n"
        "  west-east: {between: [west, east], distance: 100km, medium: hpe-measured, rate: 400gbit}\n"
        "workload:\n  model: {layers: 2, hidden: 4096, heads: 32, vocabulary: 32000, sequence: 2048, global-batch: 2}\n"
        "  parallelism: {tensor: 1, pipeline: 2, data: 1, across-sites: pipeline}\nrun: {steps: 2, warmup: 1}\n";
    const report::Result result = test::measured(text, sets);
    INFO(result.why_invalid);
    REQUIRE(result.is_valid);
    for (const fabric::LinkStatistics& link : result.across_sites.fabric.links) CHECK(link.is_conserved());
    return result.across_sites.fabric.messages;
  };
  // 16 MiB: 32 chunks, the last of them the eighth of the fourth round.
  const double chunk = 512 * kibibyte * 8 / (400e9 * line_share);
  const auto one = measure({"transport.channels=1"}), four = measure({"transport.channels=4"});
  CHECK(one.messages == measure({}).messages);
  CHECK(one.p50_seconds == Approx(3 * (round_trip(100) + chunk) + 8 * chunk + round_trip(100) / 2).epsilon(0.005));
  CHECK(four.p50_seconds == Approx(32 * chunk + round_trip(100) / 2).epsilon(0.01));
}
