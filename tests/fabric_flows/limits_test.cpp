// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/limits.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;

scenario::Scenario job(const std::vector<std::string>& sets) {
  const std::string text =
      "farlink: 1\nname: job\nsites: {west: {gpus: 2, nic: 100gbit}, east: {gpus: 2, nic: 100gbit}}\n"
      "links: {west-east: {between: [west, east], distance: 100km, convergence: 1}}\n"
      "workload:\n  model: {layers: 4, hidden: 1024, heads: 8, vocabulary: 32000, sequence: 1024, global-batch: 4, "
      "micro-batch: 1}\n  parallelism: {tensor: 1, pipeline: 2, data: 2, across-sites: pipeline}\n"
      "  gpu: {flops: 312tflops, utilisation: 45%}\n";
  return scenario::parse(text, "job.yaml", sets);
}

}  // namespace

TEST_CASE("what flows have no model of is refused by its name") {
  using Catch::Contains;
  const auto [set, named] = GENERATE(
      table<std::string, std::string>({{"links.west-east.burst-loss={p: 0.1%, r: 10%}", "links.west-east.burst-loss"},
                                       {"links.west-east.duplicate=1ppm", "duplicate"},
                                       {"links.west-east.lossless.pfc=end-to-end", "lossless.pfc: end-to-end"},
                                       {"links.west-east.background={rate: 1gbit}", "background"},
                                       {"links.west-east.faults={mtbf: 1s, cut: 1ms, until: 1min}", "faults"},
                                       {"transport.congestion-control=swift", "swift"}}));
  CHECK_NOTHROW(fabric_flows::check_limits(job({})));
  CHECK_THROWS_WITH(fabric_flows::check_limits(job({set})), Contains(named) && Contains("use --fabric packets"));
}

TEST_CASE("congestion control that nothing marks for does nothing, and is let through; with marks it is not") {
  CHECK_NOTHROW(fabric_flows::check_limits(job({"transport.congestion-control=dcqcn"})));
  CHECK_THROWS_WITH(fabric_flows::check_limits(job({"transport.congestion-control=dcqcn",
                                                    "links.west-east.ecn={kmin: 1MiB, kmax: 4MiB, pmax: 10%}"})),
                    Catch::Contains("dcqcn with marks"));
}

TEST_CASE("a result of flows says so, and where it lies outside the range that was compared") {
  CHECK(fabric_flows::notes_of(job({"links.west-east.loss=1ppm"})).size() == 1);
  const auto notes = fabric_flows::notes_of(job({"links.west-east.loss=0.1%"}));
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[1], Catch::Contains("west-east") && Catch::Contains("1 ppm"));
}
