// SPDX-License-Identifier: Apache-2.0
// Erasure coding from the scenario over a link with independent losses, against the binomial: of a block of k + m
// packets of which each is lost with probability p, MDS rebuilds everything when at most m are lost, XOR every group of
// its n = k / m + 1 with one loss at most (Khalilov et al., SDR-RDMA, SC 2025).
#include <catch2/catch.hpp>
#include <cmath>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/scenario/parse.hpp"
#include "control/scenario/variants.hpp"

namespace {

using namespace farlink;

scenario::Scenario flows(const std::vector<std::string>& sets) {
  const std::string text =
      "farlink: 1\nname: t\nsites:\n  west: {gpus: 1, nic: link}\n  east: {gpus: 1, nic: link}\nlinks:\n"
      "  west-east: {between: [west, east], distance: 100km, rate: 100gbit, loss: 1%, reverse: {loss: 0}}\n"
      "transport: {retransmission: selective-repeat, qps-per-pair: 1, window: 4bdp, ack-timeout: 14, retry: endless}\n"
      "workload: {flows: {pairs: 1, message: 64MiB, stop-frames: 400000, stop-losses: 1000000}}\n";
  return scenario::parse(text, "t.yaml", sets);
}

fabric::Statistics run(const scenario::Scenario& scenario) {
  const auto fabric = fabric_packets::make_packet_fabric(scenario, nullptr);
  fabric->run({}, {});
  fabric::Statistics statistics = fabric->statistics();
  REQUIRE(statistics.is_valid);
  for (const fabric::LinkStatistics& link : statistics.links) REQUIRE(link.is_conserved());
  return statistics;
}

double choose(int n, int i) { return std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1)); }
double binomial(int n, int i, double p) { return choose(n, i) * std::pow(p, i) * std::pow(1 - p, n - i); }

// Lost data packets of a block that are rebuilt: mean, and mean of the square for the error.
struct Rebuilt {
  double mean = 0, square = 0;
};

Rebuilt mds(int k, int m, double p) {
  Rebuilt rebuilt;
  for (int data = 0; data <= m; ++data)
    for (int parity = 0; data + parity <= m; ++parity) {
      const double chance = binomial(k, data, p) * binomial(m, parity, p);
      rebuilt.mean += data * chance;
      rebuilt.square += data * data * chance;
    }
  return rebuilt;
}

Rebuilt exclusive_or(int k, int m, double p) {
  const int in_group = k / m;
  const double one = in_group * p * std::pow(1 - p, in_group);  // one data packet of the group, its parity came
  return {m * one, m * one + m * (m - 1) * one * one};
}

void check(const char* code, int m, double p, const Rebuilt& expected) {
  constexpr int k = 32;
  INFO(code << ", (" << k << "," << m << "), p " << p);
  const fabric::Statistics statistics = run(
      flows({std::string{"transport.erasure-coding={data: 32, parity: "} + std::to_string(m) + ", code: " + code + "}",
             "links.west-east.loss=" + std::to_string(100 * p) + "%"}));
  const double blocks = static_cast<double>(statistics.parity) / m;
  REQUIRE(blocks > 9'000);
  // What is beyond repair is sent again; so are retransmissions that were lost.
  const double deviation = std::sqrt((expected.square - expected.mean * expected.mean) * blocks);
  CHECK(std::abs(static_cast<double>(statistics.rebuilt) - expected.mean * blocks) < 4 * deviation + 32);
  const double again = (k * p - expected.mean) * blocks / (1 - p);
  CHECK(static_cast<double>(statistics.retransmitted) > again - 5 * std::sqrt(k * again) - 64);
  CHECK(static_cast<double>(statistics.retransmitted) < 1.1 * again + 5 * std::sqrt(k * again) + 64);
}

}  // namespace

TEST_CASE("erasure coding rebuilds as many packets as the binomial says") {
  check("mds", 8, 0.01, mds(32, 8, 0.01));
  check("mds", 8, 0.1, mds(32, 8, 0.1));
  check("mds", 2, 0.02, mds(32, 2, 0.02));
  check("xor", 8, 0.001, exclusive_or(32, 8, 0.001));
  check("xor", 8, 0.02, exclusive_or(32, 8, 0.02));
}

// k / (k + m) of the line is left, less 28 bytes of headers in each parity packet.
TEST_CASE("erasure coding takes its share of the line, and loss takes nothing more") {
  const double plain = run(flows({"links.west-east.loss=0"})).flows.at(0).goodput_bps;
  for (const char* loss : {"0", "0.1%", "1%"}) {
    INFO("loss " << loss);
    const fabric::Statistics coded =
        run(flows({"transport.erasure-coding={}", std::string{"links.west-east.loss="} + loss}));
    CHECK(coded.flows.at(0).goodput_bps / plain == Approx(32 * 4178.0 / (32 * 4178 + 8 * 4206)).epsilon(0.01));
    CHECK(coded.timeouts == 0);
  }
}

TEST_CASE("one message at a time: what is rebuilt costs no round trip") {
  const auto completion = [](const char* code, const char* loss) {
    return run(flows({std::string{"transport.erasure-coding="} + code, std::string{"links.west-east.loss="} + loss,
                      "workload.flows.message=1MiB", "workload.flows.depth=1", "workload.flows.messages=50"}))
        .flows.at(0)
        .completion.max_seconds;
  };
  CHECK(completion("{}", "1%") == Approx(completion("{}", "0")).epsilon(0.005));
  CHECK(completion("off", "1%") > 1.5 * completion("off", "0"));
}

TEST_CASE("parity is what guarding against loss costs: neither the baseline nor the rung without loss has it") {
  const scenario::Scenario coded = flows({"transport.erasure-coding={}"});
  CHECK(coded.transport.erasure_coding);
  CHECK_FALSE(scenario::without_loss(coded).transport.erasure_coding);
  CHECK_FALSE(scenario::single_site(coded).transport.erasure_coding);
}
