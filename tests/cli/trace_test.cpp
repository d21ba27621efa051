// SPDX-License-Identifier: Apache-2.0
// farlink trace: a scenario's generated job, written as Chakra execution traces, replays as the scenario itself does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* sites_and_link =
    "farlink: 1\nname: trip\nsites:\n  west: {gpus: 8, nic: 200gbit}\n  east: {gpus: 8, nic: 200gbit}\nlinks:\n"
    "  west-east: {between: [west, east], distance: 80km, loss: 10ppm}\n";

std::string scenario_with(const std::string& workload) {
  return std::string{sites_and_link} + "workload: " + workload + "\nrun: {steps: 2, warmup: 1}\n";
}

}  // namespace

TEST_CASE("a generated job, written and replayed, gives the result of the job itself") {
  const Folder folder;
  folder.write("model.yaml",
               scenario_with("{model: {preset: dense-7b, sequence: 512, global-batch: 16, micro-batch: 1}, "
                             "parallelism: {tensor: 4, pipeline: 2, data: 2, across-sites: pipeline}, gpu: "
                             "{flops: 312tflops, utilisation: 45%}}"));
  folder.write("trace.yaml", scenario_with("{trace: job}"));
  const Outcome generated = run_farlink(folder.path(), {"trace", "generate", "model.yaml", "-o", "job"});
  INFO(generated.err);
  REQUIRE(generated.status == 0);
  CHECK(contains(generated.out, "wrote 16 files"));
  CHECK(folder.files().size() == 2 + 16);

  const auto json_of = [&](const std::vector<std::string>& arguments) {
    const Outcome outcome = run_farlink(folder.path(), arguments);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return json::parse(outcome.out).as_object();
  };
  const auto check_alike = [](const json::object& expected, const json::object& given,
                              const std::vector<std::string>& but) {
    for (const auto& member : expected) {
      const std::string key{member.key()};
      if (std::find(but.begin(), but.end(), key) != but.end()) continue;
      INFO(key);
      CHECK(given.at(key) == member.value());
    }
  };
  const std::vector<std::string> rest{"--deterministic", "--json", "-", "-o", "out"};
  std::vector<std::string> model{"run", "model.yaml"}, trace{"run", "trace.yaml"};
  for (std::vector<std::string>* arguments : {&model, &trace})
    arguments->insert(arguments->end(), rest.begin(), rest.end());
  check_alike(json_of(model), json_of(trace), {"scenario_hash", "workload"});

  const json::object copy = json_of({"trace", "import", "job", "-o", "copy", "--json", "-"});
  CHECK(copy.at("ranks") == 16);
  check_alike(copy, json_of({"trace", "info", "copy", "--json", "-"}), {"source"});
}

TEST_CASE("a trace is not written over the files of a job with more ranks, and what cannot be written is refused") {
  const Folder folder;
  folder.write("small.goal", "num_ranks 1\nrank 0 {\ncalc 5\n}\n");
  folder.write("job.1.et", "");
  const Outcome outcome = run_farlink(folder.path(), {"trace", "import", "small.goal", "-o", "job"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "job.1.et: is there of a job with more than 1 ranks"));
  CHECK(folder.files() == std::vector<std::string>{"job.1.et", "small.goal"});
  CHECK(contains(run_farlink(folder.path(), {"trace", "import", "small.goal", "-o", "no/job"}).err, "no/job.0.et"));
  folder.write("flows.yaml", std::string{sites_and_link} + "workload: {flows: {pairs: 1}}\n");
  CHECK(contains(run_farlink(folder.path(), {"trace", "generate", "flows.yaml"}).err, "flows.yaml: its workload"));
}

}  // namespace farlink::cli_test
