// SPDX-License-Identifier: Apache-2.0
// A property over random scenarios: the sites of a run on one thread or on several, with trains or frame by frame, give
// the same result, byte for byte.
#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "control/report/to_json.hpp"
#include "dataplane/link/random.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_{seed} {}
  template <std::size_t N>
  std::string of(const std::array<const char*, N>& choices) {
    state_ = link::mix(state_ + 0x9e3779b97f4a7c15ULL);
    return choices.at(state_ % N);
  }

 private:
  std::uint64_t state_;
};

// Small jobs with all that crosses sites in different ways: pipelines, replicas, both with losses, waves, marking,
// pauses over the fibre, reordering, events, cross traffic.
std::string random_scenario(std::uint64_t seed) {
  Draws draw{seed};
  const std::string link =
      "distance: " + draw.of(std::array{"1km", "10km", "80km"}) +
      ", loss: " + draw.of(std::array{"0", "100ppm", "0.1%"}) + ", jitter: " + draw.of(std::array{"0us", "1us"}) +
      draw.of(std::array{", rate: 50gbit", ", waves: {count: 2, rate: 50gbit}"}) +
      ", balancer: " + draw.of(std::array{"ecmp", "flowlet", "planned", "per-packet"}) +
      ", lossless: {pfc: " + draw.of(std::array{"off", "segmented", "end-to-end"}) + ", buffer: 8MiB}" +
      draw.of(std::array{"", ", background: {rate: 5gbit, frame: 1500B, on: 50us, off: 100us}"});
  const std::string transport = "qps-per-pair: " + draw.of(std::array{"1", "3", "8"}) +
                                ", retransmission: " + draw.of(std::array{"go-back-n", "selective-repeat"}) +
                                ", congestion-control: " + draw.of(std::array{"none", "dcqcn", "swift"});
  const std::string events = draw.of(std::array{"", "events: [{at: 3ms, link: west-east, cut: 1ms}]\n"});
  const std::string across = draw.of(std::array{"data", "pipeline"});
  // Data across sites divides as evenly among three.
  const bool has_north = across == "data" && draw.of(std::array{"", "north"}) == "north";
  const std::string site = ": {gpus: 4, gpus-per-node: 2, nic: 100gbit}\n  ";
  const std::string north = has_north ? "north-west: {between: [north, west], " + link +
                                            "}\n  east-north: {between: [east, north], " + link + "}\n  "
                                      : "";
  return "farlink: 1\nname: t\nsites:\n  west" + site + "east" + site + (has_north ? "north" + site : "") +
         "\nlinks:\n  " + north + "west-east: {between: [west, east], " + link + "}\ntransport: {" + transport +
         "}\nworkload:\n  model: {layers: 4, hidden: 1024, heads: 16, sequence: 64, global-batch: 12, micro-batch: 1}\n"
         "  parallelism: {tensor: 2, pipeline: 2, data: " +
         (has_north ? "3" : "2") + ", across-sites: " + across + "}\n  gpu: {flops: 100tflops, utilisation: 90%}\n" +
         events + "run: {steps: 2, warmup: 1, seed: " + std::to_string(seed) + "}\n";
}

struct Outcome {
  std::string text;
  bool is_valid = false;
};

Outcome outcome_of(const scenario::Scenario& scenario, const fabric_packets::Speed& speed) {
  const auto factory = [speed](const scenario::Scenario& of, const trace::Graph* places) {
    return fabric_packets::make_packet_fabric_on(speed, of, places);
  };
  const report::Result result = test::measured(scenario, true, factory);
  CHECK(result.across_sites.fabric.threads == speed.threads);
  return {json::to_text(report::to_json(result, true)), result.is_valid};
}

}  // namespace

TEST_CASE("one thread or two, trains or not: the same result byte for byte over random scenarios") {
  constexpr std::size_t scenarios = 8;
  std::size_t valid = 0, of_three_sites = 0;
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    const std::string text = random_scenario(seed);
    INFO(text);
    const scenario::Scenario scenario = scenario::parse(text, "random.yaml", {});
    const Outcome one = outcome_of(scenario, {1, true});
    CHECK(outcome_of(scenario, {2, true}).text == one.text);
    CHECK(outcome_of(scenario, {1, false}).text == one.text);
    different.insert(one.text);
    if (one.is_valid) ++valid;
    if (scenario.sites.size() == 3) ++of_three_sites;
  }
  CHECK(different.size() == scenarios);
  CHECK(valid >= scenarios - 2);
  CHECK(of_three_sites > 0);
}
