// SPDX-License-Identifier: Apache-2.0
// Where docs/flows.md claims it: the same jobs as flows and as packets, over distance, convergence, loss, queue pairs
// and placement: efficiencies are within a point of each other; where losses are drawn, of the means over seeds, whose
// standard errors come on top.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <string>

#include "control/fabric_flows/rate_fabric.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

std::string job(const std::string& across) {
  const bool is_pipeline = across == "pipeline";
  return "farlink: 1\nname: grid\nsites:\n  west: {gpus: 8, nic: 200gbit}\n  east: {gpus: 8, nic: 200gbit}\nlinks:\n"
         "  west-east: {between: [west, east], distance: 80km, medium: g652, equipment-delay: 10us, convergence: 1}\n"
         "transport: {ack-timeout: 14}\nworkload:\n"
         "  model: {layers: 8, hidden: 2048, heads: 16, vocabulary: 32000, sequence: 1024, global-batch: " +
         std::string(is_pipeline ? "32" : "64") +
         ", micro-batch: 1}\n  parallelism: {tensor: 4, pipeline: " + (is_pipeline ? "2" : "1") +
         ", data: " + (is_pipeline ? "2" : "4") + ", across-sites: " + across +
         ", overlap: backward}\n  gpu: {flops: 312tflops, utilisation: 45%}\nrun: {steps: 2, warmup: 1}\n";
}

// Points.
double difference(const std::string& across, std::vector<std::string> sets, int seeds, double& error) {
  sets.push_back("run.seeds=" + std::to_string(seeds));
  const scenario::Scenario scenario = scenario::parse(job(across), "grid.yaml", sets);
  const report::Result packets = test::measured(scenario);
  const report::Result flows = test::measured(scenario, false, fabric_flows::make_rate_fabric);
  REQUIRE(packets.is_valid);
  REQUIRE(flows.is_valid);
  error = 100 * std::hypot(packets.efficiency_error.value_or(0), flows.efficiency_error.value_or(0));
  std::string text = across;
  for (const std::string& set : sets) text += ' ' + set.substr(set.rfind('.') + 1);
  std::printf("%-90s packets %.4f flows %.4f difference %+.2f +- %.2f points\n", text.c_str(), *packets.efficiency,
              *flows.efficiency, 100 * (*flows.efficiency - *packets.efficiency), error);
  return 100 * (*flows.efficiency - *packets.efficiency);
}

}  // namespace

TEST_CASE("flows are within a point of packets: no loss") {
  const std::string across = GENERATE("pipeline", "data");
  const std::string distance = GENERATE("80km", "600km");
  const std::string convergence = GENERATE("1", "8");
  const std::string queue_pairs = GENERATE("1", "8");
  double error = 0;
  const double points =
      difference(across,
                 {"links.west-east.distance=" + distance, "links.west-east.convergence=" + convergence,
                  "transport.qps-per-pair=" + queue_pairs},
                 1, error);
  CHECK(std::abs(points) < 1);
}

TEST_CASE("flows are within a point of packets: losses, pipeline across sites") {
  const std::string across = "pipeline";
  const std::string distance = GENERATE("80km", "600km");
  const std::string loss = GENERATE("10ppm", "100ppm");
  const std::string queue_pairs = GENERATE("1", "8");
  const std::string recovery = GENERATE("go-back-n", "selective-repeat");
  double error = 0;
  const double points = difference(
      across,
      {"links.west-east.distance=" + distance, "links.west-east.convergence=8", "links.west-east.loss=" + loss,
       "transport.qps-per-pair=" + queue_pairs, "transport.retransmission=" + recovery},
      20, error);
  CHECK(std::abs(points) < 1 + 2 * error);
}

TEST_CASE("flows are within a point of packets: waves, windows and channels") {
  const auto [across, set] =
      GENERATE(table<std::string, std::string>({{"pipeline", "links.west-east.waves={count: 4, rate: 50gbit}"},
                                                {"data", "links.west-east.waves={count: 4, rate: 50gbit}"},
                                                {"pipeline", "transport.window=256KiB"},
                                                {"data", "transport.window=256KiB"},
                                                {"data", "transport.channels=1"},
                                                {"data", "workload.collective=ring"},
                                                {"data", "links.west-east.overhead=200B"}}));
  double error = 0;
  const double points = difference(across, {set}, 1, error);
  CHECK(std::abs(points) < 1);
}
