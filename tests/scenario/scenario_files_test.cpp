// SPDX-License-Identifier: Apache-2.0
// The scenarios that come with Farlink: they parse, they satisfy the JSON Schema, and say what they are meant to say.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/scenario/schema.hpp"
#include "control/scenario/variants.hpp"
#include "control/yaml/parse.hpp"
#include "tests/scenario/base_text.hpp"
#include "tests/scenario/json_schema.hpp"

namespace farlink::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scenario_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator("scenarios")) {
    const bool is_sweep = entry.path().parent_path().filename() == "sweeps";
    if (entry.path().extension() == ".yaml" && !is_sweep) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string violation_of(const std::string& text) {
  static const json::value document = schema();
  return test::violation(test::to_json(yaml::parse(text, "t.yaml")), document.as_object(), "");
}

}  // namespace

TEST_CASE("every scenario file parses, is named as its file, and satisfies the schema") {
  const auto files = scenario_files();
  CHECK(files.size() >= 5);
  for (const fs::path& file : files) {
    INFO(file);
    const Scenario s = load(file);
    std::string name = file.stem();  // NAME.broken-CAUSE.yaml: names have no dots
    std::replace(name.begin(), name.end(), '.', '-');
    CHECK(s.name == name);
    CHECK(s.directory == file.parent_path());
    if (s.links.size() == 1) CHECK(s.links[0].name == "west-east");
    std::ifstream stream{file};
    CHECK(violation_of({std::istreambuf_iterator<char>{stream}, {}}).empty());
  }
}

TEST_CASE("the schema refuses what the parser refuses") {
  CHECK(violation_of(base_text()).empty());
  CHECK(violation_of(base_text(11, "    los: 0")) == ".links.west-east.los: unknown");
  CHECK(violation_of(base_text(11, "    loss: 120")) == ".links.west-east.loss: anyOf");
  CHECK(violation_of(base_text(11, "    loss: 1e-6")).empty());
  CHECK(violation_of(base_text(9, "    distance: 300")) == ".links.west-east.distance: anyOf");
  CHECK(violation_of(base_text(9, "    jitter: 0")) == ".links.west-east: oneOf");
  CHECK(violation_of(base_text(11, "    delay: 1ms")) == ".links.west-east: oneOf");
  CHECK(violation_of(base_text(11, "    convergence: 4")) == ".links.west-east: oneOf");
  CHECK(violation_of(base_text(10, "    convergence: 0")) == ".links.west-east.convergence: minimum");
  CHECK(violation_of(base_text(11, "    balancer: magic")) == ".links.west-east.balancer: enum");
  CHECK(violation_of(base_text(12, "transport: {retry: endless, mtu: 1024}")).empty());
  CHECK(violation_of(base_text(12, "transport: {mtu: 1500}")) == ".transport.mtu: enum");
  CHECK(violation_of(base_text(11, "    burst-loss: {p: 1%, r: 2%}\n    medium: {group-index: 1.5}")).empty());
  CHECK(violation_of(base_text(11, "    burst-loss: off\n    ecn: {kmin: 1MiB, kmax: 2MiB, pmax: 1%}")).empty());
  CHECK(violation_of(base_text(11, "    burst-loss: on")) == ".links.west-east.burst-loss: anyOf");
  CHECK(violation_of(base_text(14, "  trace: a.et")) == ".workload: oneOf");
  CHECK(violation_of(base_text(2, "name: A")) == ".name: pattern");
}

TEST_CASE("unicom-lingang-300km: 102.4 Tb/s into 6.4 Tb/s over 300 km") {
  const Scenario s = load("scenarios/field/unicom-lingang-300km.yaml");
  const Link& link = s.links.at(0);
  CHECK(link.access == BitRate::gigabits(102'400));
  CHECK(link.forward.rate == BitRate::gigabits(6'400));
  CHECK(link.distance == Distance::kilometres(300));
  CHECK(link.forward.delay.picoseconds() == 1'464'012'814);
  CHECK(link.forward.loss == Probability::of(1e-6));
  CHECK(link.reverse == link.forward);
  const Training t = std::get<Training>(s.workload);
  CHECK(t.model.parameters == 175'000'000'000);
  CHECK(t.parallelism.across_sites == AcrossSites::pipeline);
  REQUIRE(s.expect.size() == 1);
  CHECK(s.expect[0].value == 0.95);

  const Scenario data = load("scenarios/field/unicom-lingang-300km-data.yaml");
  const Training d = std::get<Training>(data.workload);
  CHECK(d.parallelism.across_sites == AcrossSites::data);
  CHECK(d.parallelism.overlap == Overlap::none);
  CHECK(data.links == s.links);
  CHECK(d.model == t.model);
}

TEST_CASE("telecom-beijing-120km: 4 waves of 800G, 32:1") {
  const Link link = load("scenarios/field/telecom-beijing-120km.yaml").links.at(0);
  CHECK(link.waves == 4);
  CHECK(link.forward.rate == BitRate::gigabits(3'200));
  CHECK(link.convergence == 32);
  CHECK(link.distance == Distance::kilometres(120));
}

TEST_CASE("one-queue-pair: the bench follows what is set") {
  const std::vector<std::string> sets{"links.west-east.rate=400gbit", "links.west-east.distance=0",
                                      "links.west-east.loss=0.1%",    "transport.nak=once",
                                      "transport.window=64MiB",       "transport.qps-per-pair=4"};
  const Scenario s = load("scenarios/lab/one-queue-pair.yaml");
  CHECK(s.sites[0].nic == BitRate::gigabits(100));
  CHECK(s.links[0].convergence == 1);
  CHECK(s.links[0].forward.loss == Probability::of(1e-4));
  CHECK(s.links[0].reverse.loss.is_zero());
  CHECK(s.transport.nak == NakMode::every_gap);
  CHECK(s.transport.ack_timeout == 14);
  CHECK_FALSE(s.transport.retry.has_value());
  // Round trip of the published measurement at 100 km: 1131 us within 2 %.
  CHECK((s.links[0].forward.delay + s.links[0].forward.equipment_delay).seconds() * 2e6 == Approx(1131).epsilon(0.02));
  const Scenario turned = load("scenarios/lab/one-queue-pair.yaml", sets);
  CHECK(turned.sites[0].nic == BitRate::gigabits(400));
  CHECK(turned.sites[1].nic == BitRate::gigabits(400));
  CHECK(turned.links[0].forward.delay == Duration::zero());
  CHECK(turned.links[0].forward.equipment_delay == Duration::nanoseconds(61'600));
  CHECK(turned.links[0].forward.loss == Probability::of(1e-3));
  CHECK(turned.transport.qps_per_pair == 4);
}

}  // namespace farlink::scenario
