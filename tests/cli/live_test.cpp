// SPDX-License-Identifier: Apache-2.0
// farlink run --live as a user runs it. On a machine that is busy the run may be invalid, and then has to say so.
#include <catch2/catch.hpp>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("run --live runs the lab in real time and says how well, or that DPDK is not built in") {
  const Folder folder;
  const std::string scenario = repository_file("scenarios/lab/live-one-queue-pair.yaml").string();
  const Outcome outcome =
      run_farlink(folder.path(), {"run", "--live", scenario, "--set", "dpdk.hugepages=false", "--set",
                                  "workload.flows.stop-frames=1000", "--json", "result.json"});
  INFO(outcome.err);
  if (outcome.status == 2) {
    CHECK(contains(outcome.err, "built without DPDK"));
    CHECK(folder.files().empty());
    return;
  }
  REQUIRE((outcome.status == 0 || outcome.status == 3));
  const json::value result = json::parse(folder.read("result.json"));
  CHECK(result.at("valid").as_bool() == (outcome.status == 0));
  CHECK(contains(outcome.err, "the run is invalid") == (outcome.status == 3));
  CHECK(contains(outcome.out, "kept time"));
  CHECK(result.at("flows").at(0).at("sent").to_number<std::uint64_t>() >= 1'000);
  CHECK(result.at("live").at("lag_max_ns").to_number<double>() > 0);
  CHECK(result.at("live").at("longest_gap_seconds").to_number<double>() > 0);
}

TEST_CASE("traffic of others is for virtual time: run --live and up refuse it, and say what to do") {
  const Folder folder;
  const std::string background = "links.west-east.background={rate: 1mbit}";
  const std::string one = repository_file("scenarios/lab/live-one-queue-pair.yaml").string();
  const Outcome run = run_farlink(folder.path(), {"run", "--live", one, "--set", background});
  CHECK(run.status == 2);
  if (contains(run.err, "built without DPDK")) return;
  CHECK(contains(run.err, "set links.west-east.background=off"));
  const std::string ports = repository_file("scenarios/lab/live-two-ports.yaml").string();
  const Outcome up = run_farlink(folder.path(), {"up", ports, "--set", background});
  CHECK(up.status == 2);
  CHECK(contains(up.err, "live, traffic of others comes through the ports"));
}

}  // namespace farlink::cli_test
